import type { FunctionIndex } from "../../src/profile/tables.ts";

/** Functions whose time is not the same in both, the largest change first, whichever way. */
export function mostChanged(before: Float64Array, after: Float64Array): FunctionIndex[] {
  const size = (index: FunctionIndex): number => Math.abs(after[index]! - before[index]!);
  return [...after.keys()].filter((index) => size(index) > 0).sort((a, b) => size(b) - size(a) || a - b);
}
