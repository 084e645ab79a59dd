import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset, WordSize } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";

/** The end of user space on x86-64 with four-level page tables: no pointer of the target lies above. */
const endOfUserSpace: Address = 2 ** 47;
/** No read is bigger; sizes from the target are checked against smaller bounds of their own before. */
const maxPiece: ByteCount = 64 << 20;

/**
 * Small pieces are cut from a slab, since making an ArrayBuffer costs ten times as much as a view of one. A slab is used up and then left to those
 * who still hold a piece of it, never used again.
 */
const slabSize: ByteCount = 64 << 10;
const maxSmall: ByteCount = 1 << 10;
let slab = new ArrayBuffer(slabSize);
let slabUsed: ByteCount = 0;

/** For pointers, which are copied out at once. */
const word = new DataView(new ArrayBuffer(8));
const wordBytes: Readonly<Record<WordSize, Uint8Array>> = { 4: new Uint8Array(word.buffer, 0, 4), 8: new Uint8Array(word.buffer) };

/** A copy of [address, address + length); null when it cannot be read or cannot be an address at all. */
export function readPiece(memory: MemoryReader, address: Address, length: ByteCount): DataView | null {
  if (!isAddress(address) || !(length >= 0 && length <= maxPiece)) return null;
  const view = allocate(length);
  return memory.read(address, bytesOf(view)) ? view : null;
}

/** The pointer at `address`; null when it cannot be read. 0 is a value: NULL. */
export function readPointer(memory: MemoryReader, layout: Layout, address: Address): Address | null {
  return isAddress(address) && memory.read(address, wordBytes[layout.wordSize]) ? readWord(word, 0, layout.wordSize) : null;
}

/** A uint32, or the lower half of an unsigned long. */
export function readUint32(memory: MemoryReader, address: Address): number | null {
  return isAddress(address) && memory.read(address, wordBytes[4]) ? word.getUint32(0, true) : null;
}

/** A Py_ssize_t. Exact up to 2^53 on either side. */
export function signedWord(view: DataView, offset: ByteOffset, wordSize: WordSize): number {
  if (wordSize === 4) return view.getInt32(offset, true);
  return view.getUint32(offset, true) + view.getInt32(offset + 4, true) * 0x1_0000_0000;
}

export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function isAddress(address: Address): boolean {
  return address > 0 && address < endOfUserSpace;
}

function allocate(length: ByteCount): DataView {
  if (length > maxSmall) return new DataView(new ArrayBuffer(length));
  if (slabUsed + length > slabSize) {
    slab = new ArrayBuffer(slabSize);
    slabUsed = 0;
  }
  const view = new DataView(slab, slabUsed, length);
  slabUsed += length;
  return view;
}
