import type { Address, ByteOffset, WordSize } from "../base/units.ts";

/**
 * A pointer or Py_ssize_t of the target as a number. Two 32-bit reads and a multiplication: a BigInt would cost an
 * allocation each. Garbage above 2^53 loses its low bits, which no valid address has reason to mind.
 */
export function readWord(view: DataView, offset: ByteOffset, wordSize: WordSize): Address {
  const low = view.getUint32(offset, true);
  return wordSize === 4 ? low : low + view.getUint32(offset + 4, true) * 0x1_0000_0000;
}
