import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readInteger } from "./integers.ts";
import { readPiece } from "./piece.ts";
import { isOfType } from "./types.ts";

/** The value of a float, which may be infinite or not a number. Null: no float, or not readable. */
export function readFloat(memory: MemoryReader, layout: Layout, address: Address): number | null {
  const view = readPiece(memory, address + layout.objects.float.value, 8);
  return view && isOfType(memory, layout, address, ["float"]) ? view.getFloat64(0, true) : null;
}

/** The value of a float or an int: what Python code takes for a time. */
export function readNumber(memory: MemoryReader, layout: Layout, address: Address): number | null {
  return readInteger(memory, layout, address) ?? readFloat(memory, layout, address);
}
