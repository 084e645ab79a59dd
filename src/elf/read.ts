import type { ByteSource } from "../base/memory.ts";
import type { ByteCount, ByteOffset, WordSize } from "../base/units.ts";

/** No table that is read at once is larger than this in a sound file. */
const maxView = 64 << 20;

/** Exactly `length` bytes at `offset`; null when the source has not got them. Offsets from a damaged file are welcome. */
export function readView(source: ByteSource, offset: ByteOffset, length: ByteCount): DataView | null {
  if (!(offset >= 0 && length >= 0 && length <= maxView && offset + length <= source.size)) return null;
  const bytes = source.read(offset, length);
  return bytes.length === length ? new DataView(bytes.buffer, bytes.byteOffset, length) : null;
}

/** An address, offset or size of the file's own width. Above 2^53 it is rounded, and then fails every range check. */
export function wordAt(view: DataView, at: ByteOffset, wordSize: WordSize): number {
  const low = view.getUint32(at, true);
  return wordSize === 4 ? low : low + view.getUint32(at + 4, true) * 2 ** 32;
}

/** A NUL-terminated string of at most `limit` bytes; null when it is longer or lies outside. */
export function readString(source: ByteSource, offset: ByteOffset, limit: ByteCount): string | null {
  if (!(offset >= 0 && offset < source.size)) return null;
  const bytes = source.read(offset, Math.min(limit + 1, source.size - offset));
  const end = bytes.indexOf(0);
  return end < 0 ? null : new TextDecoder().decode(bytes.subarray(0, end));
}
