import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { bytesOf, readPiece, readPointer, signedWord } from "../objects/piece.ts";
import { maxMembers } from "../objects/sets.ts";
import { readWord } from "../words.ts";

/** Entries of a set's table: one that shrinks keeps the table that it had. */
const maxEntries = 8 * maxMembers;

/** An entry of the table, and the task that it was found to lead to. */
interface KnownReference {
  readonly low: number;
  readonly high: number;
  readonly task: Address;
  /** Its hash is not the task's address: the class has a hash of its own. */
  readonly isOdd: boolean;
}

/**
 * The tasks of one set of weak references (`data` of a `weakref.WeakSet`). The hash of a reference is that of its object, and that of a task is its
 * address, so an entry says where its task is. That is checked when an entry is new, by reading the reference; where it is not so the
 * reference is read each time. A table that is as it was is only compared.
 */
export class ReferencedTasks {
  readonly #layout: Layout;
  readonly #set: Address;
  #known = new Map<Address, KnownReference>();
  #table: Uint8Array = new Uint8Array(0);
  #tasks: readonly Address[] = [];
  #hasOdd = false;

  constructor(layout: Layout, set: Address) {
    this.#layout = layout;
    this.#set = set;
  }

  /** The same array as long as nothing has changed. Null: not readable, damaged, or too many. `paged` is for what is new. */
  read(memory: MemoryReader, paged: MemoryReader): readonly Address[] | null {
    const { wordSize, objects } = this.#layout;
    const at = objects.set;
    const header = readPiece(memory, this.#set, at.table + wordSize);
    if (header === null) return null;
    const used = signedWord(header, at.used, wordSize);
    const size = signedWord(header, at.mask, wordSize) + 1;
    if (used < 0 || used > maxMembers || size < used || size < 1 || size > maxEntries || !Number.isInteger(Math.log2(size))) return null;
    const entries = used === 0 ? empty : readPiece(memory, readWord(header, at.table, wordSize), size * 2 * wordSize);
    if (entries === null) return null;
    const table = bytesOf(entries);
    if (!this.#hasOdd && Buffer.compare(table, this.#table) === 0) return this.#tasks;
    this.#table = table;
    this.#decode(entries, paged);
    return this.#tasks;
  }

  #decode(entries: DataView, paged: MemoryReader): void {
    const { wordSize } = this.#layout;
    const known = new Map<Address, KnownReference>();
    const tasks: Address[] = [];
    this.#hasOdd = false;
    for (let offset = 0; offset < entries.byteLength; offset += 2 * wordSize) {
      const reference = readWord(entries, offset, wordSize);
      if (reference === 0) continue;
      const low = entries.getUint32(offset + wordSize, true);
      const high = wordSize === 4 ? 0 : entries.getUint32(offset + wordSize + 4, true);
      // A hash of -1, which no object has: deleted.
      if (low === 0xffff_ffff && (wordSize === 4 || high === 0xffff_ffff)) continue;
      let entry = this.#known.get(reference);
      if (entry === undefined || entry.isOdd || entry.low !== low || entry.high !== high) {
        const task = readPointer(paged, this.#layout, reference + this.#layout.objects.weakReference.object);
        if (!task) continue;
        entry = { low, high, task, isOdd: task !== addressOfHash(entries, offset + wordSize, wordSize) };
      }
      this.#hasOdd ||= entry.isOdd;
      known.set(reference, entry);
      tasks.push(entry.task);
    }
    this.#known = known;
    this.#tasks = tasks;
  }
}

const empty = new DataView(new ArrayBuffer(0));

/** The address whose hash this is: `_Py_HashPointer` (Python/pyhash.c) turns it to the right by four bits, which alignment leaves empty. */
function addressOfHash(view: DataView, offset: ByteOffset, wordSize: 4 | 8): Address {
  const low = view.getUint32(offset, true);
  if (wordSize === 4) return ((low << 4) | (low >>> 28)) >>> 0;
  const high = view.getUint32(offset + 4, true);
  return (((low << 4) | (high >>> 28)) >>> 0) + (((high << 4) | (low >>> 28)) >>> 0) * 0x1_0000_0000;
}
