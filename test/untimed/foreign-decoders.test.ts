import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultWriteOptions } from "../../src/formats/format.ts";
import { openRecording } from "../../src/formats/open-recording.ts";
import { bytesSource } from "../../src/formats/recording/byte-source.ts";
import { findFormatByName } from "../../src/formats/registry.ts";
import { formatReport } from "../../src/profile/report.ts";
import { stableBlocks } from "../../src/profile/stable-blocks.ts";
import type { Recording } from "../../src/profile/tables.ts";
import { arbitraryBlocks } from "../golden/arbitrary-blocks.ts";
import { asMessagesHold } from "../golden/comparable.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../golden/example-recording.ts";
import { totalsOf } from "../golden/totals.ts";
import { foreignDecoders } from "../support/foreign-decoders.ts";

/** What others read in our pprof and OTLP files, and what we read in theirs. */
const directory = mkdtempSync(join(tmpdir(), "lynceus-decoders-"));
afterAll(() => rmSync(directory, { recursive: true }));
let decode: ReturnType<typeof foreignDecoders> = null;
beforeAll(() => void (decode = foreignDecoders()), 180_000);

const example = recordingOf([...stableBlocks(exampleBlocks)]);

function write(format: string, recording: Recording): string {
  const path = join(directory, `profile.${format}`);
  writeFileSync(path, Buffer.concat([...findFormatByName(format)!.write!(recording, defaultWriteOptions)].map((piece) => piece as Uint8Array)));
  return path;
}

type Row = readonly [tid: number, thread: string, stack: readonly string[], samples: number, time: number];

/** In no order, without what else samples are told apart by. */
function merged(rows: readonly Row[]): Readonly<Record<string, readonly number[]>> {
  const sums: Record<string, readonly number[]> = {};
  for (const [tid, thread, stack, samples, time] of rows) {
    const key = JSON.stringify([tid, thread, stack]);
    const [before = 0, timeBefore = 0] = sums[key] ?? [];
    sums[key] = [before + samples, timeBefore + time];
  }
  return sums;
}

/** Of a recording: thread, stack, samples, time. */
function ours(recording: Recording): ReturnType<typeof merged> {
  return merged(
    totalsOf(recording, { mode: "wall", count: "samples" }).map((line): Row => {
      const [, head = "", samples, time] = /^(.*) (\d+) (\d+)$/s.exec(line) ?? [];
      const [, tid, , thread, , frames] = JSON.parse(head) as [number, number, number, string, number, [string, string, number][]];
      return [tid, thread, frames.map(([name, file, lineNumber]) => `${name}|${file}|${lineNumber}`), Number(samples), Number(time)];
    }),
  );
}

interface Pprof {
  readonly samples: readonly {
    readonly values: readonly [number, number];
    readonly stack: readonly string[];
    readonly labels: Readonly<Record<string, readonly string[]>> | null;
    readonly numLabels: Readonly<Record<string, readonly number[]>> | null;
  }[];
}

function theirsOfPprof({ samples }: Pprof): ReturnType<typeof merged> {
  return merged(
    samples.map(({ values: [count, time], stack, labels, numLabels }): Row => {
      return [numLabels?.["thread_id"]?.[0] ?? 0, labels?.["thread"]?.[0] ?? "", stack.map((frame) => frame.replace(/\|\d+$/, "")), count, time];
    }),
  );
}

describe("Google's pprof", () => {
  it("reads the example", (context) => {
    if (decode === null) return context.skip();
    const read = decode("pprof", write("pprof", example));
    expect(read).toMatchObject({
      types: ["samples/count", "wall/nanoseconds"],
      default: "wall",
      period: 1_000_000,
      periodType: "wall/nanoseconds",
      time: 1_790_000_000_000_000_000,
      duration: 7_250_000,
    });
    expect(theirsOfPprof(read as Pprof)).toEqual(ours(example));
  });

  it("reads any recording", { timeout: 120_000 }, (context) => {
    if (decode === null) return context.skip();
    const decoder = decode;
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const recording = asMessagesHold(blocks);
        expect(theirsOfPprof(decoder("pprof", write("pprof", recording)) as Pprof)).toEqual(ours(recording));
      }),
      { numRuns: 25 },
    );
  });

  it("writes what we read: a CPU profile by Go itself", { timeout: 120_000 }, (context) => {
    if (decode === null) return context.skip();
    // Its own program, profiled by its runtime.
    const source = join(directory, "burn.go");
    writeFileSync(source, goProgram);
    execFileSync("go", ["run", source, join(directory, "cpu.pb.gz")], { stdio: "pipe", cwd: directory });
    const bytes = readFileSync(join(directory, "cpu.pb.gz"));
    const recording = openRecording(bytesSource(bytes));
    expect(recording.meta).toMatchObject({ mode: "cpu", interval: 10_000_000 });
    const { rows, time, samples } = formatReport(recording, { mode: "cpu", by: "function", limit: null });
    const busy = rows.find(({ name }) => name === "main.burn");
    expect(busy).toMatchObject({ file: source });
    expect(busy!.total / time).toBeGreaterThan(0.5);
    expect(time).toBe(samples * 10_000_000);
    expect(() => openRecording(bytesSource(readFileSync(join(directory, "cpu.pb.gz.heap"))))).toThrow("bytes, not of time");
    // Again by them, from what we made of it.
    const again = decode("pprof", write("pprof", recording)) as Pprof;
    expect(again.samples.reduce((sum, { values }) => sum + values[1], 0)).toBe(time);
    expect(gunzipSync(bytes).length).toBeGreaterThan(100);
  });
});

