import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { withModestTimes } from "../../test/golden/totals.ts";
import { exampleBlocks, recordingOf } from "../../test/golden/example-recording.ts";
import { type CallTree, NodeKind, buildCallTree } from "./call-tree.ts";
import { type ReportRow, formatReport } from "./report.ts";
import type { Mode, SampleFilter } from "./sample-filter.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { type Summary, summarize } from "./stack-weights.ts";
import { NONE, type Recording, State } from "./tables.ts";

const example = recordingOf([...stableBlocks(exampleBlocks)]);
const topDown = { by: "function", splitThreads: false, inverted: false, showCollections: false } as const;

function summary(mode: Mode, filter: Partial<SampleFilter> = {}): Summary {
  return summarize(example, { mode, ...filter });
}

/** "main>work>work" and what is in it, sorted. */
function spelledOut({ tables }: Summary, tree: CallTree): string[] {
  const paths: string[] = [];
  for (let node = 0; node < tree.length; node++) {
    const ref = tree.ref[node]!;
    const functionAt = (index: number): string => tables.strings[tables.functions.name[index]!]!;
    const kind = tree.kind[node]!;
    const name = {
      [NodeKind.root]: () => "all",
      [NodeKind.process]: () => `${tables.processes[ref]!.pid}`,
      [NodeKind.thread]: () => tables.threadNames[ref]!,
      [NodeKind.function]: () => functionAt(ref),
      [NodeKind.frame]: () => `${functionAt(tables.frames.function[ref]!)}:${tables.frames.line[ref]}`,
      [NodeKind.collection]: () => "gc",
    }[kind]!();
    const parent = tree.parent[node]!;
    paths.push(parent === NONE ? name : `${paths[parent]}>${name}`);
  }
  return paths.map((path, node) => `${path} ${tree.own[node]}/${tree.total[node]} ${tree.ownSamples[node]}/${tree.totalSamples[node]}`).sort();
}

describe("stack weights", () => {
  it("sum up times and samples by thread and stack", () => {
    const { weights } = summary("wall");
    const rows = Array.from({ length: weights.length }, (_, row) => [
      weights.threadAt(row),
      weights.stackAt(row),
      weights.isCollectingAt(row),
      weights.timeAt(row),
      weights.samplesAt(row),
    ]);
    expect(rows).toEqual([
      [0, 1, false, 2_000_000, 2],
      [1, NONE, false, 1_500_600, 2],
      [0, 2, false, 1_000_100, 1],
      [0, 2, true, 1_000_300, 1],
      [0, 4, false, 999_600, 1],
      [0, 3, false, 1_000_000, 1],
      [0, 5, false, 1_000_000, 1],
      [1, 6, false, 4_999_400, 1],
    ]);
  });

  it.each([
    ["wall", 13_500_000, 10],
    ["cpu", 5_789_600, 6],
    ["gil", 8_999_400, 5],
  ] as const)("filter by %s", (mode, time, samples) => {
    const report = formatReport(example, { mode, by: "function", limit: null });
    expect([report.time, report.samples]).toEqual([time, samples]);
  });

  it("filter by thread and process", () => {
    expect(formatReport(example, { mode: "wall", threads: new Set([1]), by: "function", limit: null }).time).toBe(6_500_000);
    expect(formatReport(example, { mode: "wall", processes: new Set([1]), by: "function", limit: null }).samples).toBe(0);
    expect(formatReport(example, { mode: "wall", processes: new Set([0]), by: "function", limit: null }).samples).toBe(10);
  });
});

describe("the call tree", () => {
  it("goes from the root down", () => {
    const wall = summary("wall");
    const tree = spelledOut(wall, buildCallTree(wall.tables, wall.weights, topDown));
    expect(tree).toEqual([
      "all 1500600/13500000 2/10",
      "all>(lost) 1000000/1000000 1/1",
      "all>main 0/6000000 0/6",
      "all>main>(unproved) 999600/999600 1/1",
      "all>main>parse;<b>\n</script> 1000000/1000000 1/1",
      "all>main>work 2000000/4000400 2/4",
      "all>main>work>work 2000400/2000400 2/2",
      "all>run 4999400/4999400 1/1",
    ]);
  });

  it("splits processes and threads, shows collections and lines", () => {
    const wall = summary("wall");
    const tree = spelledOut(wall, buildCallTree(wall.tables, wall.weights, { by: "frame", splitThreads: true, inverted: false, showCollections: true }));
    expect(tree).toContain("all>1234>wörker 1500600/6500000 2/3");
    expect(tree).toContain("all>1234>wörker>run:31 4999400/4999400 1/1");
    expect(tree).toContain("all>1234>MainThread>main:5>work:12>work:14>gc 1000300/1000300 1/1");
  });

  it("inverts", () => {
    const cpu = summary("cpu");
    const tree = spelledOut(cpu, buildCallTree(cpu.tables, cpu.weights, { ...topDown, inverted: true }));
    expect(tree).toContain("all>work 0/2990000 0/3");
    expect(tree).toContain("all>work>work>main 2000000/2000000 2/2");
    const shallow = spelledOut(cpu, buildCallTree(cpu.tables, cpu.weights, { ...topDown, inverted: true, maxDepth: 1 }));
    expect(shallow).toContain("all>work 2990000/2990000 3/3");
  });
});

