import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteOffset } from "../../base/units.ts";

/** Base64 of the pieces as if they were one: only the last group is padded. */
export function* base64Pieces(pieces: Iterable<Uint8Array>): Generator<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 3);
    if (whole > 0) yield bytes.toString("base64", 0, whole);
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) yield Buffer.from(rest).toString("base64");
}

/** The bytes behind the base64 text at [start, end) of `source`, decoded where they are read. Throws `bad-recording`. */
export function base64Source(source: ByteSource, start: ByteOffset, end: ByteOffset): ByteSource {
  const length = end - start;
  const tail = Buffer.from(source.read(end - 2, 2)).toString("latin1");
  const padding = tail === "==" ? 2 : tail.endsWith("=") ? 1 : 0;
  if (length < 4 || length % 4 !== 0) throw new LynceusError("bad-recording", "the recording in the page is cut or changed");
  const size = (length / 4) * 3 - padding;
  return {
    size,
    read(offset, wanted) {
      const last = Math.min(offset + wanted, size);
      if (offset < 0 || offset >= last) return new Uint8Array(0);
      const group = Math.floor(offset / 3);
      const groups = Math.ceil(last / 3) - group;
      const text = Buffer.from(source.read(start + group * 4, groups * 4)).toString("latin1");
      return Buffer.from(text, "base64").subarray(offset - group * 3, last - group * 3);
    },
  };
}
