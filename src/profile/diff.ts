import { assertNever } from "../base/assert-never.ts";
import type { Nanoseconds } from "../base/units.ts";
import { joinTables, joinWeights, scaleWeights } from "./join-tables.ts";
import { type PlaceKind, type PlaceTimes, describePlace, timesByPlace } from "./place-times.ts";
import type { SampleFilter } from "./sample-filter.ts";
import { type StackWeights, type Summary, summarize } from "./stack-weights.ts";
import type { Tables } from "./tables-builder.ts";
import type { FrameIndex, FunctionKind, Recording } from "./tables.ts";

/**
 * What two recordings are made equal in before they are compared. "run": nothing, each is a whole run. "second": each second
 * of recording. "total": all their time, so that only shares differ.
 */
export type DiffBasis = "run" | "second" | "total";
export const diffBases: readonly DiffBasis[] = ["run", "second", "total"];

export interface DiffOptions {
  readonly by: PlaceKind;
  /** Null: what suits the recordings. */
  readonly basis: DiffBasis | null;
}

/** A time in both recordings. */
export interface Change {
  /** Scaled, if the recordings are. */
  readonly before: Nanoseconds;
  readonly after: Nanoseconds;
  /** A change of no more than this may be chance: of which samples were taken. */
  readonly margin: Nanoseconds;
  /** The change is larger than the margin. */
  readonly isSure: boolean;
}

export interface DiffRow {
  readonly name: string;
  readonly file: string;
  /** By line: that line. By function: its first line. 0 when not known. Of the later recording where that has the function. */
  readonly line: number;
  readonly kind: FunctionKind;
  readonly own: Change;
  readonly total: Change;
}

export interface DiffSide {
  /** Of the samples that the filter let through, before scaling. */
  readonly time: Nanoseconds;
  readonly samples: number;
  readonly duration: Nanoseconds;
}

/** What `lynceus diff` shows, as data. */
export interface Diff {
  readonly basis: DiffBasis;
  /** What times of the earlier recording were multiplied with. */
  readonly scale: number;
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** The largest change of own time first; what may be chance comes last. */
  readonly rows: readonly DiffRow[];
}

/** So sure is it that not one row of a comparison is called changed when only chance made a difference. */
export const confidence = 0.95;

/** One pass through each recording; memory bounded by their different stacks. */
export function formatDiff(before: Recording, after: Recording, options: DiffOptions & SampleFilter): Diff {
  return buildDiff(summarize(before, options), summarize(after, options), options);
}

export function buildDiff(before: Summary, after: Summary, options: DiffOptions): Diff {
  const sides = { before: sideOf(before), after: sideOf(after) };
  const basis = options.basis ?? usualBasis(before, after);
  const scale = scaleOf(basis, sides.before, sides.after);
  const tables = joinTables(before.tables, after.tables);
  const places = comparePlaces(tables, joinWeights(before.weights, tables.before), joinWeights(after.weights, tables.after), scale, options.by);
  const rows = places.map(({ frame, own, total }) => ({ ...describePlace(tables, frame, options.by), own, total }));
  return { basis, scale, ...sides, rows: rows.sort(mostChangedFirst) };
}

export interface PlaceChange {
  /** Some frame of the place. */
  readonly frame: FrameIndex;
  readonly own: Change;
  readonly total: Change;
}

/** Every place that has time in either. The weights' indices are those of `tables`; `scale` is what times before are multiplied with. */
export function comparePlaces(tables: Tables, before: StackWeights, after: StackWeights, scale: number, by: PlaceKind): PlaceChange[] {
  const [first, second] = [countPlaces(tables, before, by), countPlaces(tables, after, by)];
  const places = Array.from({ length: first.times.count }, (_, place) => place).filter(
    (place) => first.times.totalSamples[place]! + second.times.totalSamples[place]! > 0,
  );
  // Each place is asked twice, for its own time and for its total.
  const deviations = quantile(1 - (1 - confidence) / (2 * Math.max(1, 2 * places.length)));
  const change = (column: "own" | "total", place: number): Change => {
    const [a, b] = [first.times[column][place]! * scale, second.times[column][place]!];
    const margin = deviations * Math.sqrt(scale ** 2 * variance(column, place, first) + variance(column, place, second));
    return { before: a, after: b, margin, isSure: Math.abs(b - a) > margin };
  };
  return places.map((place) => ({ frame: first.times.firstFrame[place]!, own: change("own", place), total: change("total", place) }));
}

