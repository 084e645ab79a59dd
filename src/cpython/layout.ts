import type { ByteCount, ByteOffset, WordSize } from "../base/units.ts";

/**
 * Where things are inside one build of CPython: offsets in bytes from the start of the named structure. Plain data.
 * 3.8 to 3.12 have a file each under `layouts/`, with a table for x86-64 and one for i686; 3.13 and later say it themselves (`_Py_DebugOffsets`, read by
 * `debug-offsets.ts`). `null` means "this version has no such field".
 */
export interface Layout {
  /** As PY_VERSION_HEX has it: 0x030d00f0 is 3.13.0 final. The micro part may be unknown (0) before 3.11. */
  readonly versionHex: number;
  /** sizeof(void *) in the target. Pointers, Py_ssize_t and Py_hash_t have this size. */
  readonly wordSize: WordSize;
  /** Built with --disable-gil. */
  readonly freeThreaded: boolean;
  readonly runtime: RuntimeLayout;
  readonly interpreter: InterpreterLayout;
  readonly thread: ThreadLayout;
  readonly gil: GilLayout;
  readonly frame: HeapFrameLayout | StackFrameLayout;
  readonly generator: GeneratorLayout;
  readonly code: CodeLayout;
  readonly objects: ObjectLayout;
}

/** `_PyRuntimeState` */
export interface RuntimeLayout {
  /** Pointer to the first `PyInterpreterState`. */
  readonly interpretersHead: ByteOffset;
  /** Pointer to the main interpreter. */
  readonly interpretersMain: ByteOffset | null;
  /** 3.8: `gc.collecting` (int) lies here. */
  readonly gcCollecting: ByteOffset | null;
}

/** `PyInterpreterState` */
export interface InterpreterLayout {
  readonly next: ByteOffset;
  /** Pointer to the first `PyThreadState`. */
  readonly threadsHead: ByteOffset;
  /** int64 (3.8 to 3.12: `int64_t id`). */
  readonly id: ByteOffset;
  /** Pointer to the dict `sys.modules`. */
  readonly modules: ByteOffset;
  /** int `gc.collecting`, 3.9 and later. */
  readonly gcCollecting: ByteOffset | null;
}

/** `PyThreadState` */
export interface ThreadLayout {
  readonly previous: ByteOffset;
  readonly next: ByteOffset;
  /** Pointer back to the interpreter. */
  readonly interpreter: ByteOffset;
  /** What `threading.get_ident()` returns: a pthread_t, one word. */
  readonly threadId: ByteOffset;
  /** The kernel's thread id as the target's pid namespace sees it (unsigned long), 3.11 and later. */
  readonly nativeThreadId: ByteOffset | null;
  /**
   * 3.8 to 3.10: pointer to the running `PyFrameObject`. 3.13 and later: pointer to the running `_PyInterpreterFrame`.
   * 3.11 and 3.12: pointer to the `_PyCFrame`, see `cframeCurrentFrame`.
   */
  readonly frame: ByteOffset;
  /** 3.11 and 3.12: where in `_PyCFrame` the pointer to the running `_PyInterpreterFrame` is. Else null. */
  readonly cframeCurrentFrame: ByteOffset | null;
  /** 3.11 and later: pointer to the newest `_PyStackChunk`. */
  readonly dataStackChunk: ByteOffset | null;
  /** To 3.12: pointer to the dict that C code keeps things of the thread in: asyncio its running loop. 0 in a thread that has none yet. */
  readonly dict: ByteOffset | null;
  /** 3.13 and later: pointer to the object that stands for the thread in all `threading.local`s, 0 while it has nothing in any. */
  readonly localKey: ByteOffset | null;
}

/**
 * `struct _gil_runtime_state` (Python/ceval_gil.h, Include/internal/pycore_gil.h): 3.8 to 3.11 inside
 * `_PyRuntime`, later behind a pointer in each interpreter.
 */
export interface GilLayout {
  readonly where: { readonly kind: "in-runtime"; readonly offset: ByteOffset } | { readonly kind: "pointer-in-interpreter"; readonly offset: ByteOffset };
  /** Pointer to the `PyThreadState` that took it last. */
  readonly lastHolder: ByteOffset;
  /** int: 1 when held. */
  readonly locked: ByteOffset;
  /** Free-threaded builds: int, 0 while the GIL is off, and then nobody holds it. Else null. */
  readonly enabled: ByteOffset | null;
  /** A thread that waits for the GIL sleeps in futex(2) on an address in [gil, gil + size). At least the whole struct. */
  readonly size: ByteCount;
}

