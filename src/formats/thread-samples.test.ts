import fc from "fast-check";
import { expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { recordingOf } from "../../test/golden/example-recording.ts";
import { neededState } from "../profile/sample-filter.ts";
import { stableBlocks } from "../profile/stable-blocks.ts";
import { newSampleColumns } from "../profile/sample-columns.ts";
import type { Block, SampleColumns, WaitColumns } from "../profile/tables.ts";
import { outlineOf, samplesByThread } from "./thread-samples.ts";

function rowsOf(samples: SampleColumns): number[][] {
  return Array.from({ length: samples.length }, (_, row) =>
    [samples.thread, samples.time, samples.stack, samples.wall, samples.cpu, samples.state, samples.known, samples.task, samples.sharedOut].map(
      (column) => column[row]!,
    ),
  );
}

/** At their ends, of tasks that the thread shares its time with. */
function asSamples(waits: WaitColumns): SampleColumns {
  return {
    ...newSampleColumns(waits.length),
    time: waits.end,
    thread: waits.thread,
    stack: waits.stack,
    wall: waits.wall,
    known: waits.known,
    task: waits.task,
  };
}

it("each thread's samples are there, in their order, however few may be held at a time", () => {
  fc.assert(
    fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), fc.nat(20), (blocks, mode, most) => {
      const recording = recordingOf([...stableBlocks(blocks)]);
      const rowsOfBlock = ({ samples, waits }: Block, thread: number): number[][] => {
        const own = rowsOf(samples).filter((row) => row[0] === thread && (row[5]! & neededState(mode)) === neededState(mode));
        const ofTasks = mode === "wall" ? rowsOf(asSamples(waits)).filter((row) => row[0] === thread && row[3]! > 0) : [];
        return ofTasks.length === 0 ? own : [...own, ...ofTasks].sort((a, b) => a[1]! - b[1]!);
      };
      const all = (thread: number): number[][] => [...recording.blocks()].flatMap((block) => rowsOfBlock(block, thread));
      const outline = outlineOf(recording, mode);
      const seen: number[] = [];
      for (const samples of samplesByThread(recording, outline, mode, most)) {
        const { thread } = samples;
        seen.push(thread);
        const own = all(thread);
        for (let time = 0; time < 2; time++) expect([...samples.chunks()].flatMap(rowsOf)).toEqual(own);
        expect(outline.counts[thread]).toBe(own.length);
      }
      expect(seen).toEqual(outline.tables.threads.map((_, thread) => thread).filter((thread) => all(thread).length > 0));
    }),
  );
});
