import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { asMessagesHold, comparable } from "../../../test/golden/comparable.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../../../test/golden/example-recording.ts";
import { totalsOf } from "../../../test/golden/totals.ts";
import { LynceusError } from "../../base/errors.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { TablesBuilder } from "../../profile/tables-builder.ts";
import type { Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { openRecording } from "../open-recording.ts";
import { MessageWriter } from "../protobuf/message-writer.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { timeProfileOf } from "../time-profile.ts";
import { pprofFormat } from "./pprof-format.ts";
import { readPprof } from "./read-pprof.ts";
import { encodePprof } from "./write-pprof.ts";

const example = recordingOf([...stableBlocks(exampleBlocks)]);

function encode(recording: Recording, mode: "wall" | "cpu" | "gil" = "wall"): Buffer {
  return Buffer.concat([...pprofFormat.write!(recording, { ...defaultWriteOptions, mode })].map((piece) => piece as Uint8Array));
}

describe("a pprof profile", () => {
  it.each(["wall", "cpu", "gil"] as const)("keeps what was seen for how long and how often, in mode %s", (mode) => {
    const read = openRecording(bytesSource(encode(example, mode)));
    expect(comparable(totalsOf(read, { mode, count: "samples" }))).toEqual(comparable(totalsOf(example, { mode, count: "samples" })));
    const { extra: _, ...told } = { ...exampleMeta, mode };
    expect(read.meta).toMatchObject(told);
    expect(read.isComplete).toBe(true);
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
        const read = readPprof(bytesSource(encode(recording, mode)));
        expect(comparable(totalsOf(read, { mode, count: "samples" }))).toEqual(comparable(totalsOf(recording, { mode, count: "samples" })));
      }),
      { numRuns: 60 },
    );
  });

  it("says when the end of the recording is missing", () => {
    expect(readPprof(bytesSource(encode(recordingOf([], false)))).isComplete).toBe(false);
  });

  it("for a server has no labels but the process, where there are several, and no command line", () => {
    const profile = timeProfileOf(example, "wall");
    expect(Buffer.concat([...encodePprof(profile, "server")]).includes("thread_id")).toBe(false);
    expect(Buffer.concat([...encodePprof(profile, "server")]).includes("process_id")).toBe(false);
    expect([encode(example).includes("naïve"), Buffer.concat([...encodePprof(profile, "server")]).includes("naïve")]).toEqual([true, false]);
    const two = { ...profile, tables: { ...profile.tables, processes: [...profile.tables.processes, { ...profile.tables.processes[0]!, pid: 77 }] } };
    expect(Buffer.concat([...encodePprof(two, "server")]).includes("process_id")).toBe(true);
  });

  it("is not taken for one when it is text", () => {
    for (const text of ["P12;T1:34;file:main:12 1000\n", "main;work 12\n", "\n\x04\n", "{}", "", "0".repeat(4096)])
      expect(pprofFormat.detect(Buffer.from(text))).toBe(false);
    expect(pprofFormat.detect(encode(example).subarray(0, 100))).toBe(true);
  });
});

