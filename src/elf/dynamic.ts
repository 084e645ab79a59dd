import type { ByteOffset } from "../base/units.ts";
import { fileOffsetOf, SegmentType, type ElfFile } from "./elf-file.ts";
import { readString, readView, wordAt } from "./read.ts";

/** What the dynamic linker is told (PT_DYNAMIC): it survives every kind of stripping. Places are file offsets. */
export interface DynamicInfo {
  /** DT_SONAME */
  readonly soname: string | null;
  /** DT_NEEDED */
  readonly needed: readonly string[];
  readonly symbols: ByteOffset | null;
  readonly strings: ByteOffset | null;
  readonly gnuHash: ByteOffset | null;
  readonly sysvHash: ByteOffset | null;
}

const Tag = { end: 0, needed: 1, hash: 4, strings: 5, symbols: 6, soname: 14, gnuHash: 0x6ffffef5 } as const;
const maxEntries = 1024;
const maxNameLength = 4096;

/** Null when there is no dynamic segment (a static executable) or it cannot be read. */
export function readDynamic(elf: ElfFile): DynamicInfo | null {
  const segment = elf.segments.find(({ type }) => type === SegmentType.dynamic);
  if (segment === undefined) return null;
  const entrySize = 2 * elf.wordSize;
  const count = Math.min(Math.floor(segment.fileSize / entrySize), maxEntries);
  const view = readView(elf.source, segment.offset, count * entrySize);
  if (view === null) return null;

  const values = new Map<number, number>();
  const neededNames: number[] = [];
  for (let index = 0; index < count; index++) {
    const tag = wordAt(view, index * entrySize, elf.wordSize);
    const value = wordAt(view, index * entrySize + elf.wordSize, elf.wordSize);
    if (tag === Tag.end) break;
    if (tag === Tag.needed) neededNames.push(value);
    else values.set(tag, value);
  }
  const place = (tag: number): ByteOffset | null => {
    const address = values.get(tag);
    return address === undefined ? null : (fileOffsetOf(elf, address - elf.dynamicBias) ?? fileOffsetOf(elf, address));
  };
  const strings = place(Tag.strings);
  const text = (offset: number | undefined): string | null =>
    strings === null || offset === undefined ? null : readString(elf.source, strings + offset, maxNameLength);
  return {
    soname: text(values.get(Tag.soname)),
    needed: neededNames.map(text).filter((name) => name !== null),
    symbols: place(Tag.symbols),
    strings,
    gnuHash: place(Tag.gnuHash),
    sysvHash: place(Tag.hash),
  };
}
