import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, WordSize } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { readPiece, signedWord } from "./piece.ts";
import { nameMatcher, type NameMatcher } from "./strings.ts";
import { readInstance, TypeFlag } from "./types.ts";

/** Entries, used and deleted ones together, of the biggest dict that is read. */
export const maxDictEntries = 0x10_0000;
/** Of the biggest in which a name is looked up: each key may cost a read. `sys.modules` and the variables of modules and instances are far below. */
const maxSearched = 0x1_0000;
/** Of keys that instances of a class share: SHARED_KEYS_MAX_SIZE is 30, before 3.11 there may be some more. */
const maxSharedKeys = 1 << 12;

export interface DictEntry {
  readonly key: Address;
  readonly value: Address;
}

/**
 * All entries of a dict (or of a subclass's instance), in order of insertion for combined tables. Three or four reads, however many
 * entries. Null: no dict, not readable, damaged, or more entries than `bound`.
 */
export function dictEntries(memory: MemoryReader, layout: Layout, dict: Address, bound: number = maxDictEntries): DictEntry[] | null {
  const table = readDict(memory, layout, dict, bound);
  if (!table) return null;
  const entries: DictEntry[] = [];
  for (let index = 0; index < table.count; index++) {
    const key = keyAt(table, index);
    const value = valueAt(table, index);
    // A deleted entry has neither; a shared key may have no value here.
    if (key !== 0 && value !== 0) entries.push({ key, value });
  }
  return entries;
}

/** Where a value stands: the address of its pointer. And what it is. */
export interface ValuePlace {
  readonly at: Address;
  readonly value: Address;
}

/** The value of the str key `name` (ASCII). Null: no such key, more than 65,536 entries, or no readable dict. */
export function findInDict(memory: MemoryReader, layout: Layout, dict: Address, name: string | NameMatcher): Address | null {
  return findPlacesInDict(memory, layout, dict, [typeof name === "string" ? nameMatcher(memory, layout, name) : name])?.[0]?.value ?? null;
}

/** The same for several, which costs no more reads. A name that is not there has no place. Null: as above. */
export function findPlacesInDict(memory: MemoryReader, layout: Layout, dict: Address, names: readonly NameMatcher[]): (ValuePlace | null)[] | null {
  const table = readDict(memory, layout, dict, maxSearched);
  return table && findInTable(table, names);
}

/**
 * The same for an instance whose values lie apart from any dict, under the keys that its class shares (PEP 412;
 * Objects/dictobject.c, `_PyObject_GetInstanceAttribute`). `values` is a `PyDictValues`, `keys` a `PyDictKeysObject`.
 */
export function findPlacesInValues(
  memory: MemoryReader,
  layout: Layout,
  keys: Address,
  values: Address,
  names: readonly NameMatcher[],
): (ValuePlace | null)[] | null {
  const table = readTable(memory, layout, keys, values, maxSharedKeys);
  return table && findInTable(table, names);
}

/**
 * Keys and values as they lie in memory. `PyDictKeysObject`, below it the entries:
 *
 *     header | indices (1, 2, 4 or 8 bytes each) | entry 0 | entry 1 | ...
 *     entry: [hash] key value       the hash is not there when all keys are str (3.11 and later)
 *
 * In a split table the values are an array of their own, in the same order.
 */
interface Table {
  readonly wordSize: WordSize;
  readonly count: number;
  readonly entries: DataView;
  readonly entrySize: ByteCount;
  readonly keyOffset: ByteCount;
  /** Null: values are in the entries. */
  readonly values: DataView | null;
  /** Of `values`, or of the entries that have them. */
  readonly address: Address;
}

function keyAt(table: Table, index: number): Address {
  return readWord(table.entries, index * table.entrySize + table.keyOffset, table.wordSize);
}

function valueAt(table: Table, index: number): Address {
  if (table.values) return readWord(table.values, index * table.wordSize, table.wordSize);
  return readWord(table.entries, index * table.entrySize + table.keyOffset + table.wordSize, table.wordSize);
}