export function changeOf({ before, after }: Change): Nanoseconds {
  return after - before;
}

/** Two whole runs are compared as they are, pieces of two services by the second. A file of which nobody knows what it counts has only shares. */
export function usualBasis(before: Pick<Summary, "meta" | "end">, after: Pick<Summary, "meta" | "end">): DiffBasis {
  const all = [before, after];
  if (all.some(({ meta }) => meta.interval === 0)) return "total";
  return all.every(({ end }) => end?.reason === "the program ended") ? "run" : "second";
}

/** What the earlier recording is multiplied with; 1 where there is nothing to compare with. */
export function scaleOf(basis: DiffBasis, before: DiffSide, after: DiffSide): number {
  switch (basis) {
    case "run":
      return 1;
    case "second":
      return before.duration > 0 && after.duration > 0 ? after.duration / before.duration : 1;
    case "total":
      return before.time > 0 && after.time > 0 ? after.time / before.time : 1;
    default:
      return assertNever(basis);
  }
}

export function sideOf({ weights, end, quality }: Pick<Summary, "weights" | "end" | "quality">): DiffSide {
  let time = 0;
  let samples = 0;
  for (let row = 0; row < weights.length; row++) {
    time += weights.timeAt(row);
    samples += weights.samplesAt(row);
  }
  return { time, samples: Math.round(samples), duration: end?.duration ?? quality.at(-1)?.time ?? time };
}

/** What the variance of a place's time needs. */
interface Counts {
  readonly times: PlaceTimes;
  /** Sums of squares in place of times. */
  readonly squares: PlaceTimes;
  /** Time of all samples, the sum of their squares, and the square of a usual one. */
  readonly whole: Nanoseconds;
  readonly allSquares: number;
  readonly usualSquare: number;
}

function countPlaces(tables: Tables, weights: StackWeights, by: PlaceKind): Counts {
  let [whole, allSquares, samples] = [0, 0, 0];
  for (let row = 0; row < weights.length; row++) {
    whole += weights.timeAt(row);
    allSquares += weights.squaresAt(row);
    samples += weights.samplesAt(row);
  }
  const squares: StackWeights = { ...scaleWeights(weights, 1), timeAt: (row) => weights.squaresAt(row) };
  return {
    times: timesByPlace(tables, weights, by),
    squares: timesByPlace(tables, squares, by),
    whole,
    allSquares,
    usualSquare: samples > 0 ? allSquares / samples : 0,
  };
}

/**
 * Of the time of a place, estimated from samples that were taken independently of each other: binomial, for samples that
 * do not stand for the same time each. With one more sample in the place and one outside (Agresti and Coull), so that what
 * was never seen is not thought impossible.
 */
function variance(column: "own" | "total", place: number, { times, squares, whole, allSquares, usualSquare }: Counts): number {
  if (whole <= 0) return 0;
  const share = Math.min(1, times[column][place]! / whole);
  const inside = squares[column][place]! + usualSquare;
  const outside = Math.max(0, allSquares - squares[column][place]!) + usualSquare;
  return (1 - share) ** 2 * inside + share ** 2 * outside;
}

/** Of the standard normal distribution, for `probability` > 0.5; to 0.0005 (Abramowitz and Stegun 26.2.23). */
function quantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - probability));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3);
}

function mostChangedFirst(a: DiffRow, b: DiffRow): number {
  const sure = (row: DiffRow): number => Number(row.own.isSure || row.total.isSure);
  const size = (change: Change): number => Math.abs(changeOf(change));
  return sure(b) - sure(a) || size(b.own) - size(a.own) || size(b.total) - size(a.total);
}
