import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { dictEntries } from "./dicts.ts";
import { readPointer } from "./piece.ts";
import { isOfType } from "./types.ts";

/** Things of C code in the dict of a thread, and `threading.local`s that it has something in. */
const maxInThread = 1 << 16;
/** Threads that have something in one `threading.local`. */
const maxThreads = 1 << 16;

/**
 * What each of these threads (addresses of `PyThreadState`) has in a `threading.local`: its dict of attributes, by thread. A thread that has
 * nothing in it is left out. Null: no `threading.local`, or not readable. Modules/_threadmodule.c:
 *
 *     to 3.12   local: header | key | ...                                 thread's dict: { key: dummy }, dummy: header | attributes
 *     3.13      local: header | args | kw | weak references | attributes of each: { key of the thread: attributes }
 */
export function readThreadLocals(memory: MemoryReader, layout: Layout, local: Address, threads: readonly Address[]): Map<Address, Address> | null {
  if (!isOfType(memory, layout, local, ["_thread._local"])) return null;
  const { dict, localKey } = layout.thread;
  const header = layout.objects.type + layout.wordSize;
  const found = new Map<Address, Address>();
  if (localKey !== null) {
    const attributes = readPointer(memory, layout, local + header + 3 * layout.wordSize);
    const entries = attributes && dictEntries(memory, layout, attributes, maxThreads);
    if (!entries) return null;
    const byKey = new Map(entries.map(({ key, value }) => [key, value]));
    for (const thread of threads) {
      const value = byKey.get(readPointer(memory, layout, thread + localKey) ?? 0);
      if (value !== undefined) found.set(thread, value);
    }
    return found;
  }
  const key = readPointer(memory, layout, local + header);
  if (!key || dict === null) return null;
  for (const thread of threads) {
    const ofThread = readPointer(memory, layout, thread + dict);
    const entries = ofThread ? dictEntries(memory, layout, ofThread, maxInThread) : null;
    const dummy = entries?.find((entry) => entry.key === key)?.value;
    const value = dummy === undefined ? null : readPointer(memory, layout, dummy + header);
    if (value) found.set(thread, value);
  }
  return found;
}
