import type { Profile } from "../../src/profile/profile.ts";
import { tellsState } from "../../src/profile/activity-times.ts";
import { neededState, type Mode } from "../../src/profile/sample-filter.ts";
import { NONE, State } from "../../src/profile/tables.ts";
import { weightAt } from "../../src/profile/visit-weights.ts";
import type { Nanoseconds } from "../../src/base/units.ts";
import type { Scope } from "./call-trees.ts";

/**
 * By function: how much of its own time, in this mode, it was on a CPU, or may have been where that is not told. What the
 * thread's clock says is at most what passed, but for rounding.
 */
export function busyByFunction(profile: Profile, mode: Mode, scope: Scope): Float64Array {
  const { samples, stacks, frames, threads } = profile;
  const busy = new Float64Array(profile.functions.length);
  const needed = neededState(mode);
  for (let i = 0; i < samples.length; i++) {
    const stack = samples.stack[i]!;
    const thread = samples.thread[i]!;
    if (stack === NONE || (samples.state[i]! & needed) !== needed) continue;
    const isTold = samples.cpu[i]! > 0 || tellsState(samples.state[i]!, samples.known[i]!);
    if (isTold && (samples.state[i]! & State.onCpu) === 0) continue;
    if (scope.kind === "thread" ? thread !== scope.thread : scope.kind === "process" && threads[thread]!.process !== scope.process) continue;
    const wall = samples.wall[i]!;
    const time: Nanoseconds = isTold ? Math.min(samples.cpu[i]!, wall) : wall;
    // In wall time other tasks may have a part of it.
    const part = mode === "wall" && wall > 0 ? weightAt(samples, i, mode) / wall : 1;
    busy[frames.function[stacks.frame[stack]!]!]! += time * part;
  }
  return busy;
}
