import { describe, expect, it } from "vitest";
import { exampleBlocks, exampleMeta, sampleColumns } from "../../test/golden/example-recording.ts";
import type { TimeProfile } from "../formats/time-profile.ts";
import { emptyBlock } from "../profile/empty-block.ts";
import type { Block } from "../profile/tables.ts";
import { Slices } from "./slices.ts";

interface Slice {
  readonly from: number;
  readonly duration: number;
  readonly samples: number;
  readonly time: number;
}

/** Slices share the tables of the recording, so they are looked at when they come. */
function sliced(blocks: readonly Block[], every: number, startedAt: number = exampleMeta.startedAt): readonly Slice[] {
  const slices = new Slices({ ...exampleMeta, startedAt }, "wall", every);
  const seen: Slice[] = [];
  const look = ({ startedAt: begin, duration, sums, tables }: TimeProfile): void => {
    const rows = Array.from({ length: sums.length }, (_, row) => row);
    for (const row of rows) expect(sums.stackAt(row)).toBeLessThan(tables.stacks.length);
    for (const row of rows) expect(sums.threadAt(row)).toBeLessThan(tables.threads.length);
    const sum = (of: (row: number) => number): number => rows.reduce((total, row) => total + of(row), 0);
    const from = Number(begin - BigInt(exampleMeta.startedAt) * 1_000_000n);
    seen.push({ from, duration, samples: sum((row) => sums.samplesAt(row)), time: sum((row) => sums.timeAt(row)) });
  };
  for (const block of blocks) for (const slice of slices.add(block)) look(slice);
  for (const slice of slices.finish()) look(slice);
  return seen;
}

describe("slices", () => {
  it("are cut where a block ends, at the sampler's restarts, and at the end; without gaps", () => {
    expect(sliced(exampleBlocks, 4e6)).toEqual([
      { from: 0, duration: 4_000_000, samples: 6, time: 5_500_600 + 1_000_000 - 1_000_000 },
      { from: 4_000_000, duration: 2_000_000, samples: 2, time: 2_000_000 },
      { from: 6_000_000, duration: 1_250_000, samples: 2, time: 5_999_400 },
    ]);
    expect(sliced(exampleBlocks.slice(0, 2), 60e9)).toEqual([{ from: 0, duration: 6_000_000, samples: 8, time: 7_500_600 }]);
  });

  it("of nothing are none", () => {
    expect(sliced([emptyBlock, { ...emptyBlock, end: { duration: 5e9, reason: "" } }], 1e9)).toEqual([]);
  });

  it("of a recording without a clock are one, of now", () => {
    const [, ...none] = sliced(
      [
        { ...exampleBlocks[0]!, quality: [] },
        { ...emptyBlock, samples: sampleColumns([[9e9, 0, 1, 1e9, 0, 0, 5]]) },
      ],
      1e9,
      0,
    );
    expect(none).toEqual([]);
  });
});