/** 3.8 to 3.10: `PyFrameObject`, one heap object per call. */
export interface HeapFrameLayout {
  readonly kind: "heap";
  /** Low half of `ob_refcnt`: 0 in an object that is kept for the next call. */
  readonly references: ByteOffset;
  readonly back: ByteOffset;
  readonly code: ByteOffset;
  /** int: index of the last instruction that was begun, -1 before the first. */
  readonly lastInstruction: ByteOffset;
  /** Bytes per unit of `lastInstruction`: 1 in 3.8 and 3.9, 2 in 3.10. */
  readonly instructionUnit: 1 | 2;
  /** Pointer to the generator or coroutine that it is the frame of, NULL for all others. */
  readonly generator: ByteOffset;
  readonly valueStack: ValueStackLayout;
  /** `f_localsplus`: variables, then cells, then free variables; the value stack follows them. */
  readonly locals: ByteOffset;
  /** Bytes from the start of the object that hold all of the above. */
  readonly headerSize: ByteCount;
}

/** 3.11 and later: `_PyInterpreterFrame`, in data-stack chunks, or inside a generator or frame object. */
export interface StackFrameLayout {
  readonly kind: "stack";
  readonly previous: ByteOffset;
  /** Pointer to the code object; 3.14 and later: a tagged reference, see `codeTagMask`. */
  readonly code: ByteOffset;
  /** The low bits of `code`, and of what is in variables and on the value stack, that are not part of the address. 0 before 3.14. */
  readonly codeTagMask: number;
  /** Pointer to an instruction: `prev_instr` (3.11, 3.12) or `instr_ptr` (3.13 and later). */
  readonly instruction: ByteOffset;
  /** char; frames whose owner is >= `firstShimOwner` are the interpreter's own and have no Python code of the user. */
  readonly owner: ByteOffset;
  readonly firstShimOwner: number;
  /** The evaluation loop begins with a frame of its own (3.12 and later): the oldest frame of every stack is one. */
  readonly hasEntryShims: boolean;
  /** The value of `owner` for a frame that lives in a generator, coroutine or async generator. */
  readonly generatorOwner: number;
  readonly valueStack: ValueStackLayout;
  /** sizeof(_PyInterpreterFrame) without its locals, which follow: the bytes that hold all of the above. */
  readonly headerSize: ByteCount;
  /** Free-threaded 3.14 and later: int32 index into the code's table of thread-local bytecodes. Else null. */
  readonly threadLocalBytecodeIndex: ByteOffset | null;
  /** `_PyStackChunk` (Include/internal/pycore_pystate.h or cpython/pystate.h). */
  readonly chunk: { readonly previous: ByteOffset; readonly size: ByteOffset; readonly top: ByteOffset; readonly data: ByteOffset };
}

/** Where the value stack of a suspended frame ends: offsets in the frame. */
export type ValueStackLayout =
  /** Pointer to one past its top: 3.8, 3.9 (NULL while the frame runs), and 3.14 and later. */
  | { readonly kind: "pointer"; readonly offset: ByteOffset }
  /** 3.10: pointer to its bottom, and how many values it has (int). */
  | { readonly kind: "depth"; readonly base: ByteOffset; readonly depth: ByteOffset }
  /** 3.11 to 3.13: one past its top, counted from the first local (int). */
  | { readonly kind: "index"; readonly offset: ByteOffset };

/** `PyGenObject`, which coroutines and asynchronous generators begin with (Include/genobject.h, Include/cpython/genobject.h). */
export interface GeneratorLayout {
  /** 3.8 to 3.10: pointer to its `PyFrameObject`, NULL when it has ended. 3.11 and later: the frame itself is there. */
  readonly frame: ByteOffset;
  readonly state: GeneratorStateLayout;
  /** How far below the top of the value stack the object is that a frame awaits: 1; 2 from 3.15 on. */
  readonly awaitedDepth: 1 | 2;
}

/** A signed byte, and what it says. Any other value: ended. */
export interface GeneratorStateLayout {
  /** 3.8 and 3.9: `gi_running`, which is all that there is. 3.10: `f_state`. 3.11 and later: `gi_frame_state`. */
  readonly kind: "running-flag" | "in-frame" | "in-generator";
  readonly offset: ByteOffset;
  readonly running: number;
  /** 3.10: it runs, and handles an exception. */
  readonly unwinding: number | null;
  readonly created: number | null;
  /** From `yield`; to 3.12 from `await` and `yield from` too: the instructions say which. */
  readonly suspended: number | null;
  /** In `await` or `yield from`, 3.13 and later: from this value up to the next. */
  readonly awaiting: number | null;
  readonly lastAwaiting: number | null;
}

