import { fail, ok, type Result } from "../base/result.ts";
import type { ByteCount, WordSize } from "../base/units.ts";
import type { GeneratorLayout, Layout } from "./layout.ts";
import { shapeOf, type DebugOffsetsShape } from "./layouts/debug-offsets-shapes.ts";
import { formatVersion } from "./version.ts";
import { readWord } from "./words.ts";

/** What `_PyRuntime` begins with, 3.13 and later. */
export const debugCookie = "xdebugpy";
/** As many bytes as the largest known shape has. Shorter shapes are followed by more of `_PyRuntime`. */
export const debugOffsetsSize: ByteCount = debugCookie.length + 8 * shapeOf(Infinity).length;

export type DebugOffsetsFailure = { readonly kind: "no-cookie" } | { readonly kind: "unknown-layout"; readonly version: string; readonly reason: string };

/**
 * Reads `_Py_DebugOffsets` (the first `debugOffsetsSize` bytes of `_PyRuntime`; what is missing counts as 0) into a layout. The table says neither
 * its own size nor its shape, so a version newer than all we know is read by the newest shape, and whatever the version,
 * the values have to fit each other: a shape with a field more or less shifts what follows and is found out.
 */
export function decodeDebugOffsets(bytes: Uint8Array): Result<Layout, DebugOffsetsFailure> {
  if (Buffer.from(bytes.subarray(0, debugCookie.length)).toString("latin1") !== debugCookie) return fail({ kind: "no-cookie" });
  const table = new Uint8Array(debugOffsetsSize);
  table.set(bytes.subarray(0, debugOffsetsSize));
  const view = new DataView(table.buffer);
  const versionHex = readWord(view, 8, 8);
  const version = formatVersion(versionHex);
  const minor = (versionHex >>> 16) & 0xff;
  if (versionHex > 0xffffffff || versionHex >>> 24 !== 3 || minor < 13)
    return fail({ kind: "unknown-layout", version, reason: "its table of offsets has no sensible version" });

  const shape = shapeOf(minor);
  const values = new Map(shape.map((name, index) => [name, readWord(view, debugCookie.length + 8 * index, 8)]));
  const wrong = findInconsistency(shape, values);
  if (wrong !== null) return fail({ kind: "unknown-layout", version, reason: `its table of offsets does not have the shape that is known (${wrong})` });
  return ok(layoutOf(versionHex, minor, (name) => values.get(name)!));
}

const maxStructureSize: ByteCount = 16 << 20;

/** The name of a value that cannot be, or null. `x.size` bounds every `x.*`; CPython's oldest structures are anchors along the table. */
function findInconsistency(shape: DebugOffsetsShape, values: ReadonlyMap<string, number>): string | null {
  const value = (name: string): number => values.get(name) ?? -1;
  const object = value("pyobject.size");
  const wordSize = object - value("pyobject.ob_type");
  if (wordSize !== 8 && wordSize !== 4) return "pyobject.size";
  if (value("free_threaded") > 1) return "free_threaded";
  for (const name of shape) {
    const size = name.includes(".") ? values.get(name.replace(/\..*/, ".size")) : undefined;
    if (size !== undefined && (name.endsWith("size") ? value(name) === 0 || value(name) > maxStructureSize : value(name) >= size)) return name;
  }
  const anchors: Readonly<Record<string, number>> = {
    "type_object.tp_name": object + wordSize,
    "tuple_object.ob_size": object,
    "list_object.ob_size": object,
    "bytes_object.ob_size": object,
    "bytes_object.ob_sval": object + 2 * wordSize,
    "long_object.lv_tag": object,
    "long_object.ob_digit": object + wordSize,
    "unicode_object.length": object,
    "unicode_object.state": object + 2 * wordSize,
    ...(values.has("llist_node.next") && { "llist_node.next": 0, "llist_node.prev": wordSize }),
  };
  return Object.keys(anchors).find((name) => value(name) !== anchors[name]) ?? null;
}