function findInTable(table: Table, names: readonly NameMatcher[]): (ValuePlace | null)[] {
  const found = names.map((): ValuePlace | null => null);
  let left = names.length;
  for (let index = 0; index < table.count && left > 0; index++) {
    const key = keyAt(table, index);
    if (key === 0) continue;
    for (let which = 0; which < names.length; which++) {
      if (found[which] !== null || !names[which]!(key)) continue;
      const value = valueAt(table, index);
      if (value !== 0) found[which] = { at: placeOf(table, index), value };
      left--;
    }
  }
  return found;
}

function placeOf({ address, values, wordSize, entrySize, keyOffset }: Table, index: number): Address {
  return values ? address + index * wordSize : address + index * entrySize + keyOffset + wordSize;
}

function readDict(memory: MemoryReader, layout: Layout, dict: Address, bound: number): Table | null {
  const { keys, values } = layout.objects.dict;
  const header = readInstance(memory, layout, dict, TypeFlag.dict, Math.max(keys, values) + layout.wordSize);
  return header && readTable(memory, layout, readWord(header, keys, layout.wordSize), readWord(header, values, layout.wordSize), bound);
}

function readTable(memory: MemoryReader, layout: Layout, keys: Address, values: Address, bound: number): Table | null {
  const { wordSize, objects } = layout;
  const at = objects.dictKeys;
  const header = readPiece(memory, keys, at.indices);
  const count = header ? signedWord(header, at.entryCount, wordSize) : -1;
  const indexSize = header && indexBytes(layout, header);
  if (!header || indexSize === null || count < 0 || count > bound) return null;
  const hasHash = at.keysKind === null || header.getUint8(at.keysKind) === 0;
  const keyOffset = hasHash ? wordSize : 0;
  const entrySize = keyOffset + 2 * wordSize;
  const address = keys + at.indices + indexSize;
  const entries = count === 0 ? empty : readPiece(memory, address, count * entrySize);
  if (!entries) return null;
  if (values === 0) return { wordSize, count, entries, entrySize, keyOffset, values: null, address };
  const shared = readValues(memory, layout, values, count);
  const firstValue = values + (layout.objects.managedDict.kind === "inline-3.13" ? wordSize : 0);
  return shared && { wordSize, count: shared.byteLength / wordSize, entries, entrySize, keyOffset, values: shared, address: firstValue };
}

const empty = new DataView(new ArrayBuffer(0));

/** How long the table of indices is; null when the header cannot be one. */
function indexBytes(layout: Layout, header: DataView): ByteCount | null {
  const sizes = layout.objects.dictKeys.sizes;
  if (sizes.kind === "log2") {
    const logBytes = header.getUint8(sizes.logIndexBytes);
    return logBytes <= 48 ? 2 ** logBytes : null;
  }
  const size = signedWord(header, sizes.size, layout.wordSize);
  if (size <= 0 || !Number.isInteger(Math.log2(size))) return null;
  return size * (size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffff_ffff ? 4 : 8);
}

/**
 * `ma_values` or an instance's own values. To 3.12 the pointers begin at the address; from 3.13 on behind four bytes:
 * capacity, size, embedded, valid.
 */
function readValues(memory: MemoryReader, layout: Layout, values: Address, keyCount: number): DataView | null {
  if (keyCount > maxSharedKeys) return null;
  if (layout.objects.managedDict.kind !== "inline-3.13") return keyCount === 0 ? empty : readPiece(memory, values, keyCount * layout.wordSize);
  const header = readPiece(memory, values, 4);
  if (!header) return null;
  // Values that lie in an instance are given up when it gets a dict of its own; `valid` says nothing of others.
  const isEmbedded = header.getUint8(2) !== 0;
  if (isEmbedded && header.getUint8(3) === 0) return null;
  // Keys that were added to the class after this instance was made may be more than it has room for.
  const count = Math.min(keyCount, header.getUint8(0));
  return count === 0 ? empty : readPiece(memory, values + layout.wordSize, count * layout.wordSize);
}
