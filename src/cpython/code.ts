import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../base/units.ts";
import type { CodeLayout, Layout } from "./layout.ts";
import type { LineTable } from "./line-table/locate.ts";
import { readBytes } from "./objects/bytes.ts";
import { bytesOf, readPiece, signedWord } from "./objects/piece.ts";
import { maxStringLength, readString } from "./objects/strings.ts";
import { typeName } from "./objects/types.ts";
import { readWord } from "./words.ts";

/** Some hundred thousand lines of code in one function; the rest of a longer table is cut and has no lines. */
const maxLineTable: ByteCount = 4 << 20;
const bytesPerCodeUnit = 2;

/** `PyCodeObject`: what a profile says about a function. Made once per code object. */
export interface CodeInfo extends LineTable {
  readonly fingerprint: CodeFingerprint;
  /** What its strings and line table said, as far as it tells them from others. */
  readonly content: readonly ContentPiece[];
  /** `co_qualname` where there is one (3.11 and later), else `co_name`. */
  readonly name: string;
  readonly file: string;
  readonly lineTableKind: CodeLayout["lineTableKind"];
  readonly lineTable: Uint8Array;
  /** `co_firstlineno`. */
  readonly firstLine: number;
  /**
   * 3.11 and later: address of the first instruction. 0 before, where frames hold offsets: `instruction - instructions` is what `locate` wants in
   * all versions.
   */
  readonly instructions: Address;
  /** 3.11 and later: how long the instructions are with their inline caches. No frame of this code is at or beyond it. 0 before. */
  readonly instructionsSize: ByteCount;
  /** A frame outside a generator whose instruction offset is below this is half built and does not show. 0 before 3.11. */
  readonly firstTraceable: ByteOffset;
}

/**
 * What tells one code object from the next one at the same address. Fields never change during a code object's life; two different
 * ones that agree in all of them share the strings and the line table too, unless these were freed with the first and made again
 * in the same places for the second: its `content` tells those apart.
 */
export interface CodeFingerprint {
  readonly name: Address;
  readonly file: Address;
  readonly lineTable: Address;
  readonly firstLine: number;
}

/** Bytes that do not change during the life of the object that they are in. */
export interface ContentPiece {
  readonly address: Address;
  readonly bytes: Uint8Array;
}

/** So much is kept of each text: names differ early, and all of it would have to be read again and again. */
const maxContent: ByteCount = 512;

export function isSameCode(a: CodeFingerprint, b: CodeFingerprint): boolean {
  return a.name === b.name && a.file === b.file && a.lineTable === b.lineTable && a.firstLine === b.firstLine;
}

/** Whether the first bytes of the code object that lie at `at` of `view` (`CodeLayout.headerSize` of them) have this fingerprint. */
export function hasFingerprint(view: DataView, at: ByteOffset, layout: Layout, fingerprint: CodeFingerprint): boolean {
  const { code, wordSize } = layout;
  return (
    readWord(view, at + (code.qualifiedName ?? code.name), wordSize) === fingerprint.name &&
    readWord(view, at + code.fileName, wordSize) === fingerprint.file &&
    readWord(view, at + code.lineTable, wordSize) === fingerprint.lineTable &&
    view.getInt32(at + code.firstLine, true) === fingerprint.firstLine
  );
}

/** One small read. Null: not readable. Says nothing about whether a code object is there at all: `readCode` does. */
export function readCodeFingerprint(memory: MemoryReader, layout: Layout, address: Address): CodeFingerprint | null {
  const header = readPiece(memory, address, layout.code.headerSize);
  return header && decodeFingerprint(header, layout);
}

/**
 * Whether a code object of 3.8 to 3.10 is that of a generator or coroutine: CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR in `co_flags`,
 * which lies right before `co_firstlineno` (Include/code.h, 3.8; Include/cpython/code.h, 3.10). True for what cannot be read.
 */
export function isGeneratorCode(memory: MemoryReader, layout: Layout, address: Address): boolean {
  const flags = readPiece(memory, address + layout.code.firstLine - 4, 4);
  return flags === null || (flags.getUint32(0, true) & 0x2a0) !== 0;
}

/** Names and line table are cut at `most`, if not before. Null: no code object, one that vanished while it was read, or not readable. */
export function readCode(memory: MemoryReader, layout: Layout, address: Address, most: ByteCount = maxLineTable): CodeInfo | null {
  const { code, wordSize } = layout;
  const header = readPiece(memory, address, code.headerSize);
  if (!header || typeName(memory, layout, address) !== "code") return null;
  const fingerprint = decodeFingerprint(header, layout);
  const { adaptive, firstTraceable, lineTableKind } = code;
  const noted = new NotedReads(memory);
  const name = readString(noted, layout, fingerprint.name, Math.min(most, maxStringLength));
  noted.keep(fingerprint.name + layout.objects.unicode.length, wordSize);
  const file = readString(noted, layout, fingerprint.file, Math.min(most, maxStringLength));
  noted.keep(fingerprint.file + layout.objects.unicode.length, wordSize);
  const lineTable = readBytes(noted, layout, fingerprint.lineTable, Math.min(most, maxLineTable));
  noted.keep(fingerprint.lineTable + layout.objects.bytes.size, wordSize);
  if (name === null || file === null || lineTable === null) return null;
  // Strings of a code object that was freed meanwhile may be anything.
  const again = readCodeFingerprint(memory, layout, address);
  if (!again || !isSameCode(fingerprint, again)) return null;
  return {
    fingerprint,
    content: noted.content,
    name,
    file,
    lineTableKind,
    lineTable,
    firstLine: fingerprint.firstLine,
    instructions: adaptive === null ? 0 : address + adaptive,
    // `ob_size`, where every variable-sized object has it, counts code units.
    instructionsSize: adaptive === null ? 0 : signedWord(header, layout.objects.bytes.size, wordSize) * bytesPerCodeUnit,
    firstTraceable: firstTraceable === null ? 0 : header.getInt32(firstTraceable, true) * bytesPerCodeUnit,
  };
}

/** Reads, and remembers what was read last: of a string or bytes object that is what it says. */
class NotedReads implements MemoryReader {
  readonly content: ContentPiece[] = [];
  readonly #memory: MemoryReader;
  #last: ContentPiece | null = null;

  constructor(memory: MemoryReader) {
    this.#memory = memory;
  }

  read(address: Address, into: Uint8Array): boolean {
    this.#last = { address, bytes: into };
    return this.#memory.read(address, into);
  }

  /** Keeps that, and the object's length. */
  keep(lengthAddress: Address, wordSize: ByteCount): void {
    // Copies of their own: they would keep what they were cut from.
    if (this.#last !== null) this.content.push({ address: this.#last.address, bytes: this.#last.bytes.slice(0, maxContent) });
    const length = readPiece(this.#memory, lengthAddress, wordSize);
    if (length !== null) this.content.push({ address: lengthAddress, bytes: bytesOf(length).slice() });
  }
}

function decodeFingerprint(header: DataView, layout: Layout): CodeFingerprint {
  const { code, wordSize } = layout;
  return {
    name: readWord(header, code.qualifiedName ?? code.name, wordSize),
    file: readWord(header, code.fileName, wordSize),
    lineTable: readWord(header, code.lineTable, wordSize),
    firstLine: header.getInt32(code.firstLine, true),
  };
}
