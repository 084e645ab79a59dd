import type { MemoryReader } from "../base/memory.ts";
import type { Address } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import { readAttribute, readModuleDict } from "./objects/attributes.ts";
import { dictEntries, findInDict } from "./objects/dicts.ts";
import { readInteger } from "./objects/integers.ts";
import { PagedMemory } from "./objects/paged-memory.ts";
import { readPointer } from "./objects/piece.ts";
import { nameMatcher, readString } from "./objects/strings.ts";

/** More threads than a process may have on most systems. */
const maxThreads = 1 << 16;

/**
 * What `threading` calls the threads of one interpreter, by `ThreadLayout.threadId`: `sys.modules["threading"]._active`, a dict from ident to
 * Thread, and of each its `_name` (Lib/threading.py). Threads that `threading` does not know are not in it, nor those whose `_name` is no str.
 * Empty when `threading` has not been imported or cannot be read at this moment.
 *
 * The objects of a kind lie close together, so pages are read rather than objects: for 500 threads some 200 reads, 3 ms
 * altogether. Bounded by `maxThreads` and by what `PagedMemory` gives out.
 */
export function readThreadNames(memory: MemoryReader, layout: Layout, interpreter: Address): ReadonlyMap<number, string> {
  const paged = new PagedMemory(memory);
  const names = new Map<number, string>();
  const modules = readPointer(paged, layout, interpreter + layout.interpreter.modules);
  const threading = modules && findInDict(paged, layout, modules, "threading");
  const variables = threading && readModuleDict(paged, layout, threading);
  const active = variables && findInDict(paged, layout, variables, "_active");
  const entries = (active && dictEntries(paged, layout, active, maxThreads)) || [];
  const isName = nameMatcher(paged, layout, "_name");
  for (const { key, value: thread } of entries) {
    const identity = readInteger(paged, layout, key);
    const nameObject = readAttribute(paged, layout, thread, isName);
    const name = nameObject === null ? null : readString(paged, layout, nameObject);
    if (identity !== null && name !== null) names.set(identity, name);
  }
  return names;
}
