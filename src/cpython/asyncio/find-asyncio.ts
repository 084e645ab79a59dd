import type { MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute, readModuleDict } from "../objects/attributes.ts";
import { dictEntries, findInDict } from "../objects/dicts.ts";
import { PagedMemory } from "../objects/paged-memory.ts";
import { readPiece, readPointer, signedWord } from "../objects/piece.ts";
import { readString } from "../objects/strings.ts";
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

const moduleNames = ["asyncio", "asyncio.tasks", "asyncio.futures", "_asyncio", "builtins"];
const maxModules = 1 << 16;
const maxModuleName = 32;
/** What `asyncio.tasks` calls its sets of tasks: to 3.11, and later. */
const weakSetNames = ["_all_tasks", "_scheduled_tasks"];
const eagerSetName = "_eager_tasks";
/** Pointers behind `md_dict` of a module among which is that to its state (Include/internal/pycore_moduleobject.h). */
const maxModuleWords = 8;
/** Pointers in `asyncio_state` (Modules/_asynciomodule.c): 19 in 3.14. */
const maxStateWords = 40;

/** Null: this interpreter has not imported asyncio, or not all of it yet. A failure says why its tasks cannot be read. */
export function findAsyncio(reader: MemoryReader, layout: Layout, interpreter: Address): Result<Asyncio> | null {
  const memory = new PagedMemory(reader);
  const modules = findModules(memory, layout, interpreter);
  const find = (module: string, name: string): Address => {
    const address = modules.get(module);
    const variables = address === undefined ? null : readModuleDict(memory, layout, address);
    return (variables && findInDict(memory, layout, variables, name)) || 0;
  };
  // The package has this name when all of `asyncio.tasks` has been run: to 3.13 that ends by taking the C module's sets for its own.
  if (find("asyncio", "create_task") === 0) return null;
  const weakSets = weakSetNames.map((name) => find("asyncio.tasks", name)).filter((set) => set !== 0);
  const eagerSets = [find("asyncio.tasks", eagerSetName)].filter((set) => set !== 0);
  const none = find("builtins", "None");
  if (weakSets.length === 0 || none === 0) return fail("its set of tasks cannot be found");

  const module = modules.get("_asyncio");
  const task = find("_asyncio", "Task");
  const future = find("_asyncio", "Future");
  let native: NativeAsyncio | null = null;
  if (module !== undefined && task !== 0 && future !== 0) {
    const found = readNative(memory, layout, module, task, future);
    if (!found.ok) return found;
    native = found.value.native;
    weakSets.push(...found.value.weakSets);
    eagerSets.push(...found.value.eagerSets);
  }
  const data = weakSets.flatMap((set) => readAttribute(memory, layout, set, "data") ?? []);
  if (data.length < weakSets.length) return fail("its sets of tasks cannot be read");
  return ok({
    none,
    native,
    pythonTask: find("asyncio.tasks", "_PyTask"),
    pythonFuture: find("asyncio.futures", "_PyFuture"),
    weakSets: [...new Set(data)],
    eagerSets: [...new Set(eagerSets)],
  });
}

/** Those modules that are loaded, by name. */
function findModules(memory: MemoryReader, layout: Layout, interpreter: Address): ReadonlyMap<string, Address> {
  const modules = new Map<string, Address>();
  const dict = readPointer(memory, layout, interpreter + layout.interpreter.modules);
  for (const { key, value } of (dict && dictEntries(memory, layout, dict, maxModules)) || []) {
    const name = readString(memory, layout, key, maxModuleName);
    if (name !== null && moduleNames.includes(name)) modules.set(name, value);
  }
  return modules;
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
