import { LynceusError } from "../base/errors.ts";
import type { ByteSource } from "../base/memory.ts";
import type { ByteCount } from "../base/units.ts";

const pieceSize: ByteCount = 2 ** 20;
/** A stack 10,000 deep with long paths fits ten times over. */
const maxLineLength: ByteCount = 2 ** 24;

/** The lines of a text file without their ends (LF or CR LF), one piece of the file in memory at a time. */
export function* textLines(source: ByteSource): Generator<string> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array(0);
  for (let offset = 0; offset < source.size; ) {
    const piece = source.read(offset, pieceSize);
    if (piece.length === 0) break;
    offset += piece.length;
    const end = piece.lastIndexOf(0x0a);
    const lineCount = end === -1 ? 0 : 1;
    const whole = Buffer.concat([rest, piece.subarray(0, end + 1)]);
    if (lineCount > 0) {
      for (const line of decoder.decode(whole.subarray(0, -1)).split("\n")) yield trimmed(line);
    }
    rest = lineCount > 0 ? piece.slice(end + 1) : Buffer.concat([rest, piece]);
    if (rest.length > maxLineLength) throw new LynceusError("bad-recording", `a line is longer than ${maxLineLength} bytes`);
  }
  if (rest.length > 0) yield trimmed(decoder.decode(rest));
}

function trimmed(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
