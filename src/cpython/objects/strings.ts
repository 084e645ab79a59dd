import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { bytesOf, readPiece, readPointer, signedWord } from "./piece.ts";
import { readInstance, TypeFlag } from "./types.ts";

/** In characters. A longer string is cut there, if not before, and ends in `cutMark`. */
export const maxStringLength = 0x10_0000;
export const cutMark = "\u2026";

/**
 * A str or an instance of a subclass (Include/cpython/unicodeobject.h): Latin-1, UCS-2 and UCS-4, compact or not. Lone surrogates are
 * kept. Null: no str, a string of 3.8 to 3.11 that is not ready, or not readable.
 */
export function readString(memory: MemoryReader, layout: Layout, address: Address, most: number = maxStringLength): string | null {
  const found = findCharacters(memory, layout, address);
  if (!found) return null;
  const length = Math.min(found.length, most);
  const view = length > 0 ? readPiece(memory, found.data, length * found.width) : new DataView(new ArrayBuffer(0));
  const text = view && decodeCharacters(view, found.width);
  return text !== null && found.length > most ? text + cutMark : text;
}

interface Characters {
  readonly length: number;
  readonly width: 1 | 2 | 4;
  readonly data: Address;
}

function findCharacters(memory: MemoryReader, layout: Layout, address: Address): Characters | null {
  const unicode = layout.objects.unicode;
  const header = readInstance(memory, layout, address, TypeFlag.str, unicode.state + 4);
  if (!header) return null;
  const length = signedWord(header, unicode.length, layout.wordSize);
  const state = header.getUint32(unicode.state, true);
  const width = (state >>> unicode.kindShift) & 7;
  const isAscii = ((state >>> unicode.asciiBit) & 1) === 1;
  const isCompact = ((state >>> unicode.compactBit) & 1) === 1;
  if (length < 0 || (width !== 1 && width !== 2 && width !== 4) || (isAscii && width !== 1)) return null;
  if (isCompact) return { length, width, data: address + (isAscii ? unicode.asciiData : unicode.compactData) };
  // An instance of a subclass: a pointer to the characters follows the compact header (`PyUnicodeObject.data`).
  const data = readPointer(memory, layout, address + unicode.compactData);
  return data === null ? null : { length, width, data };
}

/** Characters of 1, 2 or 4 bytes as text; null when one is beyond Unicode. */
function decodeCharacters(view: DataView, width: 1 | 2 | 4): string | null {
  const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (width === 1) return bytes.toString("latin1");
  if (width === 2) return bytes.toString("utf16le");
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const character = bytes.readUInt32LE(at);
    if (character > 0x10ffff) return null;
    text += String.fromCodePoint(character);
  }
  return text;
}

/** Says of the address of a dict's key whether it is a certain name. */
export type NameMatcher = (key: Address) => boolean;

/**
 * Matches keys with `name`, which must be ASCII. A key that was seen is remembered, so one matcher serves many dicts whose keys are
 * the same interned strings and reads each of them once. Use it for one pass over memory, no longer.
 */
export function nameMatcher(memory: MemoryReader, layout: Layout, name: string): NameMatcher {
  const unicode = layout.objects.unicode;
  const expected = Buffer.from(name, "latin1");
  const seen = new Map<Address, boolean>();
  const matches = (key: Address): boolean => {
    const header = readPiece(memory, key, unicode.state + 4);
    if (!header || signedWord(header, unicode.length, layout.wordSize) !== expected.length) return false;
    if (((header.getUint32(unicode.state, true) >>> unicode.asciiBit) & 1) === 0) return false;
    const view = readPiece(memory, key + unicode.asciiData, expected.length);
    return view !== null && expected.equals(bytesOf(view));
  };
  return (key) => {
    let known = seen.get(key);
    if (known === undefined) seen.set(key, (known = matches(key)));
    return known;
  };
}
