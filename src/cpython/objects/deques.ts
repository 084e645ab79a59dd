import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { readPiece, signedWord } from "./piece.ts";
import { maxItems } from "./sequences.ts";
import { isOfType } from "./types.ts";

/** Pointers in a block, in all versions. */
const blockLength = 64;

/**
 * The items of a `collections.deque` (or of a subclass's instance), from the left. One read for each 64 items. Null: no deque, not readable,
 * damaged, or more items than `bound`.
 *
 *     deque: header | size | leftmost block | rightmost block | index in the left one | index in the right one
 *     block: link to the left | 64 items | link to the right           Modules/_collectionsmodule.c, the same in 3.8 to 3.15
 */
export function readDeque(memory: MemoryReader, layout: Layout, deque: Address, bound: number = maxItems): Address[] | null {
  const { wordSize } = layout;
  const size = layout.objects.bytes.size;
  if (!isOfType(memory, layout, deque, ["collections.deque"])) return null;
  const header = readPiece(memory, deque, size + 5 * wordSize);
  if (!header) return null;
  const count = signedWord(header, size, wordSize);
  if (count < 0 || count > bound) return null;
  let block = readWord(header, size + wordSize, wordSize);
  let index = signedWord(header, size + 3 * wordSize, wordSize);
  if (index < 0 || index > blockLength) return null;

  const items: Address[] = [];
  while (items.length < count) {
    const view = readPiece(memory, block, (blockLength + 2) * wordSize);
    if (!view) return null;
    for (; index < blockLength && items.length < count; index++) items.push(readWord(view, (1 + index) * wordSize, wordSize));
    block = readWord(view, (1 + blockLength) * wordSize, wordSize);
    index = 0;
  }
  return items;
}

/** How many items it has. Null: no deque, not readable, or more than `maxItems`. */
export function readDequeLength(memory: MemoryReader, layout: Layout, deque: Address): number | null {
  if (!isOfType(memory, layout, deque, ["collections.deque"])) return null;
  const view = readPiece(memory, deque + layout.objects.bytes.size, layout.wordSize);
  const length = view && signedWord(view, 0, layout.wordSize);
  return length !== null && length >= 0 && length <= maxItems ? length : null;
}
