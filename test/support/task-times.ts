import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { loadProfile, type Profile } from "../../src/profile/profile.ts";
import { FunctionKind, NONE } from "../../src/profile/tables.ts";
import type { Nanoseconds } from "../../src/base/units.ts";

/** The time of threads that a recording tells of, by names from the root, without classes; those of tasks have a "#" before them. */
export interface TaskTimes {
  readonly waiting: ReadonlyMap<string, Nanoseconds>;
  readonly running: ReadonlyMap<string, Nanoseconds>;
  /** Own time of both together, and the threads' lives. */
  readonly told: Nanoseconds;
  readonly life: Nanoseconds;
}

export function readTaskTimes(file: string): TaskTimes {
  const profile = loadProfile(openRecordingFile(file));
  const { samples, waits } = profile;
  const waiting = new Map<string, Nanoseconds>();
  const running = new Map<string, Nanoseconds>();
  let told = 0;
  let life = 0;
  const add = (to: Map<string, Nanoseconds>, stack: number, time: Nanoseconds): void => {
    told += time;
    const names = stackNames(profile, stack);
    to.set(names, (to.get(names) ?? 0) + time);
  };
  for (let row = 0; row < samples.length; row++) {
    life += samples.wall[row]!;
    add(running, samples.stack[row]!, samples.wall[row]! - samples.sharedOut[row]!);
  }
  for (let row = 0; row < waits.length; row++) add(waiting, waits.stack[row]!, waits.wall[row]!);
  return { waiting, running, told, life };
}

function stackNames({ stacks, frames, functions, strings }: Profile, leaf: number): string {
  const names: string[] = [];
  for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) {
    const func = frames.function[stacks.frame[stack]!]!;
    const name = strings[functions.name[func]!]!;
    names.push(functions.kind[func] === FunctionKind.task ? `#${name}` : name.slice(name.lastIndexOf(".") + 1));
  }
  return names.toReversed().join(" ");
}
