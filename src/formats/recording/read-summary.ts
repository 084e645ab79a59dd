import { ByteReader } from "../../base/bytes.ts";
import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import { decodeText } from "../../base/text.ts";
import type { ByteOffset } from "../../base/units.ts";
import type { RecordingEnd } from "../../profile/tables.ts";
import type { Codec } from "./codec.ts";
import { decodeEnd, parseJson } from "./decode-rows.ts";
import { RecordKind, endMagic, trailerSize } from "./file-layout.ts";
import { nodeCodec } from "./node-codec.ts";
import { checkFileHeader, readRecords } from "./records.ts";

/** What the index at the end of a complete recording says. */
export interface RecordingSummary {
  readonly end: RecordingEnd | null;
  readonly samples: number;
  /** Where each record with blocks begins; empty when there are too many to list. */
  readonly recordOffsets: readonly ByteOffset[];
}

/** Totals without going through the file: two reads at its end. Null when the recording is not complete. */
export function readSummary(source: ByteSource, codec: Codec = nodeCodec): RecordingSummary | null {
  checkFileHeader(source);
  const trailer = source.read(source.size - trailerSize, trailerSize);
  if (trailer.length < trailerSize || endMagic.some((byte, index) => trailer[8 + index] !== byte)) return null;
  const reader = new ByteReader(trailer.slice());
  const offset = reader.uint32() + reader.uint32() * 2 ** 32;
  const [record] = readRecords(source, offset);
  if (record === undefined || record.kind !== RecordKind.index) return null;
  const raw = codec.inflate(record.stored, record.rawLength);
  if (raw === null) throw new LynceusError("bad-recording", "the index of the recording does not unpack");
  return decodeIndex(parseJson(decodeText(raw) ?? ""));
}

function decodeIndex(json: unknown): RecordingSummary {
  const { end, samples, records } = (json ?? {}) as { end?: unknown; samples?: unknown; records?: unknown };
  const areOffsets = Array.isArray(records) && records.every((offset) => Number.isSafeInteger(offset));
  if (typeof samples !== "number" || !areOffsets) throw new LynceusError("bad-recording", "the index of the recording is damaged");
  return { end: end === null ? null : decodeEnd(end), samples, recordOffsets: records };
}
