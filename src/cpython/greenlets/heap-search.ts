import type { Mapping, MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { BlockSource, BlockVisitor } from "./pool-census.ts";

/** Read at once. */
const pieceSize: ByteCount = 1 << 20;
/** What is looked for may begin at the end of one piece: so much of the next is read with it. */
const overlap: ByteCount = 1 << 10;
/** In the first round, and in each later one, in turn. */
const maxFirst: ByteCount = 512 << 20;
const laterPortion: ByteCount = 16 << 20;
const heap = /^(\[heap\]|\[anon:.*\]|)$/;

/** Where CPython is told to use malloc(3) (PYTHONMALLOC=malloc), anything may be anywhere: then all of the heap is searched, in turn. */
export class HeapSearch implements BlockSource {
  readonly #mappings: () => readonly Mapping[];
  /** Of what malloc(3) gives out. */
  readonly #alignment: ByteCount;
  /** Pieces in which something was found. */
  #found = new Set<Address>();
  #isFirst = true;
  #turn: Address = 0;
  unsearched: ByteCount = 0;

  constructor(alignment: ByteCount, mappings: () => readonly Mapping[]) {
    this.#alignment = alignment;
    this.#mappings = mappings;
  }

  update(memory: MemoryReader, visit: BlockVisitor): void {
    const pieces = this.#pieces();
    const total = pieces.reduce((sum, [start, end]) => sum + end - start, 0);
    let left = this.#isFirst ? maxFirst : laterPortion;
    this.unsearched = Math.max(0, (this.#isFirst ? total : this.unsearched) - left);
    this.#isFirst = false;
    const turn = pieces.findIndex(([start]) => start >= this.#turn);
    const inTurn = turn < 0 ? pieces : [...pieces.slice(turn), ...pieces.slice(0, turn)];
    const last = this.#found;
    this.#found = new Set();
    for (const [start, end] of inTurn) {
      const isDue = left > 0;
      if (isDue) this.#turn = end;
      left -= end - start;
      if ((isDue || last.has(start)) && this.#search(memory, start, end, visit)) this.#found.add(start);
    }
  }

  #search(memory: MemoryReader, start: Address, end: Address, visit: BlockVisitor): boolean {
    let bytes = new Uint8Array(end - start + overlap);
    // Nothing need be mapped behind it.
    if (!memory.read(start, bytes)) {
      bytes = new Uint8Array(end - start);
      if (!memory.read(start, bytes)) return false;
    }
    const view = new DataView(bytes.buffer);
    let hasFinds = false;
    for (let at = 0; at < end - start; at += this.#alignment) {
      const isOne = visit(view, at, start + at, bytes.length);
      hasFinds ||= isOne;
    }
    return hasFinds;
  }

  #pieces(): readonly (readonly [Address, Address])[] {
    const pieces: (readonly [Address, Address])[] = [];
    for (const { readable, writable, executable, path, start, end } of this.#mappings()) {
      if (!readable || !writable || executable || !heap.test(path)) continue;
      for (let at = start; at < end; at += pieceSize) pieces.push([at, Math.min(at + pieceSize, end)]);
    }
    return pieces;
  }
}