describe("a pprof profile of somebody else", () => {
  const labelled = (key: number, field: 2 | 3, value: number) => (writer: MessageWriter) =>
    writer.message(3, (label) => {
      label.uint(1, key);
      label.uint(field, value);
    });

  /** Sample types as pairs of strings, samples as [locations, values]. */
  function profile(
    types: readonly (readonly [string, string])[],
    samples: readonly (readonly [readonly number[], readonly number[]])[],
    period: [string, string, number] | null = null,
  ): Buffer {
    const strings = ["", "main.main", "/src/main.go", "inlined", "tid", "31"];
    const index = (text: string): number => (strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1);
    const writer = new MessageWriter();
    for (const [type, unit] of types) writer.message(1, (message) => (message.uint(1, index(type)), message.uint(2, index(unit))));
    for (const [locations, values] of samples) {
      writer.message(2, (sample) => {
        // Not packed, as proto2 writers do.
        for (const location of locations) sample.uint(1, location);
        sample.numbers(2, values);
        labelled(4, 2, 5)(sample);
      });
    }
    writer.message(4, (location) => {
      location.uint64(1, 2n ** 64n - 5n);
      location.message(4, (line) => (line.uint(1, 2), line.uint(2, 8)));
      location.message(4, (line) => (line.uint(1, 1), line.uint(2, 7)));
    });
    writer.message(4, (location) => location.uint(1, 3));
    writer.message(5, (item) => (item.uint(1, 1), item.uint(2, 1), item.uint(4, 2)));
    writer.message(5, (item) => (item.uint(1, 2), item.uint(2, 3), item.uint(4, 2)));
    if (period !== null) {
      writer.message(11, (message) => (message.uint(1, index(period[0])), message.uint(2, index(period[1]))));
      writer.uint(12, period[2]);
    }
    for (const text of strings) writer.item(6, text);
    return Buffer.from(writer.take());
  }

  it("has inlined calls, addresses without names, threads, and CPU time", () => {
    const writer = new MessageWriter();
    writer.message(2, (sample) => {
      sample.uint64(1, 2n ** 64n - 5n);
      sample.numbers(2, [3, 30_000_000]);
    });
    const bytes = Buffer.concat([
      profile(
        [
          ["samples", "count"],
          ["cpu", "nanoseconds"],
        ],
        [[[3], [2, 20_000_000]]],
        ["cpu", "nanoseconds", 10_000_000],
      ),
      writer.take(),
    ]);
    const read = openRecording(bytesSource(gzipSync(bytes)));
    expect(read.meta).toMatchObject({ creator: "pprof", mode: "cpu", interval: 10_000_000 });
    expect(totalsOf(read, { mode: "cpu", count: "samples" })).toEqual([
      '[0,0,0,"",5,[["main.main","/src/main.go",7,1],["inlined","/src/main.go",8,1]]] 3 30000000',
      '[0,31,0,"",5,[["<unknown>","",0,0]]] 2 20000000',
    ]);
  });

  it("that only counts samples has a period for each", () => {
    const read = readPprof(bytesSource(profile([["samples", "count"]], [[[3], [4]]], ["cpu", "milliseconds", 10])));
    expect(totalsOf(read, { mode: "wall", count: "samples" })).toEqual(['[0,31,0,"",5,[["<unknown>","",0,0]]] 4 40000000']);
  });

  it("of memory, of nothing, or a difference, is refused", () => {
    for (const [bytes, message] of [
      [
        profile(
          [
            ["alloc_objects", "count"],
            ["alloc_space", "bytes"],
          ],
          [],
        ),
        "alloc_objects in count, alloc_space in bytes, not of time",
      ],
      [profile([], []), "of nothing"],
    ] as const)
      expect(() => readPprof(bytesSource(bytes))).toThrow(message);
    const writer = new MessageWriter();
    writer.message(2, (sample) => sample.bytes(2, Uint8Array.from([1, ...Array.from({ length: 9 }, () => 0xff), 1])));
    const difference = readPprof(
      bytesSource(
        Buffer.concat([
          profile(
            [
              ["samples", "count"],
              ["cpu", "nanoseconds"],
            ],
            [],
          ),
          writer.take(),
        ]),
      ),
    );
    expect(() => [...difference.blocks()]).toThrow("difference of two profiles");
  });

  it("that was made to hurt is refused, or gives a row for each sample", () => {
    const read = readPprof(
      bytesSource(
        profile(
          [
            ["samples", "count"],
            ["cpu", "nanoseconds"],
          ],
          [[[3], [2 ** 52, 5]]],
        ),
      ),
    );
    expect([...read.blocks()].reduce((sum, { samples }) => sum + samples.length, 0)).toBe(1);
    const lines = new MessageWriter();
    lines.message(4, (location) => {
      for (let line = 0; line < 1000; line++) location.message(4, (message) => message.uint(1, 1));
    });
    expect(() => readPprof(bytesSource(Buffer.concat([profile([["cpu", "nanoseconds"]], []), lines.take()])))).toThrow(LynceusError);
    // Two bytes each.
    const empty = Buffer.alloc(2 * (2 ** 20 + 1)).fill(Uint8Array.from([0x22, 0]));
    expect(() => readPprof(bytesSource(Buffer.concat([profile([["cpu", "nanoseconds"]], []), empty])))).toThrow("too many locations");
    const deep = readPprof(bytesSource(profile([["cpu", "nanoseconds"]], [[Array.from({ length: 2 ** 17 + 1 }, () => 3), [1]]])));
    expect(() => [...deep.blocks()]).toThrow("too many frames");
  });
});
