import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { exampleTaskBlocks } from "../../../test/golden/example-tasks.ts";
import { exampleBlocks, recordingOf } from "../../../test/golden/example-recording.ts";
import { totalsOf, withTimesEndToEnd } from "../../../test/golden/totals.ts";
import { formatReport } from "../../profile/report.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import type { Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { geckoFormat } from "./gecko-format.ts";

function written(recording: Recording, mode: "wall" | "cpu" | "gil" = "wall"): string {
  return [...geckoFormat.write!(recording, { ...defaultWriteOptions, mode })].join("");
}

function read(text: string | object): Recording {
  return geckoFormat.read!(bytesSource(Buffer.from(typeof text === "string" ? text : JSON.stringify(text))));
}

interface Written {
  readonly shared: { readonly stringArray: string[]; readonly stackTable: { frame: number[]; prefix: (number | null)[]; length: number } };
  readonly threads: {
    name: string;
    samples: Record<string, unknown>;
    markers: Record<"name" | "startTime" | "endTime" | "data", never[]> & { length: number };
  }[];
}

/** As CPython's profiler and Firefox before version 56 write: tables in each thread. */
const older = {
  meta: {
    interval: 10,
    startTime: 1000.5,
    product: "Python",
    importedFrom: "somebody",
    preprocessedProfileVersion: 57,
    categories: [{ name: "Other" }, { name: "Python" }],
  },
  libs: [],
  threads: [
    {
      name: "MainThread",
      pid: "7",
      tid: 8,
      samples: { stack: [0, 1, null, 1], time: [10, 20, 30, 1000], weight: null, weightType: "samples", threadCPUDelta: [null, 5, 0, 5], length: 4 },
      stackTable: { frame: [0, 1], prefix: [null, 0], length: 2 },
      frameTable: { func: [0, 1], line: [3, null], category: [1, 0], length: 2 },
      funcTable: { name: [1, 2], fileName: [0, null], length: 2 },
      markers: { data: [], length: 0 },
    },
  ],
  shared: { stringArray: ["app.py", "main", "memcpy"] },
};

describe("profiles for the Firefox Profiler", () => {
  it("keep threads, stacks, times and how samples are known, in every mode", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), (blocks, mode) => {
        const recording = recordingOf(
          withTimesEndToEnd([...stableBlocks(blocks)]).map((block) => ({
            ...block,
            samples: { ...block.samples, cpu: block.samples.cpu.map((cpu) => cpu % 2 ** 30) },
          })),
        );
        const text = written(recording, mode);
        const back = read(text);
        for (const shown of mode === "wall" ? (["wall", "cpu", "gil"] as const) : [mode]) {
          const options = { mode: shown, count: "samples" } as const;
          expect(totalsOf(back, options)).toEqual(totalsOf(recording, options));
        }
        expect(back.meta).toEqual({ ...recording.meta, mode });
        for (const { samples, markers } of (JSON.parse(text) as Written).threads) {
          for (const table of [samples, markers])
            for (const column of Object.values(table)) if (Array.isArray(column)) expect(column).toHaveLength(table["length"] as number);
        }
      }),
    );
  });

  it("have a marker for each time that a task waited, with what for", () => {
    const { threads, shared } = JSON.parse(written(recordingOf([...stableBlocks(exampleTaskBlocks)]))) as Written;
    const { markers } = threads[0]!;
    const shown = Array.from({ length: markers.length }, (_, row) => ({
      name: shared.stringArray[markers.name[row]!],
      from: markers.startTime[row],
      to: markers.endTime[row],
      ...(markers.data[row] as unknown as object),
    })).filter((marker) => "what" in marker);
    expect(shown).toEqual([
      { name: "Task-1", from: 0, to: 100, type: "LynceusTask", what: "another task" },
      { name: "reader", from: 0, to: 100, type: "LynceusTask", what: "Lock" },
      { name: "request 12", from: 60, to: 100, type: "LynceusTask", what: "sleep" },
    ]);
  });

  it("have markers for the GIL, for garbage collection and for how samples are known", () => {
    const { threads, shared } = JSON.parse(written(recordingOf([...stableBlocks(exampleBlocks)]))) as Written;
    const { markers } = threads[0]!;
    const shown = Array.from(
      { length: markers.length },
      (_, row) => `${markers.startTime[row]}-${markers.endTime[row]} ${shared.stringArray[markers.name[row]!]}`,
    );
    expect(shown.toSorted()).toEqual(
      [
        "2.0001-3.0004 collects garbage",
        "0-2.0001 verified",
        "2.0001-3.0004 exact",
        "0-4 holds the GIL",
        "3.0004-4 partial",
        "0-4 on a CPU",
        "4-5 waits for the GIL",
        "4-5 paused",
        "5-6 lost",
        "5-6 on a CPU",
        "6-7 verified",
      ].toSorted(),
    );
  });

  it("of others are understood, with tables in each thread", () => {
    const back = read(older);
    const report = formatReport(back, { mode: "wall", by: "line", limit: null });
    expect(report.rows.map(({ name, file, line, kind, own, total }) => [name, file, line, kind, own, total])).toEqual([
      ["memcpy", "", 0, 1, 20e6, 20e6],
      ["main", "app.py", 3, 0, 10e6, 30e6],
    ]);
    expect([back.meta.creator, back.meta.interval, report.time, report.threads]).toMatchObject([
      "somebody",
      10e6,
      40e6,
      [{ pid: 7, tid: 8, name: "MainThread" }],
    ]);
    const [thread] = older.threads;
    const newest = {
      meta: { ...older.meta, preprocessedProfileVersion: 70, sampleUnits: { threadCPUDelta: "µs" } },
      shared: {
        ...older.shared,
        sources: { filename: [0] },
        funcTable: { name: [1, 2], source: [0, null] },
        frameTable: thread!.frameTable,
        stackTable: { frame: [0, 1], prefixOffset: [0, 1] },
      },
      threads: [{ name: "MainThread", pid: "7", tid: 8, samples: { ...thread!.samples, time: undefined, timeDeltas: [10, 10, 10, 970] } }],
    };
    expect(formatReport(read(newest), { mode: "wall", by: "line", limit: null }).rows).toEqual(report.rows);
    expect(formatReport(read(newest), { mode: "cpu", by: "line", limit: null }).time).toBe(10_000);
  });

  it.each([
    ["as Firefox saves them", { ...older, meta: { version: 30 } }, /as Firefox itself saves it/],
    ["of memory", { ...older, threads: [{ ...older.threads[0], samples: { stack: [], weightType: "bytes" } }] }, /not of time/],
    ["with a stack that is not there", { ...older, threads: [{ ...older.threads[0], samples: { stack: [2], time: [1] } }] }, /no stack 2/],
    ["with a stack on itself", { ...older, threads: [{ ...older.threads[0], stackTable: { frame: [0], prefix: [0] } }] }, /no stack 0/],
    ["with no function", { ...older, threads: [{ ...older.threads[0], frameTable: { func: [9] } }] }, /no function 9/],
    ["that subtract", { ...older, threads: [{ ...older.threads[0], samples: { stack: [0], time: [1], weight: [-1] } }] }, /weight -1/],
  ])("%s are refused", (_, file, message) => {
    expect(() => [...read(file).blocks()]).toThrow(message);
  });
});
