import type { Profile } from "../../src/profile/profile.ts";
import { Known, knownNames } from "../../src/profile/tables.ts";

export interface QualityFigure {
  readonly name: string;
  readonly count: number;
  /** Of all samples; for `late`, of all sampling rounds that were due. */
  readonly share: number;
  readonly explanation: string;
  /** True for figures that should be small. */
  readonly isLoss: boolean;
}

const explanations: readonly string[] = [
  "The stack was copied from outside and the copy proved itself: it stood there exactly like this.",
  "The thread itself copied its stack at one instant, so it is exact.",
  "The thread was paused for some microseconds while its stack was copied.",
  "The callers are proved, but what ran on top of them is not known; it shows as a marker.",
  "The stack could not be had; the time is kept and shows as a marker.",
];

/** How the samples are known and whether the schedule was kept, in the order of trust. */
export function qualityFigures(known: readonly number[], roundsDue: number, roundsLate: number): QualityFigure[] {
  const samples = known.reduce((sum, count) => sum + count, 0);
  const figures = knownNames.map((name, index) => ({
    name,
    count: known[index] ?? 0,
    share: samples > 0 ? (known[index] ?? 0) / samples : 0,
    explanation: explanations[index]!,
    isLoss: index === Known.partial || index === Known.lost,
  }));
  return [
    ...figures,
    {
      name: "late",
      count: roundsLate,
      share: roundsDue > 0 ? roundsLate / roundsDue : 0,
      explanation: "Looks at the program that came late by a whole interval or more and were left out; the time is still counted.",
      isLoss: true,
    },
  ];
}

export type Verdict = "good" | "fair" | "poor";

/** In one word: whether to trust the picture. Partial and lost samples below 1 % cannot change what is seen. */
export function verdictOf(figures: readonly QualityFigure[]): Verdict {
  const worst = figures.filter((figure) => figure.isLoss).reduce((sum, figure) => sum + figure.share, 0);
  return worst < 0.01 ? "good" : worst < 0.1 ? "fair" : "poor";
}

/** Samples by how they are known, in the order of `knownNames`. */
export function countKnown(profile: Pick<Profile, "samples">): number[] {
  const counts = knownNames.map(() => 0);
  for (let i = 0; i < profile.samples.length; i++) counts[profile.samples.known[i]!]!++;
  return counts;
}
