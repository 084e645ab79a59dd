import type { Nanoseconds } from "../base/units.ts";
import { type Known, State, knownNames } from "../profile/tables.ts";

/**
 * For what time a sample stands, on a time line: from the thread's sample before it, which is at most two of its weights away where none
 * was missed (each is taken at some moment of its interval), to itself.
 */
export function startOfSample(time: Nanoseconds, wall: Nanoseconds, before: Nanoseconds | null): Nanoseconds {
  if (before !== null && time - before <= 2 * wall) return before;
  return Math.max(before ?? 0, time - wall);
}

/** What a time line shows of samples beside their stacks: what lasts from sample to sample is one interval of that name. */
export interface Track {
  readonly category: string;
  /** Null: nothing to show. */
  readonly nameOf: (state: number, known: Known) => string | null;
}

export const gilNames = { holds: "holds the GIL", waits: "waits for the GIL" } as const;
export const collectingName = "collects garbage";
export const onCpuName = "on a CPU";
export const waitsForCpuName = "waits for a CPU";
export const blockedName = "blocked beyond signals";
export const stoppedName = "stopped";

export const tracks: readonly Track[] = [
  { category: "GIL", nameOf: (state) => ((state & State.holdsGil) !== 0 ? gilNames.holds : (state & State.waitsForGil) !== 0 ? gilNames.waits : null) },
  { category: "GC", nameOf: (state) => ((state & State.collecting) !== 0 ? collectingName : null) },
  { category: "CPU", nameOf: nameOfCpu },
  { category: "known", nameOf: (_, known) => knownNames[known] ?? null },
];

function nameOfCpu(state: number): string | null {
  if ((state & State.waitsForCpu) !== 0) return waitsForCpuName;
  if ((state & State.onCpu) !== 0) return onCpuName;
  if ((state & State.stopped) !== 0) return stoppedName;
  return (state & State.uninterruptible) !== 0 ? blockedName : null;
}

/** The bits of `State` that an interval of this name stands for; null when it is no such name. */
export function stateNamed(name: string): number | null {
  return statesByName.get(name) ?? null;
}

const statesByName: ReadonlyMap<string, number> = new Map([
  [gilNames.holds, State.holdsGil],
  [gilNames.waits, State.waitsForGil],
  [collectingName, State.collecting],
  [onCpuName, State.onCpu],
  [waitsForCpuName, State.onCpu | State.waitsForCpu],
  [blockedName, State.uninterruptible],
  [stoppedName, State.stopped],
]);

/** Of what a thread does; how samples are known has `knownNames`. */
export const intervalNames: readonly string[] = [...statesByName.keys()];

/** Null when it is the name of no way of knowing. */
export function knownNamed(name: string): Known | null {
  const known = knownNames.indexOf(name);
  return known === -1 ? null : (known as Known);
}
