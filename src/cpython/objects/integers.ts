import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, signedWord } from "./piece.ts";
import { readInstance, TypeFlag } from "./types.ts";

const bitsPerDigit = 30;
/** Two digits hold 60 bits: what needs a third is beyond a double in any case. */
const maxDigits = 2;
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
  if (count < 0 || count > maxDigits) return null;
  const digits = readPiece(memory, address + long.digits, count * 4);
  if (!digits) return null;
  const magnitude = digits.getUint32(0, true) + (count > 1 ? digits.getUint32(4, true) * 2 ** bitsPerDigit : 0);
  if (!Number.isSafeInteger(magnitude)) return null;
  return isNegative ? -magnitude : magnitude;
}
