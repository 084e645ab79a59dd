import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, recordingOf } from "../../../test/golden/example-recording.ts";
import { totalsOf, withModestTimes } from "../../../test/golden/totals.ts";
import { formatReport } from "../../profile/report.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { Known, type Recording } from "../../profile/tables.ts";
import { defaultWriteOptions } from "../format.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { speedscopeFormat } from "./speedscope-format.ts";
import { threadNamed } from "./thread-names.ts";

function written(recording: Recording, mode: "wall" | "cpu" | "gil"): string {
  return [...speedscopeFormat.write!(recording, { ...defaultWriteOptions, mode })].join("");
}

function read(text: string | object): Recording {
  return speedscopeFormat.read!(bytesSource(Buffer.from(typeof text === "string" ? text : JSON.stringify(text))));
}

const frames = [
  { name: "main", file: "app.py", line: 3 },
  { name: "work", file: "app.py", line: 9, col: null },
];
const sampled = {
  type: "sampled",
  name: 'Process 7 Thread 8 "pool"',
  unit: "seconds",
  startValue: 0,
  endValue: 0.03,
  samples: [[0], [0, 1], []],
  weights: [0.01, 0.01, 0.01],
};

describe("speedscope", () => {
  it("keeps threads, stacks, times and how they are known, in every mode", () => {
    fc.assert(
      fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), (blocks, mode) => {
        const recording = recordingOf([...stableBlocks(withModestTimes(blocks))]);
        const text = written(recording, mode);
        const back = read(text);
        expect(totalsOf(back, { mode, count: "samples" })).toEqual(totalsOf(recording, { mode, count: "samples" }));
        expect(back.meta).toEqual({ ...recording.meta, mode });
        expect(() => JSON.parse(text)).not.toThrow();
      }),
    );
  });

  it("has a profile per thread, whose weights add up, and shows the busiest", () => {
    const file = JSON.parse(written(recordingOf([...stableBlocks(exampleBlocks)]), "cpu"));
    expect(file.profiles.map(({ name, unit, endValue }: Record<string, unknown>) => [name, unit, endValue])).toEqual([
      ["MainThread", "nanoseconds", 4_989_600],
      ["wörker", "nanoseconds", 800_000],
    ]);
    expect(file.activeProfileIndex).toBe(0);
    for (const { endValue, samples, weights } of file.profiles) {
      expect(samples).toHaveLength(weights.length);
      expect(weights.reduce((sum: number, weight: number) => sum + weight, 0)).toBe(endValue);
    }
  });

  it("understands what others write, whatever the order", () => {
    const file = { profiles: [sampled], shared: { frames }, $schema: "https://www.speedscope.app/file-format-schema.json", exporter: "py-spy@0.4.0" };
    const report = formatReport(read(file), { mode: "wall", by: "line", limit: null });
    expect([report.meta.creator, report.time, report.samples, report.threads]).toMatchObject([
      "py-spy@0.4.0",
      30_000_000,
      3,
      [{ pid: 7, tid: 8, name: "pool" }],
    ]);
    expect(report.rows.map(({ name, line, own }) => [name, line, own])).toEqual([
      ["main", 3, 10_000_000],
      ["work", 9, 10_000_000],
    ]);
    for (const { samples } of read(file).blocks()) expect([...samples.known]).toEqual([Known.unchecked, Known.unchecked, Known.unchecked]);
  });

  it("understands profiles of events", () => {
    const events = [
      { type: "O", at: 1000, frame: 0 },
      { type: "O", at: 1010, frame: 1 },
      { type: "C", at: 1030, frame: 1 },
      { type: "C", at: 1031, frame: 0 },
      { type: "O", at: 1040, frame: 1 },
      { type: "C", at: 1050, frame: 1 },
    ];
    const file = { profiles: [{ type: "evented", name: "x", unit: "milliseconds", startValue: 1000, endValue: 1050, events }], shared: { frames } };
    const { rows, time } = formatReport(read(file), { mode: "wall", by: "function", limit: null });
    expect([time, ...rows.map(({ name, own, total }) => [name, own, total])]).toEqual([41e6, ["work", 30e6, 30e6], ["main", 11e6, 31e6]]);
  });

  it("takes Austin's wall profile and not the CPU profile of the same samples, and no memory", () => {
    const profile = (prefix: string, unit: string): object => ({ ...sampled, name: `${prefix} profile for 7:0:8`, unit });
    const profiles = [profile("CPU time", "microseconds"), profile("Memory allocation", "bytes"), profile("Wall time", "microseconds")];
    const report = formatReport(read({ profiles, shared: { frames } }), { mode: "wall", by: "line", limit: null });
    expect([report.samples, report.threads]).toMatchObject([3, [{ pid: 7, tid: 8, name: "" }]]);
    const cpu = read({ profiles: [profiles[0]], shared: { frames } });
    expect([cpu.meta.mode, formatReport(cpu, { mode: "cpu", by: "line", limit: null }).samples]).toEqual(["cpu", 3]);
    expect(() => read({ profiles: [profiles[1]], shared: { frames } })).toThrow(/profile of memory/);
    expect([threadNamed("Thread 0x7F00").tid, threadNamed("a tab").name, threadNamed("Wall time profile for 1:2:MainThread")]).toEqual([
      0x7f00,
      "a tab",
      { pid: 1, interpreter: 2, tid: 0, name: "MainThread" },
    ]);
  });

  it.each([
    ["a frame that is not there", { ...sampled, samples: [[2]] }],
    ["half a frame", { ...sampled, samples: [[0.5]] }],
    ["a weight too few", { ...sampled, weights: [1] }],
    ["a weight below nothing", { ...sampled, weights: [-1, 1, 1] }],
    ["more time than there is", { ...sampled, weights: [9e6, 9e6, 1] }],
  ])("refuses %s", (_, profile) => {
    expect(() => [...read({ profiles: [profile], shared: { frames } }).blocks()]).toThrow(/./);
  });
});
