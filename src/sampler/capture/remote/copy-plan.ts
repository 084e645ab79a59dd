import type { MemoryReader } from "../../../base/memory.ts";
import type { Address, ByteCount } from "../../../base/units.ts";
import type { Layout, StackFrameLayout } from "../../../cpython/layout.ts";
import { Pieces } from "../../../cpython/pieces.ts";
import type { RawStack } from "../../../cpython/raw-stack.ts";
import { readWord } from "../../../cpython/words.ts";

/** How much further than the newest frame is copied, so that a few calls more do not miss. */
const slack: ByteCount = 512;
/** Frames that were not there last time are looked for one by one; past this many the next look goes on. */
const maxDiscovered = 1 << 14;
/** Frames that are copied for nothing: so many are borne. */
const mostUnused = 32;
const maxChunks = 1 << 14;
/** A chunk is 16 KiB, more only for one call with huge locals, whose frame is at the start: what lies beyond this is not copied with it. */
const maxChunkSize: ByteCount = 1 << 20;
/** All chunks together, some 50,000 frames. Frames in further ones are copied one by one: no garbage makes us copy without end. */
const maxChunksSize: ByteCount = 8 << 20;

interface Chunk {
  readonly address: Address;
  readonly end: Address;
  /** Up to where it is copied. */
  liveEnd: Address;
}

/**
 * What to copy of one thread next time: a guess that its frames lie where they lay before, corrected whenever a walk meets
 * a frame that was not copied.
 *
 *   3.11+      data-stack chunks, each from its first frame to a little past its newest,
 *              and one by one the frames that live elsewhere (generators, coroutines)
 *   3.8-3.10   every frame object, one by one
 */
export class CopyPlan {
  readonly pieces: Pieces = new Pieces();
  readonly #memory: MemoryReader;
  readonly #layout: Layout;
  /** Newest first, as CPython links them. Empty before 3.11. */
  #chunks: Chunk[] = [];
  #loose: Address[] = [];
  #isLoose = new Set<Address>();
  /** The chunk that the outermost frame lies in; 0 while it is not known. */
  #rootChunk: Address = 0;
  #isStale = true;
  #version = 0;
  readonly #header: DataView;

  constructor(memory: MemoryReader, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
    this.#header = new DataView(new ArrayBuffer(layout.frame.headerSize));
  }

