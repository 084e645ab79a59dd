import type { Nanoseconds } from "../base/units.ts";
import { State } from "./tables.ts";

/** Wall time by what threads did. */
export interface ActivityTimes {
  /** On a CPU; where that was not told apart, waiting for one, too. */
  onCpu: Nanoseconds;
  waitingForCpu: Nanoseconds;
  /** Waiting for anything else: a lock, a socket, a disk, a time. */
  blocked: Nanoseconds;
  /** By a signal or a debugger. */
  stopped: Nanoseconds;
}

export function noActivity(): ActivityTimes {
  return { onCpu: 0, waitingForCpu: 0, blocked: 0, stopped: 0 };
}

export function addActivity(times: ActivityTimes, state: number, wall: Nanoseconds): void {
  if ((state & State.stopped) !== 0) times.stopped += wall;
  else if ((state & State.waitsForCpu) !== 0) times.waitingForCpu += wall;
  else if ((state & State.onCpu) !== 0) times.onCpu += wall;
  else times.blocked += wall;
}

export function sumActivity(all: readonly ActivityTimes[]): ActivityTimes {
  const sum = noActivity();
  for (const times of all) for (const name of Object.keys(sum) as (keyof ActivityTimes)[]) sum[name] += times[name];
  return sum;
}
