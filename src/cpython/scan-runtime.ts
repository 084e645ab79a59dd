import type { Mapping, MemoryReader } from "../base/memory.ts";
import type { Address } from "../base/units.ts";
import { debugCookie } from "./debug-offsets.ts";
import type { Layout } from "./layout.ts";
import type { MappedFile } from "./mapped-files.ts";
import { readPointer } from "./objects/piece.ts";
import { readWord } from "./words.ts";

/** How much of a file's writable data is searched: an interpreter linked into one file has about two megabytes. */
const maxSearched = 64 << 20;
const pieceSize = 1 << 16;
/** How many places that look promising are looked into. */
const maxCandidates = 200_000;
const endOfUserSpace: Address = 2 ** 47;

/** Places in the file's writable data where `_Py_DebugOffsets` begins, 3.13 and later: it is marked for this purpose. */
export function* placesWithCookie(memory: MemoryReader, mappings: readonly Mapping[], file: MappedFile): Generator<Address> {
  const cookie = Buffer.from(debugCookie);
  for (const { start, bytes } of writableData(memory, mappings, file)) {
    for (let at = bytes.indexOf(cookie); at >= 0; at = bytes.indexOf(cookie, at + cookie.length)) if ((start + at) % 4 === 0) yield start + at;
  }
}

/**
 * Places in the file's writable data where `_PyRuntime` may begin, for layouts that have no mark: where the pointers to
 * the first and the main interpreter would be are two pointers, to something whose first thread points back to it. The
 * two are equal unless there are sub-interpreters, so those come first.
 */
export function* placesWithInterpreters(memory: MemoryReader, mappings: readonly Mapping[], file: MappedFile, layout: Layout): Generator<Address> {
  const { interpretersHead, interpretersMain } = layout.runtime;
  if (interpretersMain === null) return;
  const { wordSize } = layout;
  let candidates = 0;
  for (const wantsEqual of [true, false]) {
    for (const { start, bytes } of writableData(memory, mappings, file)) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = interpretersHead; at + (interpretersMain - interpretersHead) + wordSize <= view.byteLength; at += wordSize) {
        const head = readWord(view, at, wordSize);
        const main = readWord(view, at + interpretersMain - interpretersHead, wordSize);
        if (!isPointer(head, wordSize) || !isPointer(main, wordSize) || (head === main) !== wantsEqual) continue;
        if (++candidates > maxCandidates) return;
        const thread = readPointer(memory, layout, head + layout.interpreter.threadsHead);
        if (thread && readPointer(memory, layout, thread + layout.thread.interpreter) === head) yield start + at - interpretersHead;
      }
    }
  }
}

function isPointer(value: number, wordSize: number): boolean {
  return value > 0x1000 && value < endOfUserSpace && value % wordSize === 0;
}

/** .data and .bss in pieces: the file's writable mappings and the anonymous one that directly follows them. Pieces overlap by a page. */
function* writableData(memory: MemoryReader, mappings: readonly Mapping[], file: MappedFile): Generator<{ start: Address; bytes: Buffer }> {
  const ends = new Set(file.mappings.map(({ end }) => end));
  const isBss = ({ start, inode }: Mapping): boolean => inode === 0 && ends.has(start);
  let budget = maxSearched;
  for (const mapping of [...file.mappings, ...mappings.filter(isBss)]) {
    if (!mapping.writable || !mapping.readable) continue;
    for (let start = mapping.start; start < mapping.end && budget > 0; start += pieceSize - 4096) {
      const bytes = Buffer.alloc(Math.min(pieceSize, mapping.end - start));
      budget -= bytes.length;
      if (memory.read(start, bytes)) yield { start, bytes };
    }
  }
}