  /** Brings the pieces up to date. The number changes whenever they do. */
  refresh(): number {
    if (!this.#isStale) return this.#version;
    this.#isStale = false;
    this.#version++;
    this.pieces.clear();
    const { frame } = this.#layout;
    if (frame.kind === "stack") {
      for (const chunk of this.#chunks) {
        const start = chunk.address + frame.chunk.data;
        if (chunk.liveEnd > start) this.pieces.addRange(start, chunk.liveEnd - start);
      }
    }
    for (const address of this.#loose) this.pieces.add(address, frame.headerSize);
    return this.#version;
  }

  /** Forget everything: a piece of it can no longer be read. */
  reset(): void {
    this.#chunks = [];
    this.#loose = [];
    this.#isLoose.clear();
    this.#isStale = true;
  }

  /** Takes notice of the newest chunk that the thread state names; chunks that are gone must not be copied any more. */
  followChunks(newest: Address): void {
    if (this.#layout.frame.kind !== "stack" || newest === (this.#chunks[0]?.address ?? 0)) return;
    const known = new Map(this.#chunks.map((chunk, index) => [chunk.address, index]));
    const chunks: Chunk[] = [];
    let oldest: Address = 0;
    for (let address = newest; address !== 0 && chunks.length < maxChunks;) {
      const index = known.get(address);
      if (index !== undefined) {
        chunks.push(...this.#chunks.slice(index));
        oldest = this.#rootChunk;
        break;
      }
      const header = this.#readChunk(address, this.#layout.frame, chunks.length === 0);
      if (header === null) break;
      chunks.push(header.chunk);
      if (header.previous === 0) oldest = address;
      address = header.previous;
    }
    this.#rootChunk = oldest;
    let size = 0;
    this.#chunks = chunks.filter((chunk) => (size += chunk.end - chunk.address) <= maxChunksSize);
    this.#isStale = true;
  }

  /** Whether a frame lies where the outermost one does: at the start of the first chunk, after a word (3.11 and later: Python/pystate.c, `push_chunk`). */
  isFirst(frame: Address): boolean {
    return this.#layout.frame.kind === "stack" && frame === this.#rootChunk + this.#layout.frame.chunk.data + this.#layout.wordSize;
  }

  /** Adds the frame at `address` and those below it, as far as they are not in the plan yet. False when one cannot be read. */
  discover(address: Address): boolean {
    const { frame: layout, wordSize } = this.#layout;
    const link = layout.kind === "stack" ? layout.previous : layout.back;
    const bytes = new Uint8Array(this.#header.buffer);
    for (let step = 0; address !== 0 && step < maxDiscovered; step++) {
      const end = address + layout.headerSize;
      const chunk = this.#chunks.find((candidate) => address >= candidate.address && end <= candidate.end);
      if (chunk === undefined ? this.#isLoose.has(address) : end <= chunk.liveEnd) return true;
      if (!this.#memory.read(address, bytes)) return false;
      if (chunk !== undefined) chunk.liveEnd = Math.min(end + slack, chunk.end);
      else {
        this.#loose.push(address);
        this.#isLoose.add(address);
      }
      this.#isStale = true;
      address = readWord(this.#header, link, wordSize);
    }
    return true;
  }

  /** Lets go of what a walk that succeeded did not need, once that is worth a new list. */
  trim(stack: RawStack): void {
    const { headerSize } = this.#layout.frame;
    const newest = this.#chunks[0];
    if (newest !== undefined) {
      // Frames lie in a chunk one above the other, so the first that is met there is the highest.
      let index = 0;
      while (index < stack.length && !(stack.frame[index]! >= newest.address && stack.frame[index]! < newest.end)) index++;
      const newestEnd = index < stack.length ? stack.frame[index]! + headerSize : newest.liveEnd;
      if (newest.liveEnd - newestEnd > 8 * slack) {
        newest.liveEnd = Math.min(newestEnd + slack, newest.end);
        this.#isStale = true;
      }
    }
    if (this.#loose.length <= mostUnused) return;
    let loose = 0;
    for (let index = 0; index < stack.length; index++) if (this.#isLoose.has(stack.frame[index]!)) loose++;
    if (this.#loose.length > 2 * loose + mostUnused) {
      const used: Address[] = [];
      for (let index = 0; index < stack.length; index++) if (this.#isLoose.has(stack.frame[index]!)) used.push(stack.frame[index]!);
      this.#loose = used;
      this.#isLoose = new Set(used);
      this.#isStale = true;
    }
  }

  #readChunk(address: Address, layout: StackFrameLayout, isNewest: boolean): { chunk: Chunk; previous: Address } | null {
    const { wordSize } = this.#layout;
    const { chunk } = layout;
    const bytes = new Uint8Array(Math.max(chunk.previous, chunk.size, chunk.top) + wordSize);
    if (!this.#memory.read(address, bytes)) return null;
    const view = new DataView(bytes.buffer);
    const size = readWord(view, chunk.size, wordSize);
    const first = address + chunk.data;
    const end = address + Math.min(size, maxChunkSize);
    if (size < chunk.data) return null;
    // `top` counts words, and is only written when the next chunk is begun: Python/pystate.c, push_chunk().
    const top = first + readWord(view, chunk.top, wordSize) * wordSize;
    return { chunk: { address, end, liveEnd: isNewest ? first : Math.min(top, end) }, previous: readWord(view, chunk.previous, wordSize) };
  }
}
