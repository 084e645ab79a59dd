import type { ByteSource } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset, WordSize } from "../base/units.ts";
import { readView, wordAt } from "./read.ts";

/** An ELF file's tables of contents (elf(5)). Addresses are the file's own: add the load bias for a process's. */
export interface ElfFile {
  readonly source: ByteSource;
  readonly wordSize: WordSize;
  /** `e_type`: 2 for an executable at a fixed address, 3 for a shared object or PIE, 4 for a core file. */
  readonly type: number;
  /** `e_machine`: 62 for x86-64, 3 for 386, 183 for AArch64. */
  readonly machine: number;
  readonly segments: readonly Segment[];
  /**
   * How far the dynamic linker has moved the addresses in the dynamic segment: 0 in a file; the load bias when the
   * source is a process's memory, where glibc has relocated them in place.
   */
  readonly dynamicBias: number;
  /** Empty when the section headers have been stripped. */
  readonly sections: readonly Section[];
}

/** A program header. */
export interface Segment {
  /** `SegmentType`, or another. */
  readonly type: number;
  readonly executable: boolean;
  readonly writable: boolean;
  readonly offset: ByteOffset;
  readonly address: Address;
  readonly fileSize: ByteCount;
  readonly memorySize: ByteCount;
}

export const SegmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4 } as const;

export interface Section {
  readonly name: string;
  /** `SectionType`, or another. */
  readonly type: number;
  readonly address: Address;
  readonly offset: ByteOffset;
  readonly size: ByteCount;
  /** For a symbol table: the index of its string table. */
  readonly link: number;
}

export const SectionType = { symbols: 2, strings: 3, note: 7, noBits: 8, dynamicSymbols: 11 } as const;

/** More program or section headers than this are not read: the largest real files have some thousands. */
const maxHeaders = 65_536;
const maxSectionNames: ByteCount = 1 << 20;
const maxSectionName: ByteCount = 256;

/** Reads the headers. Null: not a little-endian ELF file, or its program headers are damaged. */
export function readElf(source: ByteSource): ElfFile | null {
  const identity = readView(source, 0, 16);
  if (identity === null || identity.getUint32(0) !== 0x7f454c46 || identity.getUint8(5) !== 1) return null;
  const elfClass = identity.getUint8(4);
  if (elfClass !== 1 && elfClass !== 2) return null;
  const wordSize: WordSize = elfClass === 2 ? 8 : 4;

  const header = readView(source, 0, wordSize === 8 ? 64 : 52);
  if (header === null) return null;
  // After e_entry at 24 come e_phoff and e_shoff, then e_flags and e_ehsize, then the counts.
  const counts = 24 + 3 * wordSize + 6;
  const segmentTable = wordAt(header, 24 + wordSize, wordSize);
  const sectionTable = wordAt(header, 24 + 2 * wordSize, wordSize);
  const segments = readSegments(source, wordSize, segmentTable, header.getUint16(counts, true), header.getUint16(counts + 2, true));
  if (segments === null) return null;
  const sections = readSections(
    source,
    wordSize,
    sectionTable,
    header.getUint16(counts + 4, true),
    header.getUint16(counts + 6, true),
    header.getUint16(counts + 8, true),
  );
  return { source, wordSize, type: header.getUint16(16, true), machine: header.getUint16(18, true), dynamicBias: 0, segments, sections };
}

export function findSection(elf: ElfFile, name: string): Section | null {
  return elf.sections.find((section) => section.name === name) ?? null;
}

/** Where in the file the byte with this address is; null when it is not in the file (.bss) or nowhere. */
export function fileOffsetOf(elf: ElfFile, address: Address): ByteOffset | null {
  const segment = elf.segments.find(({ type, address: start, fileSize }) => type === SegmentType.load && address >= start && address < start + fileSize);
  return segment === undefined ? null : segment.offset + (address - segment.address);
}

/**
 * What to add to the file's addresses to get a process's, learned from one of its mappings: `start` is where the byte
 * at `fileOffset` is mapped. Null when no loadable segment begins in that page of the file.
 */
export function loadBias(elf: ElfFile, start: Address, fileOffset: ByteOffset): number | null {
  const pageOf = (offset: number): number => offset - (offset % 4096);
  const segment = elf.segments.find(({ type, offset }) => type === SegmentType.load && pageOf(offset) === fileOffset);
  return segment === undefined ? null : start - pageOf(segment.address);
}

function readSegments(source: ByteSource, wordSize: WordSize, table: ByteOffset, entrySize: ByteCount, count: number): Segment[] | null {
  if (count === 0) return [];
  if (entrySize < (wordSize === 8 ? 56 : 32)) return null;
  const view = readView(source, table, entrySize * count);
  if (view === null) return null;
  return Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    // p_flags moved to the front in ELF64, to align what follows.
    const fields = at + (wordSize === 8 ? 8 : 4);
    const flags = view.getUint32(at + (wordSize === 8 ? 4 : 24), true);
    return {
      type: view.getUint32(at, true),
      executable: (flags & 1) !== 0,
      writable: (flags & 2) !== 0,
      offset: wordAt(view, fields, wordSize),
      address: wordAt(view, fields + wordSize, wordSize),
      fileSize: wordAt(view, fields + 3 * wordSize, wordSize),
      memorySize: wordAt(view, fields + 4 * wordSize, wordSize),
    };
  });
}

/** Empty when there are none or they are damaged: everything that matters for a process is in the segments too. */
function readSections(source: ByteSource, wordSize: WordSize, table: ByteOffset, entrySize: ByteCount, shortCount: number, shortNames: number): Section[] {
  if (table === 0 || entrySize < (wordSize === 8 ? 64 : 40)) return [];
  const first = readView(source, table, entrySize);
  if (first === null) return [];
  // Numbers that do not fit into 16 bits are in the first section's sh_size and sh_link.
  const count = shortCount === 0 ? wordAt(first, 8 + 3 * wordSize, wordSize) : shortCount;
  const names = shortNames === 0xffff ? first.getUint32(8 + 4 * wordSize, true) : shortNames;
  if (count > maxHeaders) return [];
  const view = readView(source, table, entrySize * count);
  if (view === null) return [];
  const raw = Array.from({ length: count }, (_, index) => {
    const at = index * entrySize;
    return {
      nameOffset: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      address: wordAt(view, at + 8 + wordSize, wordSize),
      offset: wordAt(view, at + 8 + 2 * wordSize, wordSize),
      size: wordAt(view, at + 8 + 3 * wordSize, wordSize),
      link: view.getUint32(at + 8 + 4 * wordSize, true),
    };
  });
  const { offset, size } = raw[names] ?? { offset: 0, size: 0 };
  const text = readView(source, offset, Math.min(size, maxSectionNames));
  return raw.map(({ nameOffset, ...section }) => ({ name: text === null ? "" : nameAt(text, nameOffset), ...section }));
}

function nameAt(text: DataView, start: ByteOffset): string {
  const length = Math.max(0, Math.min(maxSectionName, text.byteLength - start));
  const bytes = Buffer.from(text.buffer, text.byteOffset + (length === 0 ? 0 : start), length);
  const end = bytes.indexOf(0);
  return end < 0 ? "" : bytes.toString("latin1", 0, end);
}
