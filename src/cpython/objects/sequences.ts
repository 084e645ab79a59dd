import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { readPiece, signedWord } from "./piece.ts";
import { readInstance, TypeFlag } from "./types.ts";

/** Items of the longest list, tuple or deque that is read. */
export const maxItems = 0x10_0000;

/** The items of a list (or of a subclass's instance). Two or three reads. Null: no list, not readable, or more items than `bound`. */
export function readList(memory: MemoryReader, layout: Layout, list: Address, bound: number = maxItems): Address[] | null {
  const { bytes, list: at } = layout.objects;
  const header = readInstance(memory, layout, list, TypeFlag.list, at.items + layout.wordSize);
  if (!header) return null;
  return readPointers(memory, layout, readWord(header, at.items, layout.wordSize), signedWord(header, bytes.size, layout.wordSize), bound);
}

/** The items of a tuple (or of a subclass's instance). Null: no tuple, not readable, or more items than `bound`. */
export function readTuple(memory: MemoryReader, layout: Layout, tuple: Address, bound: number = maxItems): Address[] | null {
  const { bytes, tuple: at } = layout.objects;
  const header = readInstance(memory, layout, tuple, TypeFlag.tuple, bytes.size + layout.wordSize);
  return header && readPointers(memory, layout, tuple + at.items, signedWord(header, bytes.size, layout.wordSize), bound);
}

function readPointers(memory: MemoryReader, layout: Layout, address: Address, count: number, bound: number): Address[] | null {
  if (count < 0 || count > bound) return null;
  if (count === 0) return [];
  const view = readPiece(memory, address, count * layout.wordSize);
  return view && Array.from({ length: count }, (_, index) => readWord(view, index * layout.wordSize, layout.wordSize));
}
