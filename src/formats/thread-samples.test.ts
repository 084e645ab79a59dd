import fc from "fast-check";
import { expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { recordingOf } from "../../test/golden/example-recording.ts";
import { neededState } from "../profile/sample-filter.ts";
import { stableBlocks } from "../profile/stable-blocks.ts";
import type { SampleColumns } from "../profile/tables.ts";
import { outlineOf, samplesByThread } from "./thread-samples.ts";

function rowsOf(samples: SampleColumns): number[][] {
  return Array.from({ length: samples.length }, (_, row) =>
    [samples.thread, samples.time, samples.stack, samples.wall, samples.cpu, samples.state, samples.known].map((column) => column[row]!),
  );
}

it("each thread's samples are there, in their order, however few may be held at a time", () => {
  fc.assert(
    fc.property(arbitraryBlocks, fc.constantFrom("wall", "cpu", "gil"), fc.nat(20), (blocks, mode, most) => {
      const recording = recordingOf([...stableBlocks(blocks)]);
      const all = [...recording.blocks()].flatMap(({ samples }) => rowsOf(samples)).filter((row) => (row[5]! & neededState(mode)) === neededState(mode));
      const outline = outlineOf(recording, mode);
      const seen: number[] = [];
      for (const samples of samplesByThread(recording, outline, mode, most)) {
        const { thread } = samples;
        seen.push(thread);
        const own = all.filter((row) => row[0] === thread);
        for (let time = 0; time < 2; time++) expect([...samples.chunks()].flatMap(rowsOf)).toEqual(own);
        expect(outline.counts[thread]).toBe(own.length);
      }
      expect(seen).toEqual([...new Set(all.map((row) => row[0]!))].sort((a, b) => a - b));
    }),
  );
});
