import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { asMessagesHold, comparable } from "../../../test/golden/comparable.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../../../test/golden/example-recording.ts";
import { totalsOf } from "../../../test/golden/totals.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { TablesBuilder } from "../../profile/tables-builder.ts";
import type { Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { openRecording } from "../open-recording.ts";
import { MessageWriter } from "../protobuf/message-writer.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { timeProfileOf } from "../time-profile.ts";
import { otlpFormat } from "./otlp-format.ts";
import { readOtlp } from "./read-otlp.ts";
import { encodeOtlp } from "./write-otlp.ts";

const example = recordingOf([...stableBlocks(exampleBlocks)]);

function encode(recording: Recording, mode: "wall" | "cpu" | "gil" = "wall"): Buffer {
  return Buffer.concat([...otlpFormat.write!(recording, { ...defaultWriteOptions, mode })].map((piece) => piece as Uint8Array));
}

describe("an OTLP profile", () => {
  it.each(["wall", "cpu", "gil"] as const)("keeps what was seen for how long and how often, in mode %s", (mode) => {
    const read = openRecording(bytesSource(gzipSync(encode(example, mode))));
    expect(comparable(totalsOf(read, { mode, count: "samples" }))).toEqual(comparable(totalsOf(example, { mode, count: "samples" })));
    const { extra: _, ...told } = { ...exampleMeta, mode };
    expect(read.meta).toMatchObject(told);
    expect([...read.blocks()].at(-1)?.end?.duration).toBe(7_250_000);
  });

  it("of all time knows who had the GIL, and where functions begin", () => {
    const read = openRecording(bytesSource(encode(example)));
    expect(comparable(totalsOf(read, { mode: "gil", count: "samples" }))).toEqual(comparable(totalsOf(example, { mode: "gil", count: "samples" })));
    const tables = new TablesBuilder();
    for (const block of read.blocks()) tables.add(block);
    const { name, firstLine, length } = tables.functions;
    const lines = Array.from({ length }, (_, row) => [tables.strings[name[row]!]!, firstLine[row]]);
    expect(Object.fromEntries(lines)).toMatchObject({ main: 1, work: 10, run: 30, "(lost)": 0 });
  });

  it("keeps it of any recording", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), (blocks, mode) => {
        const recording = asMessagesHold(blocks);
        const read = readOtlp(bytesSource(encode(recording, mode)));
        expect(comparable(totalsOf(read, { mode, count: "samples" }))).toEqual(comparable(totalsOf(recording, { mode, count: "samples" })));
      }),
      { numRuns: 60 },
    );
  });

  it("has the attributes that are asked for, and no command lines but in files", () => {
    const sent = Buffer.from(
      encodeOtlp(timeProfileOf(example, "wall"), {
        attributes: { "service.name": "shop", "process.pid": 9 },
        hasCommandLines: false,
        makeId: () => new Uint8Array(16).fill(7),
      }),
    );
    expect(sent.includes("naïve")).toBe(false);
    expect(encode(example).includes("naïve")).toBe(true);
    expect(sent.includes(Buffer.alloc(16, 7))).toBe(true);
    const read = readOtlp(bytesSource(sent));
    expect(read.meta.extra).toEqual({ "service.name": "shop" });
    expect([...read.blocks()][0]?.processes.map(({ pid }) => pid)).toEqual([9]);
  });

  it("is not taken for one when it is something else", () => {
    for (const text of ["P12;T1:34;file:main:12 1000\n", "\n\n\n\n\n\n\n\n\n\n\n\n", "{}", "", "\n"]) expect(otlpFormat.detect(Buffer.from(text))).toBe(false);
    expect(otlpFormat.detect(encode(example).subarray(0, 60))).toBe(true);
  });
});

describe("an OTLP profile of somebody else", () => {
  const strings = ["", "samples", "count", "cpu", "nanoseconds", "allocated_space", "bytes", "work", "/src/a.py"];

  /** A profile of one stack, a value or times for it. */
  function profile(type: number, unit: number, period: number, sample: (writer: MessageWriter) => void): Buffer {
    const writer = new MessageWriter();
    // The dictionary first, as is allowed.
    writer.message(2, (dictionary) => {
      dictionary.message(1, () => {});
      dictionary.message(2, () => {});
      dictionary.message(2, (location) => location.message(3, (line) => (line.uint(1, 1), line.uint(2, 4))));
      dictionary.message(3, () => {});
      dictionary.message(3, (item) => (item.uint(1, 7), item.uint(3, 8)));
      dictionary.message(7, () => {});
      dictionary.message(7, (stack) => stack.numbers(1, [1, 99]));
      for (const text of strings) dictionary.item(5, text);
    });
    writer.message(1, (resource) =>
      resource.message(2, (scope) =>
        scope.message(2, (message) => {
          message.message(1, (value) => (value.uint(1, type), value.uint(2, unit)));
          message.message(2, sample);
          message.message(5, (value) => (value.uint(1, 3), value.uint(2, 4)));
          message.uint(6, period);
        }),
      ),
    );
    return Buffer.from(writer.take());
  }

  it("that counts samples, by value or by time, has a period for each", () => {
    const expected = ['[0,0,0,"",5,[["<unknown>","",0,0],["work","/src/a.py",4,0]]] 3 60000000'];
    const byValue = profile(1, 2, 20_000_000, (sample) => (sample.uint(1, 1), sample.numbers(4, [1, 2])));
    expect(totalsOf(openRecording(bytesSource(byValue)), { mode: "cpu", count: "samples" })).toEqual(expected);
    const byTime = profile(1, 2, 20_000_000, (sample) => (sample.uint(1, 1), sample.bytes(5, new Uint8Array(24))));
    expect(totalsOf(openRecording(bytesSource(byTime)), { mode: "cpu", count: "samples" })).toEqual(expected);
  });

  it("of memory, of nothing, or without a dictionary, is refused", () => {
    expect(() => readOtlp(bytesSource(profile(5, 6, 0, () => {})))).toThrow("allocated_space in bytes, not of time");
    expect(() => readOtlp(bytesSource(profile(1, 2, 0, () => {})))).toThrow("samples in count, not of time");
    expect(() => readOtlp(bytesSource(encode(example).subarray(0, 0)))).toThrow("no dictionary");
  });

  it("that was made to hurt is refused, or gives a row for each sample", () => {
    const many = readOtlp(bytesSource(profile(1, 2, 1, (sample) => sample.numbers(4, [2 ** 40]))));
    expect([...many.blocks()].reduce((sum, { samples }) => sum + samples.length, 0)).toBe(1);
    const lines = new MessageWriter();
    lines.message(2, (dictionary) => dictionary.bytes(2, Buffer.alloc(2 * 257).fill(Uint8Array.from([0x1a, 0]))));
    expect(() => readOtlp(bytesSource(lines.take()))).toThrow("too many lines in a location");
    const difference = readOtlp(bytesSource(profile(3, 4, 1, (sample) => sample.bytes(4, Uint8Array.from([...Array.from({ length: 9 }, () => 0xff), 1])))));
    expect(() => [...difference.blocks()]).toThrow("difference of two profiles");
  });
});
