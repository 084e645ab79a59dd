import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";

/** The end of user space on x86-64 with four-level page tables: no pointer of the target lies above. */
const endOfUserSpace: Address = 2 ** 47;
/** No read is bigger; sizes from the target are checked against smaller bounds of their own before. */
const maxPiece: ByteCount = 64 << 20;

/** A copy of [address, address + length); null when it cannot be read or cannot be an address at all. */
export function readPiece(memory: MemoryReader, address: Address, length: ByteCount): DataView | null {
  if (!(address > 0 && address < endOfUserSpace && length >= 0 && length <= maxPiece)) return null;
  const bytes = new Uint8Array(length);
  return memory.read(address, bytes) ? new DataView(bytes.buffer) : null;
}

/** The pointer at `address`; null when it cannot be read. 0 is a value: NULL. */
export function readPointer(memory: MemoryReader, layout: Layout, address: Address): Address | null {
  const view = readPiece(memory, address, layout.wordSize);
  return view && readWord(view, 0, layout.wordSize);
}

/** A Py_ssize_t. Exact up to 2^53 on either side. */
export function signedWord(view: DataView, offset: ByteOffset, wordSize: 4 | 8): number {
  if (wordSize === 4) return view.getInt32(offset, true);
  return view.getUint32(offset, true) + view.getInt32(offset + 4, true) * 0x1_0000_0000;
}
