import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import { Gather, type RemoteMemory } from "../../os/remote-memory.ts";

/** Pieces this close are copied as one: a piece costs as much as some hundred bytes. What lies between them is not compared. */
const smallGap: ByteCount = 256;
/** Memory comes in pages, and what lies between two readable pieces on one page can be read. */
export const pageSize: ByteCount = 4096;
/** Pieces of one system call (IOV_MAX), and about what one call copies at most. */
const maxPieces = 1024;
const maxCopied: ByteCount = 1 << 20;

/**
 * Notes what an answer rests on: hand it to whoever reads memory, then ask whether the bytes that were read are still the same.
 * If they are, all of them were there together at one moment, between the last read and the question (unless something was changed and
 * changed back), though they were read one after the other.
 *
 *   const print = new Footprint(memory);
 *   const task = reader.read(print, address);
 *   if (print.isStill(memory)) ... // task was true just now
 */
export class Footprint implements MemoryReader {
  readonly #memory: MemoryReader;
  /** Of each read: where, how many bytes, and where in `#bytes` they are. Sorted and merged when `#isSealed`. */
  #addresses = new Float64Array(8);
  #lengths = new Uint32Array(8);
  #offsets = new Uint32Array(8);
  #count = 0;
  #bytes = new Uint8Array(256);
  #size: ByteCount = 0;
  #isSealed = true;
  /** The same byte was read twice with different values. */
  #isTorn = false;

  constructor(memory: MemoryReader) {
    this.#memory = memory;
  }

