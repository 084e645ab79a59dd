import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import type { Block, Recording } from "../../profile/tables.ts";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, exampleMeta, recordingOf, sampleColumns } from "../../../test/golden/example-recording.ts";
import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { emptyBlock } from "../../profile/empty-block.ts";
import { bytesSource } from "./byte-source.ts";
import { BlockDecoder } from "./decode-block.ts";
import { BlockEncoder } from "./encode-block.ts";
import { encodeRecording } from "./encode-recording.ts";
import { RecordKind, fileHeaderSize, limits } from "./file-layout.ts";
import { nodeCodec } from "./node-codec.ts";
import { readRecording } from "./read-recording.ts";
import { readSummary } from "./read-summary.ts";
import { encodeFileHeader, encodeRecord, readRecords } from "./records.ts";
import { RecordingWriter } from "./recording-writer.ts";
import { assembleRecording, splitRecording } from "./split-recording.ts";

function encode(blocks: readonly Block[], isComplete = true): Uint8Array {
  return Buffer.concat([...encodeRecording(recordingOf(blocks, isComplete))]);
}

/** The blocks as they are in the file, restarts and all. */
function decodeRaw(bytes: Uint8Array): Block[] {
  const decoder = new BlockDecoder();
  return [...readRecords(bytesSource(bytes))]
    .filter(({ kind }) => kind === RecordKind.blocks)
    .flatMap(({ stored, rawLength }) => [...decoder.decode(nodeCodec.inflate(stored, rawLength)!)]);
}

/** Arrays of either sort as plain arrays, to compare contents only. */
function plain(blocks: Iterable<Block>): unknown {
  return JSON.parse(JSON.stringify([...blocks], (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value)));
}

/** All that can be had out of it, or the error. Anything but a LynceusError comes through. */
function readAll(bytes: Uint8Array): { recording: Recording; blocks: Block[] } | LynceusError {
  try {
    const recording = readRecording(bytesSource(bytes));
    return { recording, blocks: [...recording.blocks()] };
  } catch (error) {
    if (error instanceof LynceusError && error.code === "bad-recording") return error;
    throw error;
  }
}

describe("a recording", () => {
  it("comes back as it was written", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.boolean(), (blocks, isComplete) => {
        const bytes = encode(blocks, isComplete);
        expect(plain(decodeRaw(bytes))).toEqual(plain(blocks));
        const recording = readRecording(bytesSource(bytes));
        expect(recording.meta).toEqual(exampleMeta);
        expect(recording.isComplete).toBe(isComplete);
        expect(plain(recording.blocks())).toEqual(plain(stableBlocks(blocks)));
        expect(plain(recording.blocks())).toEqual(plain(recording.blocks()));
      }),
    );
  });

  it("is the same when somebody else inflates it", () => {
    const bytes = encode(exampleBlocks);
    const split = splitRecording(bytes);
    const inflate = ({ stored, rawLength }: { stored: Uint8Array; rawLength: number }): Uint8Array => nodeCodec.inflate(stored, rawLength)!;
    const recording = assembleRecording(split, inflate(split.meta), split.blocks.map(inflate));
    expect(recording.isComplete).toBe(true);
    expect(plain(recording.blocks())).toEqual(plain(readRecording(bytesSource(bytes)).blocks()));
  });

  it("has its totals at the end", () => {
    expect(readSummary(bytesSource(encode(exampleBlocks)))).toMatchObject({
      end: { duration: 7_250_000, reason: "the program ended" },
      samples: 10,
      recordOffsets: [expect.any(Number)],
    });
    expect(readSummary(bytesSource(encode(exampleBlocks, false)))).toBeNull();
  });

  it("takes the end from finish() too", () => {
    const pieces: Uint8Array[] = [];
    const writer = new RecordingWriter({ write: (bytes) => pieces.push(bytes), close: () => undefined }, exampleMeta, nodeCodec);
    writer.finish({ duration: 5, reason: "interrupted" });
    expect([...readRecording(bytesSource(Buffer.concat(pieces))).blocks()].at(-1)?.end).toEqual({ duration: 5, reason: "interrupted" });
  });

  it("hands every block of half a second to the sink at once", () => {
    let written = 0;
    const writer = new RecordingWriter({ write: (bytes) => (written += bytes.length), close: () => undefined }, exampleMeta, nodeCodec);
    const lengths = [0, 0.5e9, 1e9, 1.5e9].map((time) => {
      writer.add({ ...emptyBlock, quality: [{ ...exampleBlocks[0]!.quality[0]!, time }] });
      return written;
    });
    expect(lengths[1]).toBeGreaterThan(lengths[0]!);
    expect(lengths[2]).toBeGreaterThan(lengths[1]!);
    expect(lengths[3]).toBeGreaterThan(lengths[2]!);
  });

  it("splits a block that is too large for a record", () => {
    const rows = 300_000;
    const samples = sampleColumns(Array.from({ length: rows }, (_, row) => [row * 1000, row % 2, row % 7 === 0 ? -1 : row % 6, 2000, row, 3, 0]));
    const block = { ...exampleBlocks[0]!, strings: [...exampleBlocks[0]!.strings, "x".repeat(2 ** 21)], samples };
    const bytes = encode([block]);
    const decoded = decodeRaw(bytes);
    expect(Math.max(...decoded.map(({ samples: { length } }) => length))).toBeLessThanOrEqual(limits.samplesPerBlock);
    expect(decoded.flatMap(({ samples: { wall } }) => Array.from(wall))).toEqual(Array.from(samples.wall));
    expect(decoded.flatMap(({ samples: { cpu } }) => Array.from(cpu))).toEqual(Array.from(samples.cpu));
    expect(decoded.flatMap(({ strings }) => strings).at(-1)).toHaveLength(limits.stringCharacters);
  });
});

