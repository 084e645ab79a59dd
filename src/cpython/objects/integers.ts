import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, signedWord } from "./piece.ts";
import { readInstance, TypeFlag } from "./types.ts";

/** What needs more is beyond a double in any case. */
const maxBits = 60;
/** `lv_tag` (Include/internal/pycore_long.h, 3.12): the sign in two bits, one reserved bit, the number of digits above. */
const signMask = 3;
const negative = 2;
const sizeShift = 3;

/** An int (or bool) within +-2^53. Null: no int, a bigger one, or not readable. */
export function readInteger(memory: MemoryReader, layout: Layout, address: Address): number | null {
  const long = layout.objects.long;
  const header = readInstance(memory, layout, address, TypeFlag.int, long.digits);
  if (!header) return null;
  const size = signedWord(header, long.size, layout.wordSize);
  const isNegative = long.kind === "ob_size" ? size < 0 : (size & signMask) === negative;
  const count = long.kind === "ob_size" ? Math.abs(size) : Math.floor(size / (1 << sizeShift));
  if (count === 0) return 0;
  const isWide = long.digitBits === 30;
  const digitSize = isWide ? 4 : 2;
  if (count < 0 || count * long.digitBits > maxBits) return null;
  const digits = readPiece(memory, address + long.digits, count * digitSize);
  if (!digits) return null;
  let magnitude = 0;
  for (let at = (count - 1) * digitSize; at >= 0; at -= digitSize) {
    magnitude = magnitude * 2 ** long.digitBits + (isWide ? digits.getUint32(at, true) : digits.getUint16(at, true));
  }
  if (!Number.isSafeInteger(magnitude)) return null;
  return isNegative ? -magnitude : magnitude;
}
