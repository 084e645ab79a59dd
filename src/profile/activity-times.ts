import type { Nanoseconds } from "../base/units.ts";
import { Known, State } from "./tables.ts";

/** Wall time by what threads did. */
export interface ActivityTimes {
  /** On a CPU; where that was not told apart, waiting for one, too. */
  onCpu: Nanoseconds;
  waitingForCpu: Nanoseconds;
  /** Waiting for anything else: a lock, a socket, a disk, a time. */
  blocked: Nanoseconds;
  /** By a signal or a debugger. */
  stopped: Nanoseconds;
  /** Nobody says: most other profilers' files do not. */
  untold: Nanoseconds;
}

export function noActivity(): ActivityTimes {
  return { onCpu: 0, waitingForCpu: 0, blocked: 0, stopped: 0, untold: 0 };
}

/** Whether a sample's `state` means something when no bit of it is set. */
export function tellsState(state: number, known: number): boolean {
  return state !== 0 || known !== Known.unchecked;
}

export function addActivity(times: ActivityTimes, state: number, known: number, wall: Nanoseconds): void {
  if (!tellsState(state, known)) times.untold += wall;
  else if ((state & State.stopped) !== 0) times.stopped += wall;
  else if ((state & State.waitsForCpu) !== 0) times.waitingForCpu += wall;
  else if ((state & State.onCpu) !== 0) times.onCpu += wall;
  else times.blocked += wall;
}

export function sumActivity(all: readonly ActivityTimes[]): ActivityTimes {
  const sum = noActivity();
  for (const times of all) for (const name of Object.keys(sum) as (keyof ActivityTimes)[]) sum[name] += times[name];
  return sum;
}