describe("a torn recording", () => {
  it("opens up to the last whole record, wherever it is cut", () => {
    const blocks = exampleBlocks.map((block, index) =>
      index === 2 ? block : { ...block, quality: block.quality.map((row) => ({ ...row, time: (index + 1) * 1e9 })) },
    );
    const bytes = encode([{ ...emptyBlock, quality: [{ ...blocks[0]!.quality[0]!, time: 0 }] }, ...blocks]);
    const whole = plain(readRecording(bytesSource(bytes)).blocks()) as unknown[];
    let most = 0;
    for (let length = 0; length < bytes.length; length++) {
      const result = readAll(bytes.subarray(0, length));
      if (result instanceof LynceusError) {
        expect(most).toBe(0);
        continue;
      }
      expect(plain(result.blocks)).toEqual(whole.slice(0, result.blocks.length));
      expect(result.blocks.length).toBeGreaterThanOrEqual(most);
      most = result.blocks.length;
      if (length < bytes.length - 16) expect(result.recording.isComplete).toBe(false);
    }
    expect(most).toBe(whole.length);
  });

  it("is an error or a shorter recording, whatever is changed", () => {
    const bytes = encode(exampleBlocks);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), (changes) => {
        const damaged = bytes.slice();
        for (const [offset, value] of changes) damaged[offset] = value;
        const result = readAll(damaged);
        if (!(result instanceof LynceusError)) expect(result.blocks.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 500 },
    );
  });

  it("is no recording when it is something else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readAll(bytes)).toBeInstanceOf(LynceusError);
      }),
    );
  });

  it("of a later format says so", () => {
    const bytes = encode([]);
    bytes[8] = 3;
    expect(() => readRecording(bytesSource(bytes))).toThrow(/format version 3, this program reads up to 2/);
  });
});

