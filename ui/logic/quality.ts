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

const explanations: Readonly<Record<Known, string>> = {
  [Known.verified]: "The stack was copied from outside and the copy proved itself: it stood there exactly like this.",
  [Known.exact]: "The thread itself copied its stack at one instant, so it is exact.",
  [Known.paused]: "The thread was paused for some microseconds while its stack was copied.",
  [Known.partial]: "The callers are proved, but what ran on top of them is not known; it shows as a marker.",
  [Known.lost]: "The stack could not be had; the time is kept and shows as a marker.",
  [Known.unchecked]: "Another profiler took the sample, and does not say how it knows the stack.",
};

/** How the samples are known and whether the schedule was kept, in the order of trust. */
export function qualityFigures(...profiles: readonly Pick<Profile, "samples" | "quality">[]): QualityFigure[] {
  const counts = profiles.map(countKnown);
  const known = knownNames.map((_, index) => counts.reduce((sum, count) => sum + count[index]!, 0));
  const rounds = profiles.flatMap(({ quality }) => quality);
  const roundsDue = rounds.reduce((sum, row) => sum + row.roundsDue, 0);
  const roundsLate = rounds.reduce((sum, row) => sum + row.roundsLate, 0);
  const samples = known.reduce((sum, count) => sum + count, 0);
  const isShown = (index: number): boolean => index !== Known.unchecked || known[index]! > 0;
  const figures = knownNames.map((name, index) => ({
    name,
    count: known[index] ?? 0,
    share: samples > 0 ? (known[index] ?? 0) / samples : 0,
    explanation: explanations[index as Known],
    isLoss: index === Known.partial || index === Known.lost,
  }));
  return [
    ...figures.filter((_, index) => isShown(index)),
    {
      name: "late",
      count: roundsLate,
      share: roundsDue > 0 ? roundsLate / roundsDue : 0,
      explanation: "Looks at the program that came late by a whole interval or more and were left out; the time is still counted.",
      isLoss: true,
    },
  ];
}

export type Verdict = "good" | "fair" | "poor" | "unchecked";

/**
 * In one word: whether to trust the picture. Partial and lost samples below 1 % cannot change what is seen. Late looks
 * make it coarser, not wrong: their time is counted with the next one.
 */
export function verdictOf(figures: readonly QualityFigure[]): Verdict {
  const shareOf = (name: string | undefined): number => figures.find((figure) => figure.name === name)?.share ?? 0;
  if (shareOf(knownNames[Known.unchecked]) >= 0.01) return "unchecked";
  const unknown = shareOf(knownNames[Known.partial]) + shareOf(knownNames[Known.lost]);
  if (unknown >= 0.1) return "poor";
  return unknown >= 0.01 || shareOf("late") >= 0.1 ? "fair" : "good";
}

/** Samples by how they are known, in the order of `knownNames`. */
function countKnown(profile: Pick<Profile, "samples">): number[] {
  const counts = knownNames.map(() => 0);
  for (let i = 0; i < profile.samples.length; i++) counts[profile.samples.known[i]!]!++;
  return counts;
}