interface AnyValue {
  readonly stringValue?: string;
  /** The decoder moves what texts it can to the dictionary. */
  readonly stringValueStrindex?: number;
  readonly intValue?: string;
}

/** As the collector prints it: what is 0 or empty is left out. */
interface Otlp {
  readonly resourceProfiles: readonly {
    readonly resource: { readonly attributes: readonly { readonly keyStrindex: number; readonly value: AnyValue }[] };
    readonly scopeProfiles: readonly {
      readonly profiles: readonly {
        readonly samples?: readonly { readonly stackIndex?: number; readonly attributeIndices?: readonly number[]; readonly values: readonly string[] }[];
      }[];
    }[];
  }[];
  readonly dictionary: {
    readonly stringTable: readonly string[];
    readonly attributeTable: readonly { readonly keyStrindex?: number; readonly value?: AnyValue }[];
    readonly stackTable: readonly { readonly locationIndices?: readonly number[] }[];
    readonly locationTable: readonly { readonly lines?: readonly { readonly functionIndex?: number; readonly line?: string }[] }[];
    readonly functionTable: readonly { readonly nameStrindex?: number; readonly filenameStrindex?: number }[];
  };
}

function theirsOfOtlp({ resourceProfiles, dictionary }: Otlp): ReturnType<typeof merged> {
  const { stringTable, attributeTable, stackTable, locationTable, functionTable } = dictionary;
  const frame = (location: number): readonly string[] =>
    (locationTable[location]!.lines ?? []).map(({ functionIndex = 0, line = "0" }) => {
      const { nameStrindex = 0, filenameStrindex = 0 } = functionTable[functionIndex]!;
      return `${stringTable[nameStrindex]}|${stringTable[filenameStrindex]}|${line}`;
    });
  const rows = resourceProfiles
    .flatMap(({ scopeProfiles }) => scopeProfiles)
    .flatMap(({ profiles: [times, counts] }) =>
      (times!.samples ?? []).map(({ stackIndex = 0, attributeIndices = [], values }, row): Row => {
        const attributes = new Map(
          attributeIndices.map((index) => [stringTable[attributeTable[index]!.keyStrindex ?? 0], attributeTable[index]!.value] as const),
        );
        const stack = (stackTable[stackIndex]!.locationIndices ?? []).toReversed().flatMap(frame);
        const count = counts!.samples![row]!;
        expect([count.stackIndex ?? 0, count.attributeIndices]).toEqual([stackIndex, attributeIndices]);
        return [
          Number(attributes.get("thread.id")?.intValue ?? 0),
          attributes.get("thread.name")?.stringValue ?? "",
          stack,
          Number(count.values[0]),
          Number(values[0]),
        ];
      }),
    );
  return merged(rows);
}

describe("the OpenTelemetry collector", () => {
  it("reads the example", (context) => {
    if (decode === null) return context.skip();
    const read = decode("otlp", write("otlp", example)) as Otlp;
    expect(theirsOfOtlp(read)).toEqual(ours(example));
    const { stringTable } = read.dictionary;
    const resource = Object.fromEntries(
      read.resourceProfiles[0]!.resource.attributes.map(({ keyStrindex, value }) => [
        stringTable[keyStrindex],
        value.intValue ?? stringTable[value.stringValueStrindex ?? 0],
      ]),
    );
    expect(resource).toMatchObject({ "process.pid": "1234", "host.name": "example", "process.runtime.version": "3.13.0" });
    // The first of each table stands for none.
    for (const table of ["stackTable", "locationTable", "functionTable", "attributeTable"] as const)
      expect(Object.keys(read.dictionary[table][0]!).length).toBeLessThanOrEqual(1);
    expect(stringTable[0]).toBe("");
    // What they write of it, we read.
    const again = openRecording(bytesSource(readFileSync(join(directory, "profile.otlp.again"))));
    expect(again.meta).toMatchObject({ host: "example", command: exampleMeta.command, startedAt: exampleMeta.startedAt, interval: 1_000_000 });
    expect(ours(again)).toEqual(ours(example));
  });

  it("reads any recording", { timeout: 120_000 }, (context) => {
    if (decode === null) return context.skip();
    const decoder = decode;
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const recording = asMessagesHold(blocks);
        if (Object.keys(ours(recording)).length === 0) return;
        expect(theirsOfOtlp(decoder("otlp", write("otlp", recording)) as Otlp)).toEqual(ours(recording));
      }),
      { numRuns: 25 },
    );
  });
});

const goProgram = `package main

import (
	"os"
	"runtime/pprof"
	"time"
)

var sink int

func burn(until time.Time) {
	for time.Now().Before(until) {
		for i := 0; i < 1000; i++ {
			sink += i * i
		}
	}
}

func main() {
	file, _ := os.Create(os.Args[1])
	pprof.StartCPUProfile(file)
	burn(time.Now().Add(500 * time.Millisecond))
	pprof.StopCPUProfile()
	file.Close()
	heap, _ := os.Create(os.Args[1] + ".heap")
	pprof.WriteHeapProfile(heap)
	heap.Close()
}
`;