/** `PyCodeObject` */
export interface CodeLayout {
  readonly fileName: ByteOffset;
  readonly name: ByteOffset;
  /** `co_qualname`, 3.11 and later. */
  readonly qualifiedName: ByteOffset | null;
  /** int */
  readonly firstLine: ByteOffset;
  /** Pointer to a bytes object: `co_lnotab` (3.8, 3.9) or `co_linetable`. */
  readonly lineTable: ByteOffset;
  readonly lineTableKind: "lnotab" | "pep626" | "locations";
  /** To 3.10: pointer to the bytes object `co_code`. */
  readonly instructions: ByteOffset | null;
  /** Names of variables, in the order in which frames have them: pointers to tuples of str. */
  readonly variables:
    /** To 3.10. What is in `cells` is in `names` as well when it is an argument; the cell has its value. */
    | { readonly kind: "separate"; readonly names: ByteOffset; readonly cells: ByteOffset; readonly free: ByteOffset }
    /** 3.11 and later; `kinds` is a bytes object with a byte for each. */
    | { readonly kind: "joined"; readonly names: ByteOffset; readonly kinds: ByteOffset };
  /** 3.11 and later: where the instructions begin, inside the code object itself. */
  readonly adaptive: ByteOffset | null;
  /** 3.12 and later: int, index of the first traceable instruction; a frame before it is half built. 3.11 has it too. */
  readonly firstTraceable: ByteOffset | null;
  /** Free-threaded 3.14 and later: pointer to `_PyCodeArray`. */
  readonly threadLocalBytecode: ByteOffset | null;
  /** Bytes from the start of the object that hold all of the above (not the instructions). */
  readonly headerSize: ByteCount;
}

/** Built-in objects, as far as names, modules and instance attributes need them. */
export interface ObjectLayout {
  /** `ob_type` in PyObject. */
  readonly type: ByteOffset;
  readonly typeName: ByteOffset;
  readonly typeFlags: ByteOffset;
  readonly typeDictOffset: ByteOffset;
  /** Pointer to the function that is an iterator's `__next__`; NULL for what is no iterator. */
  readonly typeNext: ByteOffset;
  readonly typeBasicSize: ByteOffset;
  /** 3.11 and later: `ht_cached_keys` in PyHeapTypeObject, for inline values. */
  readonly typeCachedKeys: ByteOffset | null;
  /** Pointers to the base, to the dict of a class made by Python code, and to the tuple of all bases in order. */
  readonly typeBase: ByteOffset;
  readonly typeDict: ByteOffset;
  readonly typeMro: ByteOffset;
  readonly bytes: { readonly size: ByteOffset; readonly data: ByteOffset };
  /** Compact strings only; `state` is 32 bits: interned, kind, compact, ascii, as that version packs them. */
  readonly unicode: {
    readonly length: ByteOffset;
    readonly state: ByteOffset;
    readonly kindShift: number;
    readonly compactBit: number;
    readonly asciiBit: number;
    /** Where characters start when ASCII, and when not. */
    readonly asciiData: ByteOffset;
    readonly compactData: ByteOffset;
  };
  /** `size` is ob_size (to 3.11) or lv_tag (from 3.12). */
  readonly long: {
    readonly size: ByteOffset;
    /** `ob_digit`: uint32 each, or uint16 where they have 15 bits (32-bit builds before 3.11). */
    readonly digits: ByteOffset;
    readonly digitBits: 15 | 30;
    readonly kind: "ob_size" | "lv_tag";
  };
  /** A double. */
  readonly float: { readonly value: ByteOffset };
  /** Its length is where that of bytes is. The items lie in it, */
  readonly tuple: { readonly items: ByteOffset };
  /** or behind a pointer. */
  readonly list: { readonly items: ByteOffset };
  /** Entries are a pointer and a hash each; there are `mask` + 1. */
  readonly set: { readonly used: ByteOffset; readonly mask: ByteOffset; readonly table: ByteOffset };
  /** Pointer to what is in it. This is the first field of an object, which other small ones have there too. */
  readonly cell: { readonly value: ByteOffset };
  /** Pointer to what it refers to. */
  readonly weakReference: { readonly object: ByteOffset };
  readonly module: { readonly dict: ByteOffset };
  readonly dict: { readonly used: ByteOffset; readonly keys: ByteOffset; readonly values: ByteOffset };
  readonly dictKeys: {
    /** 3.8 to 3.10: `dk_size` (Py_ssize_t). 3.11 and later: `dk_log2_size` and `dk_log2_index_bytes` (uint8 each). */
    readonly sizes:
      | { readonly kind: "dk_size"; readonly size: ByteOffset }
      | { readonly kind: "log2"; readonly logSize: ByteOffset; readonly logIndexBytes: ByteOffset };
    /** uint8, 3.11 and later: 0 general entries (hash, key, value), 1 and 2 (key, value). */
    readonly keysKind: ByteOffset | null;
    readonly entryCount: ByteOffset;
    /** Where the index table begins; the entries follow it. */
    readonly indices: ByteOffset;
  };
  /** How an instance's attributes are found when it has no dict of its own yet: see `objects/attributes.ts`. */
  readonly managedDict:
    | { readonly kind: "none" }
    /** 3.11: values pointer at -4 words, dict pointer at -3 words from the object. */
    | { readonly kind: "values-or-dict-3.11"; readonly values: ByteOffset; readonly dict: ByteOffset }
    /** 3.12: one tagged word at -3 words: low bit set means values. */
    | { readonly kind: "tagged-3.12"; readonly offset: ByteOffset }
    /** 3.13 and later: dict pointer at -3 words; inline values right after the object's basic size when it is null. */
    | { readonly kind: "inline-3.13"; readonly dict: ByteOffset };
}