/** Content that its CRC vouches for: what only somebody hostile, or a bug, writes. */
describe("hostile content", () => {
  function fileOf(...records: readonly (readonly [kind: number, raw: Uint8Array, rawLength?: number])[]): Uint8Array {
    return Buffer.concat([encodeFileHeader(), ...records.map(([kind, raw, rawLength]) => encodeRecord(kind, rawLength ?? raw.length, nodeCodec.deflate(raw)))]);
  }
  const meta = [RecordKind.meta, Buffer.from(JSON.stringify(exampleMeta))] as const;

  function rawOf(block: Block): Uint8Array {
    const writer = new ByteWriter();
    new BlockEncoder().encode(block, writer);
    return writer.take();
  }

  it("of any sort is decoded or refused", () => {
    const raw = rawOf(exampleBlocks[0]!);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(raw.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = raw.slice();
        for (const [offset, value] of changes) damaged[offset] = value;
        const result = readAll(fileOf(meta, [RecordKind.blocks, damaged]));
        if (result instanceof LynceusError) return;
        for (const { stacks, frames, samples } of result.blocks) {
          for (let row = 0; row < stacks.length; row++) expect(stacks.parent[row]).toBeLessThan(row);
          for (let row = 0; row < frames.length; row++) expect(frames.function[row]).toBeGreaterThanOrEqual(0);
          for (let row = 0; row < samples.length; row++) expect(samples.stack[row]).toBeLessThan(6);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["a stack that is its own parent", { ...exampleBlocks[0]!, stacks: { length: 1, parent: [0], frame: [0] } }],
    ["a frame that is not there", { ...exampleBlocks[0]!, stacks: { length: 1, parent: [-1], frame: [6] } }],
    ["a function that is not there", { ...exampleBlocks[0]!, frames: { length: 1, function: [5], line: [1], endLine: [1], column: [1], endColumn: [1] } }],
    ["a thread that is not there", { ...emptyBlock, samples: sampleColumns([[1, 0, -1, 1, 1, 0, 0]]) }],
    ["a process that is not there", { ...emptyBlock, threads: exampleBlocks[0]!.threads }],
    ["an unknown value of `known`", { ...exampleBlocks[0]!, samples: sampleColumns([[1, 0, -1, 1, 1, 0, 77]]) }],
    ["a negative time", { ...exampleBlocks[0]!, samples: sampleColumns([[-5, 0, -1, 1, 1, 0, 0]]) }],
    ["a negative weight", { ...exampleBlocks[0]!, samples: sampleColumns([[5, 0, -1, -1, 1, 0, 0]]) }],
  ])("with %s is refused", (_, block) => {
    expect(readAll(fileOf(meta, [RecordKind.blocks, rawOf(block)]))).toBeInstanceOf(LynceusError);
  });

  it("that unpacks to more than it says is refused before it is unpacked", () => {
    expect(readAll(fileOf(meta, [RecordKind.blocks, new Uint8Array(2 ** 24), 100]))).toBeInstanceOf(LynceusError);
    expect(readAll(fileOf(meta, [RecordKind.blocks, new Uint8Array(100), 2 ** 24]))).toBeInstanceOf(LynceusError);
  });

  it("that announces more rows than it has bytes is refused", () => {
    for (const section of [2, 3, 4, 5, 6]) {
      const table = new ByteWriter();
      table.varint(2 ** 20);
      table.varint(1);
      const block = new ByteWriter();
      block.varint(section);
      block.varint(table.length);
      block.bytes(table.view());
      const raw = new ByteWriter();
      raw.varint(block.length);
      raw.bytes(block.view());
      expect(readAll(fileOf(meta, [RecordKind.blocks, raw.take()]))).toBeInstanceOf(LynceusError);
    }
  });

  it("of kinds, sections and columns that are not known is skipped", () => {
    const raw = new ByteReader(rawOf(exampleBlocks[0]!));
    const block = raw.bytes(raw.varint());
    const longer = new ByteWriter();
    longer.varint(block.length + 4);
    longer.bytes(block);
    longer.bytes(Uint8Array.of(99, 2, 1, 2));
    const result = readAll(fileOf(meta, [0x12345678, new Uint8Array(5)], [RecordKind.blocks, longer.take()]));
    expect(plain((result as { blocks: Block[] }).blocks)).toEqual(plain(stableBlocks([exampleBlocks[0]!])));
  });

  it("with a meta that is not one is refused", () => {
    for (const text of ["", "null", "{}", "[]", '{"creator":5}']) expect(readAll(fileOf([RecordKind.meta, Buffer.from(text)]))).toBeInstanceOf(LynceusError);
    expect(readAll(Buffer.from(encodeFileHeader()))).toBeInstanceOf(LynceusError);
    expect(encodeFileHeader()).toHaveLength(fileHeaderSize);
  });
});
