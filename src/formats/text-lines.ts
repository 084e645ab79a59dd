import { LynceusError } from "../base/errors.ts";
import type { ByteSource } from "../base/memory.ts";
import type { ByteCount } from "../base/units.ts";

const pieceSize: ByteCount = 2 ** 20;
/** A stack 10,000 deep with long paths fits ten times over. */
const maxLineLength: ByteCount = 2 ** 24;

/**
 * The lines of a text file without their ends (LF or CR LF), one piece of the file in memory at a time. `torn`: what
 * to do with a last line that has no end.
 */
export function* textLines(source: ByteSource, torn: "keep" | "drop"): Generator<string> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array(0);
  for (let offset = 0; offset < source.size;) {
    const piece = source.read(offset, pieceSize);
    if (piece.length === 0) break;
    offset += piece.length;
    const end = piece.lastIndexOf(0x0a);
    if (end !== -1) {
      const lines = decoder.decode(Buffer.concat([rest, piece.subarray(0, end)])).split("\n");
      for (const line of lines) yield withoutReturn(line);
      rest = piece.slice(end + 1);
    } else {
      rest = Buffer.concat([rest, piece]);
    }
    if (rest.length > maxLineLength) throw new LynceusError("bad-recording", `a line is longer than ${maxLineLength} bytes`);
  }
  if (rest.length > 0 && torn === "keep") yield withoutReturn(decoder.decode(rest));
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Joins lines to pieces of about 64 KiB: a write for each line would cost more than making it. */
export function* joinLines(lines: Iterable<string>): Generator<string> {
  let pending: string[] = [];
  let length = 0;
  for (const line of lines) {
    pending.push(line, "\n");
    length += line.length + 1;
    if (length < 2 ** 16) continue;
    yield pending.join("");
    pending = [];
    length = 0;
  }
  if (length > 0) yield pending.join("");
}
