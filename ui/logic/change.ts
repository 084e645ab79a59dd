import type { Nanoseconds } from "../../src/base/units.ts";
import { formatTime } from "./format.ts";

/** A change of less than this of all time is not worth a full colour, however large it is for the function. */
const worthAColour = 0.005;

/**
 * How much something changed, from -1 (it is gone) to 1 (it is new), 0 for not at all. What is small in the whole is
 * closer to 0: of few samples any change may be chance.
 */
export function relativeChange(before: Nanoseconds, after: Nanoseconds, whole: Nanoseconds): number {
  const sum = before + after;
  if (!(sum > 0)) return 0;
  const weight = whole > 0 ? Math.min(1, Math.abs(after - before) / (worthAColour * whole)) : 1;
  // The root, so that a tenth more can be seen beside what is new.
  return Math.sign(after - before) * Math.sqrt(Math.abs(after - before) / sum) * weight;
}

/** "+193 ms", "-1.20 s", "0 s" */
export function formatChange(before: Nanoseconds, after: Nanoseconds): string {
  const change = after - before;
  return change === 0 ? "0 s" : `${change > 0 ? "+" : "\u2212"}${formatTime(Math.abs(change))}`;
}

/** "+12.3 %" of what it was; "new", "gone", and a factor where a percentage would be long. */
export function formatRatio(before: Nanoseconds, after: Nanoseconds): string {
  if (!(before > 0)) return after > 0 ? "new" : "";
  if (!(after > 0)) return "gone";
  const ratio = after / before;
  if (ratio >= 10) return `${ratio.toFixed(ratio < 100 ? 1 : 0)} times`;
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? "\u2212" : "+"}${Math.abs(percent).toFixed(1)} %`;
}
