import { ByteWriter } from "../../base/bytes.ts";
import { encodeText } from "../../base/text.ts";
import type { ByteCount, ByteOffset, Nanoseconds } from "../../base/units.ts";
import { emptyBlock } from "../../profile/empty-block.ts";
import type { Block, RecordingEnd, RecordingMeta } from "../../profile/tables.ts";
import type { Codec } from "./codec.ts";
import { BlockEncoder } from "./encode-block.ts";
import { RecordKind, endMagic, trailerSize } from "./file-layout.ts";
import { encodeFileHeader, encodeRecord } from "./records.ts";
import { splitBlock } from "./split-block.ts";

/** Where bytes go: a file, a pipe, an array. What it throws (a full disk) comes out of the writer unchanged. */
export interface Sink {
  /** `bytes` are the sink's to keep. */
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Blocks are joined into one record until they are this long or span this much time: better compression, and at most half a second to lose. */
const joinedLength: ByteCount = 2 ** 18;
const joinedTime: Nanoseconds = 0.4e9;
/** The index of a longer recording (six days) does without the list of records. */
const maxIndexed = 2 ** 20;

/**
 * Writes a `.lyn` while it is being made. What has been handed to the sink is a readable recording at any moment; only
 * `finish` makes it a complete one. Memory: one record, and 8 bytes per record for the index.
 *
 *   const writer = new RecordingWriter(sink, meta, nodeCodec);
 *   writer.add(block); ...
 *   writer.finish(end);   // or close(), when there is no knowing whether anything is missing
 */
export class RecordingWriter {
  readonly #sink: Sink;
  readonly #codec: Codec;
  readonly #encoder = new BlockEncoder();
  readonly #pending = new ByteWriter(1 << 16);
  #flushedAt: Nanoseconds = 0;
  #offset: ByteOffset = 0;
  readonly #recordOffsets: ByteOffset[] = [];
  #samples = 0;
  #end: RecordingEnd | null = null;
  #isOpen = true;

  constructor(sink: Sink, meta: RecordingMeta, codec: Codec) {
    this.#sink = sink;
    this.#codec = codec;
    this.#write(encodeFileHeader());
    this.#writeRecord(RecordKind.meta, encodeText(JSON.stringify(meta)));
  }

  /** Bytes handed to the sink so far. */
  get length(): ByteCount {
    return this.#offset;
  }

  /** `block` may be changed or reused by the caller afterwards. */
  add(block: Block): void {
    this.#end = block.end ?? this.#end;
    this.#samples += block.samples.length;
    for (const part of splitBlock(block)) {
      // A block of one part usually: several only when it was too large for one record, and then each gets its own.
      if (this.#pending.length >= joinedLength) this.#flush();
      this.#encoder.encode(part, this.#pending);
    }
    const time = block.quality.at(-1)?.time ?? (block.samples.length > 0 ? block.samples.time[block.samples.length - 1]! : this.#flushedAt);
    if (time - this.#flushedAt < joinedTime && this.#pending.length < joinedLength && block.end === null) return;
    this.#flush();
    this.#flushedAt = time;
  }

  /** Writes the index, which says that nothing is missing, and closes the sink. `end` may be left out when the last block brought it. */
  finish(end: RecordingEnd | null = null): void {
    if (end !== null && this.#end === null) this.add({ ...emptyBlock, end });
    this.#flush();
    const index = this.#offset;
    const content = { end: this.#end, samples: this.#samples, records: this.#recordOffsets.length > maxIndexed ? [] : this.#recordOffsets };
    this.#writeRecord(RecordKind.index, encodeText(JSON.stringify(content)));
    const trailer = new ByteWriter(trailerSize);
    trailer.uint32(index % 2 ** 32);
    trailer.uint32(Math.floor(index / 2 ** 32));
    trailer.bytes(endMagic);
    this.#write(trailer.take());
    this.#isOpen = false;
    this.#sink.close();
  }

  /** Without an end: what was added stays readable, and is shown as incomplete. Does nothing after `finish`. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#flush();
    } finally {
      this.#sink.close();
    }
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    this.#recordOffsets.push(this.#offset);
    const raw = this.#pending.view();
    this.#writeRecord(RecordKind.blocks, raw);
    this.#pending.clear();
  }

  #writeRecord(kind: number, raw: Uint8Array): void {
    this.#write(encodeRecord(kind, raw.length, this.#codec.deflate(raw)));
  }

  #write(bytes: Uint8Array): void {
    this.#sink.write(bytes);
    this.#offset += bytes.length;
  }
}
