import type { Address, ByteCount, ByteOffset } from "../base/units.ts";
import { readDynamic, type DynamicInfo } from "./dynamic.ts";
import { SectionType, type ElfFile, type Section } from "./elf-file.ts";
import { readString, readView, wordAt } from "./read.ts";

export interface ElfSymbol {
  readonly name: string;
  /** The file's own address. */
  readonly address: Address;
  readonly size: ByteCount;
  /** `st_info & 15`: 1 is an object, 2 a function. */
  readonly type: number;
}

/** Longest chain of a hash bucket that is followed; real ones have a handful. */
const maxChain = 4096;
const maxNameLength = 4096;
/** Symbol and string tables beyond this are read to here: larger ones belong to no interpreter. */
const maxTableSize = 64 << 20;
/** One .symtab and one .dynsym; a file that claims more is damaged. */
const maxTables = 2;
const pieceSize = 1 << 16;

/**
 * A symbol that the file defines, by its exact name. First through the dynamic linker's hash table (some ten small
 * reads, and there even without section headers), then by going through `.symtab` and `.dynsym`.
 */
export function findSymbol(elf: ElfFile, name: string): ElfSymbol | null {
  const dynamic = readDynamic(elf);
  const hashed = dynamic === null ? null : findInHashTable(elf, dynamic, name);
  return hashed ?? findInSections(elf, name);
}

function findInHashTable(elf: ElfFile, dynamic: DynamicInfo, name: string): ElfSymbol | null {
  const { symbols, strings, gnuHash, sysvHash } = dynamic;
  if (symbols === null || strings === null) return null;
  const candidates = gnuHash !== null ? gnuCandidates(elf, gnuHash, name) : sysvHash !== null ? sysvCandidates(elf, sysvHash, name) : [];
  for (const index of candidates) {
    const view = readView(elf.source, symbols + index * symbolSize(elf), symbolSize(elf));
    if (view === null) return null;
    const symbol = symbolAt(elf, view, 0, name);
    if (symbol !== null && readString(elf.source, strings + view.getUint32(0, true), maxNameLength) === name) return symbol;
  }
  return null;
}

/** Indices of symbols whose hash is that of `name`. Format: nbuckets, symoffset, bloom size, bloom shift; bloom, buckets, chains. */
function* gnuCandidates(elf: ElfFile, table: ByteOffset, name: string): Generator<number> {
  let hash = 5381;
  for (const byte of new TextEncoder().encode(name)) hash = (Math.imul(hash, 33) + byte) >>> 0;
  const header = readView(elf.source, table, 16);
  if (header === null || header.getUint32(0, true) === 0) return;
  const bucketCount = header.getUint32(0, true);
  const firstSymbol = header.getUint32(4, true);
  const buckets = table + 16 + header.getUint32(8, true) * elf.wordSize;
  const chains = buckets + bucketCount * 4;
  let index = readView(elf.source, buckets + (hash % bucketCount) * 4, 4)?.getUint32(0, true) ?? 0;
  for (let steps = 0; index >= firstSymbol && steps < maxChain; steps++, index++) {
    const stored = readView(elf.source, chains + (index - firstSymbol) * 4, 4)?.getUint32(0, true);
    if (stored === undefined) return;
    if (stored >>> 1 === hash >>> 1) yield index;
    if ((stored & 1) !== 0) return;
  }
}

/** Format: nbucket, nchain; buckets, chains; index 0 ends a chain. */
function* sysvCandidates(elf: ElfFile, table: ByteOffset, name: string): Generator<number> {
  let hash = 0;
  for (const byte of new TextEncoder().encode(name)) {
    hash = ((hash << 4) >>> 0) + byte;
    hash = (hash ^ ((hash >>> 24) & 0xf0)) & 0x0fffffff;
  }
  const word = (index: number): number => readView(elf.source, table + index * 4, 4)?.getUint32(0, true) ?? 0;
  const bucketCount = word(0);
  if (bucketCount === 0) return;
  let index = word(2 + (hash % bucketCount));
  for (let steps = 0; index !== 0 && steps < maxChain; steps++) {
    yield index;
    index = word(2 + bucketCount + index);
  }
}

function findInSections(elf: ElfFile, name: string): ElfSymbol | null {
  const tables = elf.sections.filter(({ type }) => type === SectionType.symbols || type === SectionType.dynamicSymbols);
  for (const table of tables.slice(0, maxTables)) {
    const strings = elf.sections[table.link];
    if (strings === undefined) continue;
    const symbol = findInTable(elf, table, findName(elf, strings, name), name);
    if (symbol !== null) return symbol;
  }
  return null;
}

/** All places in a string table where `name` ends a string: linkers share tails, so it need not begin one. */
function findName(elf: ElfFile, strings: Section, name: string): Set<ByteOffset> {
  const wanted = Buffer.from(`${name}\0`);
  const places = new Set<ByteOffset>();
  const size = Math.min(strings.size, maxTableSize);
  // Pieces overlap by the length of what is looked for, so that none is missed at a seam.
  for (let start = 0; start < size; start += pieceSize) {
    const piece = Buffer.from(elf.source.read(strings.offset + start, Math.min(pieceSize + wanted.length - 1, size - start)));
    if (piece.length === 0) break;
    for (let at = piece.indexOf(wanted); at >= 0; at = piece.indexOf(wanted, at + 1)) places.add(start + at);
  }
  return places;
}

function findInTable(elf: ElfFile, table: Section, names: ReadonlySet<ByteOffset>, name: string): ElfSymbol | null {
  if (names.size === 0) return null;
  const entrySize = symbolSize(elf);
  const size = Math.min(table.size, maxTableSize);
  const perPiece = Math.floor(pieceSize / entrySize) * entrySize;
  for (let start = 0; start < size; start += perPiece) {
    const length = Math.min(perPiece, size - start);
    const view = readView(elf.source, table.offset + start, length - (length % entrySize));
    if (view === null) return null;
    for (let at = 0; at < view.byteLength; at += entrySize) {
      if (!names.has(view.getUint32(at, true))) continue;
      const symbol = symbolAt(elf, view, at, name);
      if (symbol !== null) return symbol;
    }
  }
  return null;
}

function symbolSize(elf: ElfFile): ByteCount {
  return elf.wordSize === 8 ? 24 : 16;
}

/** Null when the symbol is only used here, not defined (SHN_UNDEF). */
function symbolAt(elf: ElfFile, view: DataView, at: ByteOffset, name: string): ElfSymbol | null {
  const isWide = elf.wordSize === 8;
  if (view.getUint16(at + (isWide ? 6 : 14), true) === 0) return null;
  return {
    name,
    address: wordAt(view, at + (isWide ? 8 : 4), elf.wordSize),
    size: wordAt(view, at + (isWide ? 16 : 8), elf.wordSize),
    type: view.getUint8(at + (isWide ? 4 : 12)) & 15,
  };
}
