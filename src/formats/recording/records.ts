import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteOffset } from "../../base/units.ts";
import { crc32 } from "./crc32.ts";
import { currentVersion, fileHeaderSize, limits, magic, recordHeaderSize } from "./file-layout.ts";

/** A record as it is in the file: checked against its CRC, still deflated. */
export interface StoredRecord {
  readonly offset: ByteOffset;
  readonly kind: number;
  /** What `stored` inflates to: `rawLength` bytes exactly, else the record is damaged. */
  readonly rawLength: number;
  readonly stored: Uint8Array;
}

export function encodeFileHeader(): Uint8Array {
  const writer = new ByteWriter(fileHeaderSize);
  writer.bytes(magic);
  writer.uint32(currentVersion);
  return writer.take();
}

/** Throws `bad-recording` for what is no recording, or one of a version that is not known here. Returns the version. */
export function checkFileHeader(source: ByteSource): number {
  const header = source.read(0, fileHeaderSize);
  if (header.length < fileHeaderSize || magic.some((byte, index) => header[index] !== byte)) {
    throw new LynceusError("bad-recording", "this is not a Lynceus recording");
  }
  const version = new ByteReader(header.subarray(magic.length)).uint32();
  if (version < 1 || version > currentVersion) {
    throw new LynceusError("bad-recording", `the recording has format version ${version}, this program reads up to ${currentVersion}`, {
      hint: "open it with the version of Lynceus that made it, or a later one",
    });
  }
  return version;
}

export function encodeRecord(kind: number, rawLength: number, stored: Uint8Array): Uint8Array {
  const writer = new ByteWriter(recordHeaderSize + stored.length);
  writer.uint32(kind);
  writer.uint32(stored.length);
  writer.uint32(rawLength);
  writer.uint32(crc32(stored, crc32(writer.view())));
  writer.bytes(stored);
  return writer.take();
}

/**
 * The records from `start` on, until the first that is not whole: a torn end is no error, it is where the recording
 * ends. `stored` is a view that is good until the next one. Bounded by the file: every record takes 16 bytes or more.
 */
export function* readRecords(source: ByteSource, start: ByteOffset = fileHeaderSize): Generator<StoredRecord> {
  for (let offset = start; offset + recordHeaderSize <= source.size;) {
    const header = source.read(offset, recordHeaderSize).slice();
    if (header.length < recordHeaderSize) return;
    const fields = new ByteReader(header);
    const [kind, storedLength, rawLength, crc] = [fields.uint32(), fields.uint32(), fields.uint32(), fields.uint32()];
    if (storedLength > limits.storedRecord || rawLength > limits.rawRecord) return;
    const stored = source.read(offset + recordHeaderSize, storedLength);
    if (stored.length < storedLength || crc32(stored, crc32(header.subarray(0, 12))) !== crc) return;
    yield { offset, kind, rawLength, stored };
    offset += recordHeaderSize + storedLength;
  }
}