describe("the report", () => {
  it("counts recursion once", () => {
    const { rows } = formatReport(example, { mode: "wall", by: "function", limit: null });
    expect(rows.map(({ name, line, own, total, ownSamples, totalSamples }) => [name, line, own, total, ownSamples, totalSamples])).toEqual([
      ["run", 30, 4_999_400, 4_999_400, 1, 1],
      ["work", 10, 4_000_400, 4_000_400, 4, 4],
      ["parse;<b>\n</script>", 3, 1_000_000, 1_000_000, 1, 1],
      ["(lost)", 0, 1_000_000, 1_000_000, 1, 1],
      ["(unproved)", 0, 999_600, 999_600, 1, 1],
      ["main", 1, 0, 6_000_000, 0, 6],
    ]);
  });

  it("goes by line, and has a limit, threads and quality", () => {
    const report = formatReport(example, { mode: "wall", by: "line", limit: 2 });
    expect(report.rows.map(({ name, line, own }) => [name, line, own])).toEqual([
      ["run", 31, 4_999_400],
      ["work", 14, 2_000_400],
    ]);
    expect(report.rowCount).toBe(7);
    expect(report.threads.map(({ name, tid, time }) => [name, tid, time])).toEqual([
      ["MainThread", 1234, 7_000_000],
      ["wörker", 1240, 6_500_000],
    ]);
    expect(report.quality).toEqual({ time: 7_000_000, roundsDue: 8, roundsLate: 1, verified: 6, exact: 1, paused: 1, partial: 1, lost: 1, busy: 35_000 });
  });
});

/** The plainest way to say it, for any recording: a set of functions per sample, or wait. */
function slowReport(recording: Recording, mode: Mode): Map<string, [own: number, total: number]> {
  const { tables } = summarize(recording, { mode });
  const sums = new Map<string, [number, number]>();
  const add = (stack: number, time: number): void => {
    const seen = new Set<number>();
    for (let at = stack; at !== NONE; at = tables.stacks.parent[at]!) {
      const index = tables.frames.function[tables.stacks.frame[at]!]!;
      const key = [tables.functions.name, tables.functions.file, tables.functions.firstLine, tables.functions.kind].map((column) => column[index]).join();
      const sum = sums.get(key) ?? [0, 0];
      sums.set(key, sum);
      if (at === stack) sum[0] += time;
      if (!seen.has(index)) sum[1] += time;
      seen.add(index);
    }
  };
  for (const { samples, waits } of recording.blocks()) {
    for (let row = 0; row < samples.length; row++) {
      const state = samples.state[row]!;
      if ((mode === "cpu" && (state & State.onCpu) === 0) || (mode === "gil" && (state & State.holdsGil) === 0)) continue;
      const time = mode === "cpu" ? samples.cpu[row]! : samples.wall[row]! - (mode === "wall" ? samples.sharedOut[row]! : 0);
      add(samples.stack[row]!, time);
    }
    if (mode === "wall") for (let row = 0; row < waits.length; row++) if (waits.wall[row]! > 0) add(waits.stack[row]!, waits.wall[row]!);
  }
  return sums;
}

it("agrees with counting sample by sample, in report and tree", () => {
  fc.assert(
    fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), (blocks, mode: Mode) => {
      const recording = recordingOf([...stableBlocks(withModestTimes(blocks))]);
      const { tables, weights } = summarize(recording, { mode });
      const slow = [...slowReport(recording, mode).values()].map((sums) => sums.join()).sort();
      const rows: readonly ReportRow[] = formatReport(recording, { mode, by: "function", limit: null }).rows;
      expect(rows.map(({ own, total }) => `${own},${total}`).sort()).toEqual(slow);
      for (const inverted of [false, true]) {
        const tree = buildCallTree(tables, weights, { ...topDown, inverted });
        for (let node = 1; node < tree.length; node++) expect(tree.parent[node]).toBeLessThan(node);
        let own = 0;
        for (let node = 0; node < tree.length; node++) own += tree.own[node]!;
        expect(tree.total[0]).toBe(own);
        let children = 0;
        for (let child = tree.firstChild[0]!; child !== NONE; child = tree.nextSibling[child]!) children += tree.total[child]!;
        expect(children + tree.own[0]!).toBe(own);
      }
    }),
  );
});
