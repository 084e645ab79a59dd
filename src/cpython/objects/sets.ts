import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { readPiece, signedWord } from "./piece.ts";
import { isOfType } from "./types.ts";

/** Members of the biggest set that is read. */
export const maxMembers = 0x4_0000;
/** How many times bigger than its members its table may be: a set that shrinks keeps the table that it had. */
const maxSparseness = 8;
const smallTable = 8;

/**
 * The members of a set or frozenset (or of a subclass's instance), in no order. A few reads, however many members. Null: no set, not
 * readable, damaged, more members than `bound`, or a table that is far too big for those that it has.
 *
 *     entry: key hash       no key: never used; hash -1, which no object has: deleted (Objects/setobject.c, `set_discard_entry`)
 */
export function readSet(memory: MemoryReader, layout: Layout, set: Address, bound: number = maxMembers): Address[] | null {
  const { wordSize, objects } = layout;
  const at = objects.set;
  if (!isOfType(memory, layout, set, ["set", "frozenset"])) return null;
  const header = readPiece(memory, set, at.table + wordSize);
  if (!header) return null;
  const used = signedWord(header, at.used, wordSize);
  const size = signedWord(header, at.mask, wordSize) + 1;
  if (used < 0 || used > bound || size < used || size < smallTable || !Number.isInteger(Math.log2(size)) || size > maxSparseness * maxMembers) return null;
  if (used === 0) return [];
  const entries = readPiece(memory, readWord(header, at.table, wordSize), size * 2 * wordSize);
  if (!entries) return null;
  const members: Address[] = [];
  for (let index = 0; index < size; index++) {
    const key = readWord(entries, 2 * index * wordSize, wordSize);
    if (key !== 0 && signedWord(entries, (2 * index + 1) * wordSize, wordSize) !== -1) members.push(key);
  }
  // The entries were read after the count: the set was changed in between.
  return members.length === used ? members : null;
}

/** How many members it has. Null: no set, not readable, or more than `maxMembers`. */
export function readSetSize(memory: MemoryReader, layout: Layout, set: Address): number | null {
  if (!isOfType(memory, layout, set, ["set", "frozenset"])) return null;
  const view = readPiece(memory, set + layout.objects.set.used, layout.wordSize);
  const used = view ? signedWord(view, 0, layout.wordSize) : -1;
  return used >= 0 && used <= maxMembers ? used : null;
}