  /** Reads that fail leave no trace. */
  read(address: Address, into: Uint8Array): boolean {
    if (!this.#memory.read(address, into)) return false;
    const index = this.#count++;
    if (index === this.#addresses.length) this.#growReads();
    if (this.#size + into.length > this.#bytes.length) this.#growBytes(this.#size + into.length);
    this.#addresses[index] = address;
    this.#lengths[index] = into.length;
    this.#offsets[index] = this.#size;
    this.#bytes.set(into, this.#size);
    this.#size += into.length;
    this.#isSealed = false;
    return true;
  }

  /** To note the next answer. */
  clear(): void {
    this.#count = 0;
    this.#size = 0;
    this.#isSealed = true;
    this.#isTorn = false;
  }

  /** Bytes that are compared. */
  get size(): ByteCount {
    this.#seal();
    return this.#size;
  }

  /** Whether every byte that was read is still the same. One system call, for up to 1,024 pieces. */
  isStill(memory: RemoteMemory): boolean {
    single.clear();
    this.addTo(single);
    return memory.readGather(single) === single.size && this.isSameIn(single, 0);
  }

  /** Appends all pieces to `gather`, and tells of each. What is between pieces that lie close together comes with them. */
  addTo(gather: Gather, added?: (address: Address, length: ByteCount, at: ByteOffset) => void): void {
    this.#seal();
    for (let first = 0; first < this.#count;) {
      const next = this.#endOfPiece(first);
      const start = this.#addresses[first]!;
      const length = this.#addresses[next - 1]! + this.#lengths[next - 1]! - start;
      const at = gather.add(start, length);
      added?.(start, length, at);
      first = next;
    }
  }

  /** Whether what `addTo` asked for, and what came from `at` on, is what was read before. */
  isSameIn(gather: Gather, at: ByteOffset): boolean {
    if (this.#isTorn) return false;
    const copied = gather.bytes;
    const bytes = this.#bytes;
    let piece = at;
    for (let first = 0; first < this.#count;) {
      const next = this.#endOfPiece(first);
      const start = this.#addresses[first]!;
      for (let index = first; index < next; index++) {
        const there = piece + this.#addresses[index]! - start;
        const here = this.#offsets[index]!;
        const length = this.#lengths[index]!;
        for (let byte = 0; byte < length; byte++) if (copied[there + byte] !== bytes[here + byte]) return false;
      }
      piece += this.#addresses[next - 1]! + this.#lengths[next - 1]! - start;
      first = next;
    }
    return true;
  }

  /** The same byte was read twice with different values: what was read was never there. */
  get isTorn(): boolean {
    this.#seal();
    return this.#isTorn;
  }

  /** Numbers of all pages that bytes were read from, ascending. */
  pages(): number[] {
    this.#seal();
    const pages: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      const start = this.#addresses[index]!;
      for (let page = Math.floor(start / pageSize); page * pageSize < start + this.#lengths[index]!; page++) if (page !== pages.at(-1)) pages.push(page);
    }
    return pages;
  }

  /** Whether what was read from a page is what a copy of it has, which lies at `at` in `copied`. */
  isSameOnPage(page: number, copied: Uint8Array, at: ByteOffset): boolean {
    this.#seal();
    const from = page * pageSize;
    const to = from + pageSize;
    for (let index = 0; index < this.#count; index++) {
      const start = this.#addresses[index]!;
      if (start >= to) break;
      const first = Math.max(start, from);
      const end = Math.min(start + this.#lengths[index]!, to);
      const here = this.#offsets[index]! - start;
      const there = at - from;
      for (let byte = first; byte < end; byte++) if (copied[there + byte] !== this.#bytes[here + byte]) return false;
    }
    return true;
  }

  /** Sets a 1 for each byte of a page that was read. */
  markOnPage(page: number, marks: Uint8Array): void {
    this.#seal();
    const from = page * pageSize;
    for (let index = 0; index < this.#count; index++) {
      const start = this.#addresses[index]! - from;
      if (start >= pageSize) break;
      marks.fill(1, Math.max(start, 0), Math.max(start + this.#lengths[index]!, 0));
    }
  }

  /** One past the last of the reads, from `first` on, that are copied as one piece. */
  #endOfPiece(first: number): number {
    let index = first;
    for (; index + 1 < this.#count; index++) {
      const end = this.#addresses[index]! + this.#lengths[index]!;
      const start = this.#addresses[index + 1]!;
      if (start - end > smallGap || Math.floor((end - 1) / pageSize) !== Math.floor(start / pageSize)) break;
    }
    return index + 1;
  }

  /** Sorts the reads and merges those that overlap or touch, so that every byte is there once. */
  #seal(): void {
    if (this.#isSealed) return;
    this.#isSealed = true;
    const [addresses, lengths, offsets, bytes] = [this.#addresses, this.#lengths, this.#offsets, this.#bytes];
    const order = Array.from({ length: this.#count }, (_, index) => index).sort((a, b) => addresses[a]! - addresses[b]! || a - b);
    const merged = { addresses: new Float64Array(this.#count), lengths: new Uint32Array(this.#count), offsets: new Uint32Array(this.#count) };
    const kept = new Uint8Array(this.#size);
    let count = 0;
    let size = 0;
    for (const read of order) {
      const start = addresses[read]!;
      const last = count - 1;
      const end = count === 0 ? Number.NEGATIVE_INFINITY : merged.addresses[last]! + merged.lengths[last]!;
      const isApart = start > end;
      const shared = isApart ? 0 : Math.min(end - start, lengths[read]!);
      for (let byte = 0, at = size - (end - start); byte < shared; byte++) if (kept[at + byte] !== bytes[offsets[read]! + byte]) this.#isTorn = true;
      kept.set(bytes.subarray(offsets[read]! + shared, offsets[read]! + lengths[read]!), size);
      if (isApart) {
        merged.addresses[count] = start;
        merged.offsets[count] = size;
        count++;
      }
      merged.lengths[count - 1]! += lengths[read]! - shared;
      size += lengths[read]! - shared;
    }
    this.#addresses = merged.addresses.slice(0, Math.max(1, count));
    this.#lengths = merged.lengths.slice(0, Math.max(1, count));
    this.#offsets = merged.offsets.slice(0, Math.max(1, count));
    this.#bytes = kept.slice(0, Math.max(1, size));
    this.#count = count;
    this.#size = size;
  }

  #growReads(): void {
    const [addresses, lengths, offsets] = [this.#addresses, this.#lengths, this.#offsets];
    const capacity = addresses.length * 2;
    this.#addresses = new Float64Array(capacity);
    this.#lengths = new Uint32Array(capacity);
    this.#offsets = new Uint32Array(capacity);
    this.#addresses.set(addresses);
    this.#lengths.set(lengths);
    this.#offsets.set(offsets);
  }

  #growBytes(least: ByteCount): void {
    const bytes = new Uint8Array(Math.max(least, this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

const single = new Gather(4096);
const many = new Gather(1 << 16);

/**
 * Which of many are no longer what was read, as indices in ascending order. As few system calls as that takes: all of a call's answers are
 * of one moment, within microseconds.
 */
export function findChanged(memory: RemoteMemory, prints: readonly Footprint[]): number[] {
  const changed: number[] = [];
  /** Where each print's part of the gather begins, and one more: where the last one ends. */
  const starts: ByteOffset[] = [];
  for (let first = 0; first < prints.length;) {
    many.clear();
    starts.length = 0;
    let next = first;
    do {
      starts.push(many.end);
      prints[next++]!.addTo(many);
    } while (next < prints.length && many.count < maxPieces - 16 && many.size < maxCopied);
    starts.push(many.end);
    const copied = memory.readGather(many);
    let index = first;
    for (; index < next && starts[index - first + 1]! <= copied; index++) if (!prints[index]!.isSameIn(many, starts[index - first]!)) changed.push(index);
    // This one holds what can no longer be read; those after it were not copied.
    if (index < next) changed.push(index++);
    first = index;
  }
  return changed;
}
