import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { PagedMemory } from "../objects/paged-memory.ts";
import { readPiece, readPointer, signedWord } from "../objects/piece.ts";
import { maxMembers, readSet } from "../objects/sets.ts";
import { readWord } from "../words.ts";
import type { Asyncio } from "./find-asyncio.ts";

/** Tasks that are listed in all, and entries of a set's table: a set that shrinks keeps the table that it had. */
const maxTasks = maxMembers;
const maxEntries = 8 * maxMembers;

/** One entry of a set of weak references, and the task that it was found to lead to. */
interface KnownReference {
  readonly hash: number;
  readonly task: Address;
}

/** The tasks of one interpreter. What a weak reference leads to is remembered, so that a set is one read however many tasks are in it. */
export class TaskLists {
  readonly #layout: Layout;
  readonly #interpreter: Address;
  readonly #asyncio: Asyncio;
  #known = new Map<Address, KnownReference>();

  constructor(layout: Layout, interpreter: Address, asyncio: Asyncio) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#asyncio = asyncio;
  }

  /** Null: not readable at this moment. */
  list(memory: MemoryReader, threads: readonly Address[]): readonly Address[] | null {
    const paged = new PagedMemory(memory);
    const tasks = new Set<Address>();
    const known = new Map<Address, KnownReference>();
    for (const set of this.#asyncio.weakSets) if (!this.#addReferenced(memory, paged, set, known, tasks)) return null;
    this.#known = known;
    for (const set of this.#asyncio.eagerSets) for (const task of readSet(memory, this.#layout, set, maxTasks) ?? []) tasks.add(task);
    const native = this.#asyncio.native;
    const node = native?.layout.node ?? null;
    if (native?.offsets && node !== null) {
      this.#addLinked(paged, this.#interpreter + native.offsets.interpreterTasks, node, tasks);
      for (const thread of threads) this.#addLinked(paged, thread + native.offsets.threadTasks, node, tasks);
    }
    return [...tasks];
  }

  /**
   * The table of a set of weak references. The hash of a reference is that of its object, and that of a task is its address, so an entry
   * says where its task is; that is checked when an entry is new, by reading the reference. Where it is not so, because a class has its
   * own `__hash__`, the reference is read each time.
   */
  #addReferenced(memory: MemoryReader, paged: MemoryReader, set: Address, known: Map<Address, KnownReference>, tasks: Set<Address>): boolean {
    const { wordSize, objects } = this.#layout;
    const at = objects.set;
    const header = readPiece(memory, set, at.table + wordSize);
    if (header === null) return false;
    const used = signedWord(header, at.used, wordSize);
    const size = signedWord(header, at.mask, wordSize) + 1;
    if (used < 0 || used > maxTasks || size < used || size < 1 || size > maxEntries || !Number.isInteger(Math.log2(size))) return false;
    if (used === 0) return true;
    const entries = readPiece(memory, readWord(header, at.table, wordSize), size * 2 * wordSize);
    if (entries === null) return false;
    for (let entry = 0; entry < size; entry++) {
      const offset = 2 * entry * wordSize;
      const reference = readWord(entries, offset, wordSize);
      if (reference === 0) continue;
      const hash = signedWord(entries, offset + wordSize, wordSize);
      // Deleted.
      if (hash === -1) continue;
      let entryKnown = this.#known.get(reference);
      if (entryKnown?.hash !== hash || entryKnown.task !== addressOfHash(entries, offset + wordSize, wordSize)) {
        const task = readPointer(paged, this.#layout, reference + objects.weakReference.object);
        if (!task) continue;
        entryKnown = { hash, task };
      }
      known.set(reference, entryKnown);
      tasks.add(entryKnown.task);
    }
    return true;
  }

  /**
   * A list of tasks that are linked by a node in each (`struct llist_node`, Include/internal/pycore_llist.h), to its head. It changes while it is
   * followed: what cannot be reached from the front is looked for from the back.
   */
  #addLinked(paged: MemoryReader, head: Address, node: number, tasks: Set<Address>): void {
    const follow = (link: number): boolean => {
      const seen = new Set<Address>();
      let at = readPointer(paged, this.#layout, head + link);
      while (at && at !== head && tasks.size < maxTasks && !seen.has(at)) {
        seen.add(at);
        tasks.add(at - node);
        at = readPointer(paged, this.#layout, at + link);
      }
      return at === head;
    };
    if (!follow(0)) follow(this.#layout.wordSize);
  }
}

/** The address whose hash this is: `_Py_HashPointer` (Python/pyhash.c) turns it to the right by four bits, which alignment leaves empty. */
function addressOfHash(view: DataView, offset: number, wordSize: 4 | 8): Address {
  const low = view.getUint32(offset, true);
  if (wordSize === 4) return ((low << 4) | (low >>> 28)) >>> 0;
  const high = view.getUint32(offset + 4, true);
  return (((low << 4) | (high >>> 28)) >>> 0) + (((high << 4) | (low >>> 28)) >>> 0) * 0x1_0000_0000;
}
