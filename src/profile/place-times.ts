import { TupleInterner } from "../base/interner.ts";
import type { StackWeights } from "./stack-weights.ts";
import { type Tables, stringAt } from "./tables-builder.ts";
import { type FrameIndex, type FunctionKind, NONE } from "./tables.ts";

/** A place is a function, or one line of it. */
export type PlaceKind = "function" | "line";

/**
 * Nanoseconds and samples at each place, and at it or in what it called; recursion counts once. The same tables have the
 * same places, whatever the weights.
 */
export interface PlaceTimes {
  readonly count: number;
  /** Some frame of the place. */
  readonly firstFrame: readonly FrameIndex[];
  readonly own: Float64Array;
  readonly total: Float64Array;
  readonly ownSamples: Float64Array;
  readonly totalSamples: Float64Array;
}

/**
 * The stacks are a tree already (parent, frame). Weights are put on it and summed up from the leaves; then one walk
 * from the roots adds a node's total to its place unless that place is open above it, which is what recursion is.
 */
export function timesByPlace(tables: Tables, weights: StackWeights, by: PlaceKind): PlaceTimes {
  const { length, parent, frame } = tables.stacks;
  const own = new Float64Array(length);
  const ownSamples = new Float64Array(length);
  for (let row = 0; row < weights.length; row++) {
    const stack = weights.stackAt(row);
    if (stack === NONE) continue;
    own[stack]! += weights.timeAt(row);
    ownSamples[stack]! += weights.samplesAt(row);
  }
  const total = own.slice();
  const totalSamples = ownSamples.slice();
  const firstChild = new Int32Array(length).fill(NONE);
  const nextSibling = new Int32Array(length).fill(NONE);
  let firstRoot = NONE;
  for (let stack = length - 1; stack >= 0; stack--) {
    const above = parent[stack]!;
    nextSibling[stack] = above === NONE ? firstRoot : firstChild[above]!;
    if (above === NONE) firstRoot = stack;
    else {
      firstChild[above] = stack;
      total[above]! += total[stack]!;
      totalSamples[above]! += totalSamples[stack]!;
    }
  }

  const places = placesOfFrames(tables, by);
  const sums = {
    own: new Float64Array(places.count),
    total: new Float64Array(places.count),
    ownSamples: new Float64Array(places.count),
    totalSamples: new Float64Array(places.count),
  };
  const open = new Int32Array(places.count);
  for (let stack = firstRoot; stack !== NONE;) {
    const place = places.ofFrame[frame[stack]!]!;
    sums.own[place]! += own[stack]!;
    sums.ownSamples[place]! += ownSamples[stack]!;
    if (open[place]!++ === 0) {
      sums.total[place]! += total[stack]!;
      sums.totalSamples[place]! += totalSamples[stack]!;
    }
    let next = firstChild[stack]!;
    // Leave this node, and all above it that have no further child.
    for (let at = stack; next === NONE && at !== NONE; at = parent[at]!) {
      open[places.ofFrame[frame[at]!]!]! -= 1;
      next = nextSibling[at]!;
    }
    stack = next;
  }
  return { ...sums, count: places.count, firstFrame: places.firstFrame };
}

interface Places {
  readonly count: number;
  readonly ofFrame: Int32Array;
  readonly firstFrame: readonly number[];
}

/** Frames of the same function (and line) are one place. */
function placesOfFrames(tables: Tables, by: PlaceKind): Places {
  const { length, line } = tables.frames;
  const places = new TupleInterner(2);
  const ofFrame = new Int32Array(length);
  const firstFrame: number[] = [];
  for (let frame = 0; frame < length; frame++) {
    const place = places.intern(tables.frames.function[frame]!, by === "line" ? line[frame]! : 0);
    if (place === firstFrame.length) firstFrame.push(frame);
    ofFrame[frame] = place;
  }
  return { count: places.size, ofFrame, firstFrame };
}

/** What a place is called; `line` is the line, or the first one of the function. */
export function describePlace(
  tables: Tables,
  frame: FrameIndex,
  by: PlaceKind,
): { readonly name: string; readonly file: string; readonly line: number; readonly kind: FunctionKind } {
  const { functions, frames } = tables;
  const index = frames.function[frame]!;
  return {
    name: stringAt(tables, functions.name[index]!),
    file: stringAt(tables, functions.file[index]!),
    line: by === "line" ? frames.line[frame]! : functions.firstLine[index]!,
    kind: functions.kind[index]! as FunctionKind,
  };
}
