import { LynceusError } from "../../base/errors.ts";
import { decodeText } from "../../base/text.ts";
import type { ByteCount } from "../../base/units.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { bytesSource } from "./byte-source.ts";
import { BlockDecoder } from "./decode-block.ts";
import { decodeMeta } from "./decode-rows.ts";
import { RecordKind } from "./file-layout.ts";
import { checkFileHeader, readRecords } from "./records.ts";

/** A deflated part of a recording; inflates to `rawLength` bytes exactly. */
export interface StoredPart {
  readonly stored: Uint8Array;
  readonly rawLength: ByteCount;
}

export interface SplitRecording {
  readonly meta: StoredPart;
  readonly blocks: readonly StoredPart[];
  readonly isComplete: boolean;
}

/**
 * For who inflates by itself, and only asynchronously (a browser's DecompressionStream "deflate-raw"):
 *
 *   const split = splitRecording(bytes);
 *   const recording = assembleRecording(split, await inflate(split.meta), await Promise.all(split.blocks.map(inflate)));
 *
 * The parts are views of `bytes`. Throws `bad-recording`.
 */
export function splitRecording(bytes: Uint8Array): SplitRecording {
  const source = bytesSource(bytes);
  checkFileHeader(source);
  let meta: StoredPart | null = null;
  const blocks: StoredPart[] = [];
  for (const record of readRecords(source)) {
    if (record.kind === RecordKind.meta) meta ??= record;
    if (record.kind === RecordKind.blocks) blocks.push(record);
    if (record.kind === RecordKind.index && meta !== null) return { meta, blocks, isComplete: true };
  }
  if (meta === null) throw new LynceusError("bad-recording", "the beginning of the recording is damaged");
  return { meta, blocks, isComplete: false };
}

/** `meta` and `blocks` are the inflated parts. `blocks()` throws `bad-recording` where one is not what it should be. */
export function assembleRecording(split: SplitRecording, meta: Uint8Array, blocks: readonly Uint8Array[]): Recording {
  return {
    meta: decodeMeta(decodeText(meta) ?? ""),
    isComplete: split.isComplete,
    blocks: () => stableBlocks(decodeAll(blocks)),
  };
}

function* decodeAll(raws: readonly Uint8Array[]): Generator<Block> {
  const decoder = new BlockDecoder();
  for (const raw of raws) yield* decoder.decode(raw);
}
