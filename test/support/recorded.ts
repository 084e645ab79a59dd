import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { type Profile, loadProfile } from "../../src/profile/profile.ts";
import { NONE, type SampleIndex } from "../../src/profile/tables.ts";

/** A recording as the tests ask about it. */
export interface Recorded {
  readonly profile: Profile;
  /** Names of the functions, root first. */
  readonly stack: (sample: SampleIndex) => readonly string[];
  /** The last name that its thread had. */
  readonly threadName: (sample: SampleIndex) => string;
  /** Those of all samples, in their order, that `keep` says. */
  readonly samples: (keep?: (sample: SampleIndex) => boolean) => readonly SampleIndex[];
  /** Of these samples, the sum of a column, by default of nanoseconds on the wall clock. */
  readonly sum: (samples: readonly SampleIndex[], column?: "wall" | "cpu") => number;
  /** All functions that stand in some stack. */
  readonly functions: () => ReadonlySet<string>;
}

export function loadRecorded(file: string): Recorded {
  const profile = loadProfile(openRecordingFile(file));
  const { stacks, frames, functions, strings, samples, threadNames } = profile;
  const namesOf = (leaf: number): readonly string[] => {
    const names: string[] = [];
    for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) names.push(strings[functions.name[frames.function[stacks.frame[stack]!]!]!]!);
    return names.toReversed();
  };
  return {
    profile,
    stack: (sample) => namesOf(samples.stack[sample]!),
    threadName: (sample) => threadNames[samples.thread[sample]!]!,
    samples: (keep = () => true) => Array.from({ length: samples.length }, (_, sample) => sample).filter(keep),
    sum: (chosen, column = "wall") => chosen.reduce((total, sample) => total + samples[column][sample]!, 0),
    functions: () => new Set(Array.from({ length: functions.length }, (_, row) => strings[functions.name[row]!]!)),
  };
}
