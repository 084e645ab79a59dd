import { tellsState } from "../../src/profile/activity-times.ts";
import { State } from "../../src/profile/tables.ts";
import type { Nanoseconds } from "../../src/base/units.ts";
import type { Profile } from "../../src/profile/profile.ts";

export interface Activity {
  /** How long the thread was watched, how much CPU time it used of that, and how long it held the GIL. */
  wall: Nanoseconds;
  cpu: Nanoseconds;
  gil: Nanoseconds;
  /** How long it would have run, but was on no CPU; 0 where that is not told. */
  waiting: Nanoseconds;
  /** For how long all that is told: most other profilers' files say nothing of it. */
  told: Nanoseconds;
}

/** By thread, over all samples, whatever is chosen to be shown. */
export function activityByThread(profile: Profile): readonly Activity[] {
  const { samples } = profile;
  const sums = profile.threads.map(() => ({ wall: 0, cpu: 0, gil: 0, waiting: 0, told: 0 }));
  for (let i = 0; i < samples.length; i++) {
    const sum = sums[samples.thread[i]!];
    if (sum === undefined) continue;
    sum.wall += samples.wall[i]!;
    sum.cpu += samples.cpu[i]!;
    if (samples.cpu[i]! > 0 || tellsState(samples.state[i]!, samples.known[i]!)) sum.told += samples.wall[i]!;
    if ((samples.state[i]! & State.holdsGil) !== 0) sum.gil += samples.wall[i]!;
    if ((samples.state[i]! & State.waitsForCpu) !== 0) sum.waiting += samples.wall[i]!;
  }
  return sums;
}

/** By process, of its threads. */
export function activityByProcess(profile: Profile, threads: readonly Activity[]): readonly Activity[] {
  const sums = profile.processes.map(() => ({ wall: 0, cpu: 0, gil: 0, waiting: 0, told: 0 }));
  for (const [thread, { process }] of profile.threads.entries()) {
    const sum = sums[process];
    const of = threads[thread];
    if (sum === undefined || of === undefined) continue;
    sum.wall += of.wall;
    sum.cpu += of.cpu;
    sum.gil += of.gil;
    sum.waiting += of.waiting;
    sum.told += of.told;
  }
  return sums;
}