/**
 * What the table does not say is known from the headers of 3.13 to 3.15 and checked against them by the layout probe:
 * the GIL (pycore_gil.h), chunks and threads (cpython/pystate.h), dict keys (pycore_dict.h), `_co_firsttraceable` and `co_extra`
 * before the instructions (cpython/code.h), string state bits (cpython/unicodeobject.h), MANAGED_DICT_OFFSET
 * (pycore_object.h), reference tags (pycore_stackref.h), frame owners (pycore_interpframe_structs.h), types (cpython/object.h),
 * sets (cpython/setobject.h), weak references (cpython/weakrefobject.h).
 */
function layoutOf(versionHex: number, minor: number, value: (name: string) => number): Layout {
  const freeThreaded = value("free_threaded") === 1;
  const object = value("pyobject.size");
  const word = (object - value("pyobject.ob_type")) as WordSize;
  /** Free-threaded 3.14 and later give each thread its own copy of a function's instructions. */
  const hasThreadLocalBytecode = freeThreaded && minor >= 14;
  const adaptive = value("code_object.co_code_adaptive");
  const locked = value("interpreter_state.gil_runtime_state_locked") - value("interpreter_state.gil_runtime_state");
  const [conditionSize, mutexSize] = [48, word === 8 ? 40 : 24];
  const typeSize = value("type_object.size");
  const stringSize = value("unicode_object.asciiobject_size");
  const stateShift = hasThreadLocalBytecode ? 8 : 2;
  return {
    versionHex,
    wordSize: word,
    freeThreaded,
    runtime: {
      interpretersHead: value("runtime_state.interpreters_head"),
      interpretersMain: value("runtime_state.interpreters_head") + word,
      gcCollecting: null,
    },
    interpreter: {
      next: value("interpreter_state.next"),
      threadsHead: value("interpreter_state.threads_head"),
      id: value("interpreter_state.id"),
      modules: value("interpreter_state.imports_modules"),
      gcCollecting: value("interpreter_state.gc") + value("gc.collecting"),
    },
    thread: {
      previous: value("thread_state.prev"),
      next: value("thread_state.next"),
      interpreter: value("thread_state.interp"),
      threadId: value("thread_state.thread_id"),
      nativeThreadId: value("thread_state.native_thread_id"),
      frame: value("thread_state.current_frame"),
      cframeCurrentFrame: null,
      dataStackChunk: value("thread_state.datastack_chunk"),
      dict: null,
      // After the chunks: exception state of two words, the executor (3.15: two words), the version of dicts of 64 bits.
      localKey: value("thread_state.datastack_chunk") + (minor >= 15 ? 8 : 6) * word + 8,
    },
    gil: {
      where: { kind: "pointer-in-interpreter", offset: value("interpreter_state.ceval_gil") },
      lastHolder: value("interpreter_state.gil_runtime_state_holder") - value("interpreter_state.gil_runtime_state"),
      locked,
      enabled: freeThreaded ? value("interpreter_state.gil_runtime_state_enabled") : null,
      // After `locked`: the count of switches, then twice a condition and a mutex.
      size: locked + 2 * word + 2 * (conditionSize + mutexSize),
    },
    frame: {
      kind: "stack",
      previous: value("interpreter_frame.previous"),
      code: value("interpreter_frame.executable"),
      // Which of the two bits are used differs; objects are aligned so that neither is part of an address.
      codeTagMask: minor >= 14 ? 3 : 0,
      instruction: value("interpreter_frame.instr_ptr"),
      owner: value("interpreter_frame.owner"),
      firstShimOwner: 3,
      hasEntryShims: true,
      generatorOwner: 1,
      valueStack:
        minor >= 14
          ? { kind: "pointer", offset: value("interpreter_frame.stackpointer") }
          : { kind: "index", offset: value("interpreter_frame.instr_ptr") + word },
      headerSize: value("interpreter_frame.localsplus"),
      threadLocalBytecodeIndex: hasThreadLocalBytecode ? value("interpreter_frame.tlbc_index") : null,
      chunk: { previous: 0, size: word, top: 2 * word, data: 3 * word },
    },
    generator: generatorOf(minor, object, word, value),
    code: {
      fileName: value("code_object.filename"),
      name: value("code_object.name"),
      qualifiedName: value("code_object.qualname"),
      firstLine: value("code_object.firstlineno"),
      lineTable: value("code_object.linetable"),
      lineTableKind: "locations",
      instructions: null,
      variables: { kind: "joined", names: value("code_object.localsplusnames"), kinds: value("code_object.localspluskinds") },
      adaptive,
      firstTraceable: adaptive - (hasThreadLocalBytecode ? 3 : 2) * word,
      threadLocalBytecode: hasThreadLocalBytecode ? value("code_object.co_tlbc") : null,
      headerSize: adaptive,
    },
    objects: {
      type: value("pyobject.ob_type"),
      typeName: value("type_object.tp_name"),
      typeFlags: value("type_object.tp_flags"),
      typeNext: value("type_object.tp_flags") + 7 * word,
      typeDictOffset: value("type_object.tp_flags") + 15 * word,
      typeBasicSize: value("type_object.tp_name") + word,
      // After the type: 55 slots of number, mapping, sequence, buffer and async methods, name, slots, qualified name.
      typeCachedKeys: typeSize + 58 * word,
      typeBase: value("type_object.tp_flags") + 11 * word,
      typeDict: value("type_object.tp_flags") + 12 * word,
      typeMro: value("type_object.tp_flags") + 22 * word,
      bytes: { size: value("bytes_object.ob_size"), data: value("bytes_object.ob_sval") },
      unicode: {
        length: value("unicode_object.length"),
        state: value("unicode_object.state"),
        kindShift: stateShift,
        compactBit: stateShift + 3,
        asciiBit: stateShift + 4,
        asciiData: stringSize,
        compactData: stringSize + 2 * word,
      },
      long: { size: value("long_object.lv_tag"), digits: value("long_object.ob_digit"), digitBits: 30, kind: "lv_tag" },
      float: { value: value("float_object.ob_fval") },
      tuple: { items: value("tuple_object.ob_item") },
      list: { items: value("list_object.ob_item") },
      // 3.13 does not say it: behind `fill`, of the same size.
      set: { used: object + word, mask: object + 2 * word, table: object + 3 * word },
      cell: { value: object },
      weakReference: { object },
      module: { dict: object },
      dict: { used: object, keys: value("dict_object.ma_keys"), values: value("dict_object.ma_values") },
      dictKeys: { sizes: { kind: "log2", logSize: word, logIndexBytes: word + 1 }, keysKind: word + 2, entryCount: 2 * word + 8, indices: 3 * word + 8 },
      managedDict: { kind: "inline-3.13", dict: (freeThreaded ? -1 : -3) * word },
    },
  };
}

/** The table has it from 3.14 on; 3.13: five words, exception state of two included, then four bytes (Include/cpython/genobject.h). `FRAME_CREATED` and so on: pycore_frame.h. */
function generatorOf(minor: number, object: ByteCount, word: WordSize, value: (name: string) => number): GeneratorLayout {
  const offset = minor === 13 ? object + 6 * word + 3 : value("gen_object.gi_frame_state");
  const states =
    minor >= 15
      ? { created: 0, suspended: 1, awaiting: 2, lastAwaiting: 3, running: 4 }
      : { created: -3, suspended: -2, awaiting: -1, lastAwaiting: -1, running: 0 };
  return {
    frame: minor === 13 ? object + 7 * word : value("gen_object.gi_iframe"),
    state: { kind: "in-generator", offset, unwinding: null, ...states },
    awaitedDepth: minor >= 15 ? 2 : 1,
  };
}
