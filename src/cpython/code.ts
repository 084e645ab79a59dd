import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../base/units.ts";
import type { CodeLayout, Layout } from "./layout.ts";
import type { LineTable } from "./line-table/locate.ts";
import { readBytes } from "./objects/bytes.ts";
import { readPiece, signedWord } from "./objects/piece.ts";
import { maxStringLength, readString } from "./objects/strings.ts";
import { typeName } from "./objects/types.ts";
import { readWord } from "./words.ts";

/** Some hundred thousand lines of code in one function; the rest of a longer table is cut and has no lines. */
const maxLineTable: ByteCount = 4 << 20;
const bytesPerCodeUnit = 2;

/** `PyCodeObject`: what a profile says about a function. Made once per code object. */
export interface CodeInfo extends LineTable {
  readonly fingerprint: CodeFingerprint;
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
 * ones that agree in all of them share the strings and the line table too, so they are the same function for a profile.
 */
export interface CodeFingerprint {
  readonly name: Address;
  readonly file: Address;
  readonly lineTable: Address;
  readonly firstLine: number;
}

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

/** Names and line table are cut at `most`, if not before. Null: no code object, one that vanished while it was read, or not readable. */
export function readCode(memory: MemoryReader, layout: Layout, address: Address, most: ByteCount = maxLineTable): CodeInfo | null {
  const { code, wordSize } = layout;
  const header = readPiece(memory, address, code.headerSize);
  if (!header || typeName(memory, layout, address) !== "code") return null;
  const fingerprint = decodeFingerprint(header, layout);
  const { adaptive, firstTraceable, lineTableKind } = code;
  const name = readString(memory, layout, readWord(header, code.qualifiedName ?? code.name, wordSize), Math.min(most, maxStringLength));
  const file = readString(memory, layout, fingerprint.file, Math.min(most, maxStringLength));
  const lineTable = readBytes(memory, layout, fingerprint.lineTable, Math.min(most, maxLineTable));
  if (name === null || file === null || lineTable === null) return null;
  // Strings of a code object that was freed meanwhile may be anything.
  const again = readCodeFingerprint(memory, layout, address);
  if (!again || !isSameCode(fingerprint, again)) return null;
  return {
    fingerprint,
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

function decodeFingerprint(header: DataView, layout: Layout): CodeFingerprint {
  const { code, wordSize } = layout;
  return {
    name: readWord(header, code.qualifiedName ?? code.name, wordSize),
    file: readWord(header, code.fileName, wordSize),
    lineTable: readWord(header, code.lineTable, wordSize),
    firstLine: header.getInt32(code.firstLine, true),
  };
}
