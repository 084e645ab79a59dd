import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { recordingOf } from "../../test/golden/example-recording.ts";
import { withTimesEndToEnd } from "../../test/golden/totals.ts";
import { buildCallTree } from "../profile/call-tree.ts";
import { formatDiff } from "../profile/diff.ts";
import { foldTasks, groupByTask } from "../profile/fold-tasks.ts";
import { formatReport } from "../profile/report.ts";
import { stableBlocks } from "../profile/stable-blocks.ts";
import { summarize } from "../profile/stack-weights.ts";
import type { Block, Recording } from "../profile/tables.ts";
import { defaultWriteOptions } from "./format.ts";
import { openRecording } from "./open-recording.ts";
import { bytesSource } from "./recording/byte-source.ts";
import { placeholder } from "./html/html-format.ts";
import { findFormatByName } from "./registry.ts";
import { timeProfileOf } from "./time-profile.ts";

/** What samples share out is what waits tell: of each thread, in each block, as a sampler has it. */
function balanced(block: Block): Block {
  const { samples, waits } = block;
  const shared = new Map<number, number>();
  for (let row = 0; row < waits.length; row++) shared.set(waits.thread[row]!, 0);
  const sharedOut = samples.sharedOut.map((time, row) => {
    const thread = samples.thread[row]!;
    const before = shared.get(thread);
    if (before === undefined) return 0;
    shared.set(thread, before + time);
    return time;
  });
  const wall = waits.wall.map((_, row) => {
    const thread = waits.thread[row]!;
    // All of it to the first, which is as good as any.
    const time = shared.get(thread)!;
    shared.set(thread, 0);
    return time;
  });
  return { ...block, samples: { ...samples, sharedOut }, waits: { ...waits, wall, whole: wall } };
}

const anyRecording = arbitraryBlocks.map((blocks) => recordingOf(withTimesEndToEnd([...stableBlocks(blocks)], 2 ** 20).map(balanced)));

function livesOf(recording: Recording): readonly number[] {
  const lives: number[] = [];
  for (const { samples } of recording.blocks()) {
    for (let row = 0; row < samples.length; row++) lives[samples.thread[row]!] = (lives[samples.thread[row]!] ?? 0) + samples.wall[row]!;
  }
  return Array.from(lives, (life) => life ?? 0);
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe("the time of a thread, whoever has it, is its life", () => {
  it("in every view", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const lives = livesOf(recording);
        const report = formatReport(recording, { mode: "wall", by: "function", limit: null });
        for (const { thread, time } of report.threads) expect(time).toBe(lives[thread]);
        expect(report.time).toBe(sum(lives));
        const { tables, weights } = summarize(recording, { mode: "wall" });
        for (const shape of [tables, foldTasks(tables), groupByTask(foldTasks(tables))]) {
          for (const inverted of [false, true]) {
            const tree = buildCallTree(shape, weights, { by: "function", splitThreads: !inverted, inverted, showCollections: true });
            expect(tree.total[0]).toBe(sum(lives));
          }
        }
        expect(formatDiff(recording, recording, { mode: "wall", by: "function", basis: "run" }).after.time).toBe(sum(lives));
        const { sums } = timeProfileOf(recording, "wall");
        expect(sum(Array.from({ length: sums.length }, (_, row) => sums.timeAt(row)))).toBe(sum(lives));
      }),
    );
  });

  it.each(["lyn", "html", "jsonl", "speedscope", "gecko", "pprof", "otlp", "austin", "mojo", "collapsed"])("in %s, read back", (name) => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const options = {
          ...defaultWriteOptions,
          mode: "wall",
          weight: "time",
          htmlTemplate: `<!doctype html><title>page</title><body>${placeholder}`,
        } as const;
        const lives = livesOf(recording);
        fc.pre(sum(lives) > 100_000);
        const bytes = Buffer.concat([...findFormatByName(name)!.write!(recording, options)].map((piece) => Buffer.from(piece as string)));
        const back = formatReport(openRecording(bytesSource(bytes)), { mode: "wall", by: "function", limit: null });
        // Those that count microseconds lose less than one of each thread, collapsed stacks half a one of each.
        const losses = { austin: lives.length, mojo: lives.length, collapsed: summarize(recording, { mode: "wall" }).weights.length / 2 };
        const unit = 1000 * (losses[name as keyof typeof losses] ?? 0);
        expect(Math.abs(back.time - sum(lives))).toBeLessThanOrEqual(unit);
      }),
      { numRuns: 40 },
    );
  });
});
