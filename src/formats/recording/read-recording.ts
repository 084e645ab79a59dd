import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import { decodeText } from "../../base/text.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import type { Codec } from "./codec.ts";
import { BlockDecoder } from "./decode-block.ts";
import { decodeMeta } from "./decode-rows.ts";
import { RecordKind } from "./file-layout.ts";
import { nodeCodec } from "./node-codec.ts";
import { type StoredRecord, checkFileHeader, readRecords } from "./records.ts";

/**
 * Opens a `.lyn`. Goes once through the file to see how far it is whole (a CRC per record, nothing is inflated), so
 * that `isComplete` is known before anybody shows a number. `blocks()` decodes one record at a time.
 * Throws `bad-recording`: here for a foreign file, in `blocks()` for content that its CRC vouches for and that is
 * nevertheless not what it should be.
 */
export function readRecording(source: ByteSource, codec: Codec = nodeCodec): Recording {
  checkFileHeader(source);
  let meta: string | null = null;
  let isComplete = false;
  for (const record of readRecords(source)) {
    if (record.kind === RecordKind.meta) meta ??= decodeText(inflate(record, codec));
    isComplete = record.kind === RecordKind.index;
    if (isComplete) break;
  }
  if (meta === null) throw new LynceusError("bad-recording", "the beginning of the recording is damaged");
  return { meta: decodeMeta(meta), isComplete, blocks: () => stableBlocks(decodeBlocks(source, codec)) };
}

function* decodeBlocks(source: ByteSource, codec: Codec): Generator<Block> {
  const decoder = new BlockDecoder();
  for (const record of readRecords(source)) {
    if (record.kind === RecordKind.blocks) yield* decoder.decode(inflate(record, codec));
    if (record.kind === RecordKind.index) return;
  }
}

function inflate(record: StoredRecord, codec: Codec): Uint8Array {
  const raw = codec.inflate(record.stored, record.rawLength);
  if (raw === null || raw.length !== record.rawLength) throw new LynceusError("bad-recording", `the record at byte ${record.offset} does not unpack`);
  return raw;
}
