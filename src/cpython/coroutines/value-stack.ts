import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece } from "../objects/piece.ts";
import { readWord } from "../words.ts";
import { countVariables } from "./locals.ts";
import { readStackTop, untag } from "./suspended-frame.ts";

/** More values at once than any real function has. */
const maxValues = 1 << 12;

/** What lies on the value stack of a suspended frame, from the bottom up; 0 is NULL, or no object. Null: not readable, torn. */
export function readValueStack(memory: MemoryReader, layout: Layout, frame: Address, code: Address): Address[] | null {
  const { wordSize } = layout;
  const at = layout.frame;
  const view = readPiece(memory, frame, at.headerSize);
  const variables = countVariables(memory, layout, code);
  if (!view || variables === null) return null;
  const locals = frame + (at.kind === "heap" ? at.locals : at.headerSize);
  const bottom = locals + variables * wordSize;
  const count = (readStackTop(layout, at.valueStack, view, 0, locals) - bottom) / wordSize;
  if (!Number.isInteger(count) || count < 0 || count > maxValues) return null;
  const values = readPiece(memory, bottom, count * wordSize);
  if (!values) return null;
  const mask = at.kind === "stack" ? at.codeTagMask : 0;
  return Array.from({ length: count }, (_, index) => untag(readWord(values, index * wordSize, wordSize), mask));
}
