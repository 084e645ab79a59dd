import type { MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute, readModuleDict } from "../objects/attributes.ts";
import { findInDict } from "../objects/dicts.ts";
import { readPiece, readPointer, signedWord } from "../objects/piece.ts";
import { isOfType, typeName } from "../objects/types.ts";
import { readWord } from "../words.ts";
import { readAsyncioOffsets, type AsyncioOffsets } from "./debug-offsets.ts";
import { taskLayoutOf, type TaskLayout } from "./object-layout.ts";

/** asyncio in one interpreter: what does not change while it is loaded. */
export interface Asyncio {
  /** The object `None`. */
  readonly none: Address;
  /** The C module `_asyncio`; null where it could not be imported. */
  readonly native: NativeAsyncio | null;
  /** `asyncio.tasks._PyTask` and `asyncio.futures._PyFuture`, 0 when they are not there. */
  readonly pythonTask: Address;
  readonly pythonFuture: Address;
  /** Sets of weak references to tasks, and sets of tasks. */
  readonly weakSets: readonly Address[];
  readonly eagerSets: readonly Address[];
}

export interface NativeAsyncio {
  /** The types `_asyncio.Future` and `_asyncio.Task`. */
  readonly future: Address;
  readonly task: Address;
  readonly layout: TaskLayout;
  /** 3.14 and later. */
  readonly offsets: AsyncioOffsets | null;
}

/** What `asyncio.tasks` calls its sets of tasks: to 3.11, and later. */
const weakSetNames = ["_all_tasks", "_scheduled_tasks"];
const eagerSetName = "_eager_tasks";
/** Pointers behind `md_dict` of a module among which is that to its state (Include/internal/pycore_moduleobject.h). */
const maxModuleWords = 8;
/** Pointers in `asyncio_state` (Modules/_asynciomodule.c): 19 in 3.14. */
const maxStateWords = 40;

/** Null: this interpreter has not imported asyncio, or not all of it yet. A failure says why its tasks cannot be read. */
export function findAsyncio(memory: MemoryReader, layout: Layout, interpreter: Address): Result<Asyncio> | null {
  const modules = readPointer(memory, layout, interpreter + layout.interpreter.modules);
  const variablesOf = (module: string): Address => {
    const found = modules && findInDict(memory, layout, modules, module);
    return (found && readModuleDict(memory, layout, found)) || 0;
  };
  const find = (variables: Address, name: string): Address => (variables && findInDict(memory, layout, variables, name)) || 0;
  const tasks = variablesOf("asyncio.tasks");
  const weakSets = weakSetNames.map((name) => find(tasks, name)).filter((set) => set !== 0);
  if (weakSets.length === 0) return null;
  const eagerSets = [find(tasks, eagerSetName)].filter((set) => set !== 0);

  const module = (modules && findInDict(memory, layout, modules, "_asyncio")) || 0;
  const nativeVariables = module && readModuleDict(memory, layout, module);
  const [task, future] = ["Task", "Future"].map((name) => (nativeVariables ? find(nativeVariables, name) : 0)) as [Address, Address];
  let native: NativeAsyncio | null = null;
  if (task !== 0 && future !== 0) {
    const found = readNative(memory, layout, module, task, future);
    if (!found.ok) return found;
    native = found.value.native;
    weakSets.push(...found.value.weakSets);
    eagerSets.push(...found.value.eagerSets);
  }
  const data = weakSets.flatMap((set) => readAttribute(memory, layout, set, "data") ?? []);
  if (data.length < weakSets.length) return fail("its sets of tasks cannot be read");
  const none = find(variablesOf("builtins"), "None");
  if (none === 0) return fail("its builtins cannot be read");
  return ok({
    none,
    native,
    pythonTask: find(tasks, "_PyTask"),
    pythonFuture: find(variablesOf("asyncio.futures"), "_PyFuture"),
    weakSets: [...new Set(data)],
    eagerSets: [...new Set(eagerSets)],
  });
}

interface FoundNative {
  readonly native: NativeAsyncio;
  /** 3.14 and later: what the module's state has besides what `asyncio.tasks` has. */
  readonly weakSets: readonly Address[];
  readonly eagerSets: readonly Address[];
}

function readNative(memory: MemoryReader, layout: Layout, module: Address, task: Address, future: Address): Result<FoundNative> {
  const { objects, wordSize, versionHex } = layout;
  const sizes = readPiece(memory, task, Math.max(objects.typeBasicSize, objects.typeDictOffset) + wordSize);
  if (sizes === null) return fail("its types cannot be read");
  const basicSize = signedWord(sizes, objects.typeBasicSize, wordSize);
  const objectLayout = taskLayoutOf(versionHex, wordSize, { basicSize, dictOffset: signedWord(sizes, objects.typeDictOffset, wordSize) });
  if (objectLayout === null) return fail(`its tasks have ${basicSize} bytes, which those of no known release have`);
  const native = { future, task, layout: objectLayout, offsets: null };
  if (objectLayout.node === null) return ok({ native, weakSets: [], eagerSets: [] });

  const state = findState(memory, layout, module, task, future);
  if (state === null) return fail("the state of its C module cannot be found");
  for (const [index, address] of state.entries()) {
    const offsets = readAsyncioOffsets(memory, layout, objectLayout, address);
    if (offsets === null) continue;
    // The set of tasks that are begun eagerly follows that of the scheduled ones.
    const weakSet = state.findIndex((other, at) => at < index && typeName(memory, layout, other) === "WeakSet");
    if (weakSet < 0) break;
    const eager = state[weakSet + 1]!;
    return ok({ native: { ...native, offsets }, weakSets: [state[weakSet]!], eagerSets: isOfType(memory, layout, eager, ["set"]) ? [eager] : [] });
  }
  return fail("it does not say where it keeps its tasks");
}

/** The words of `asyncio_state`: the pointer in the module that leads to both types, one after the other. */
function findState(memory: MemoryReader, layout: Layout, module: Address, task: Address, future: Address): Address[] | null {
  const { wordSize, objects } = layout;
  for (let word = 1; word <= maxModuleWords; word++) {
    const state = readPointer(memory, layout, module + objects.module.dict + word * wordSize);
    const view = state ? readPiece(memory, state, maxStateWords * wordSize) : null;
    if (view === null) continue;
    const words = Array.from({ length: maxStateWords }, (_, index) => readWord(view, index * wordSize, wordSize));
    const at = words.indexOf(future);
    if (at >= 0 && words[at + 1] === task) return words;
  }
  return null;
}
