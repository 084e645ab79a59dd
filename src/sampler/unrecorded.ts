import type { Nanoseconds, Pid } from "../base/units.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { listDescendants, readStat } from "../os/processes.ts";
import { Chore } from "./chore.ts";
import { ProcessSampler, type ProcessSetup } from "./process-sampler.ts";

/** Looked for this often, and for at most this part of the time: nobody asked for them. */
const pause: Nanoseconds = 500e6;
const share = 1 / 200;
const longestPause: Nanoseconds = 30e9;
const mostProcesses = 1000;
/** In one look; the others are met in the next. */
const mostTries = 4;
const mostKept = 100_000;

/** A Python process that is sampled. */
export interface Recorded {
  readonly pid: Pid;
  readonly imageMark: string;
  readonly runtime: RuntimeLocation;
}

/** Counts the Python processes that were left out because they run below others that are recorded: what -C would add. */
export class Unrecorded {
  readonly #setup: ProcessSetup;
  /** The programs that were found to be Python, or not, by their ids. */
  readonly #marks = new Map<Pid, string>();
  readonly #looks = new Chore(share, longestPause);
  /** So far, those that have ended included. */
  count = 0;

  constructor(setup: ProcessSetup) {
    this.#setup = setup;
  }

  lookWhenDue(now: Nanoseconds, recorded: () => Iterable<Recorded>): void {
    this.#looks.doWhenDue(now, pause, () => this.look(recorded()));
  }

  look(recorded: Iterable<Recorded>): void {
    let tries = mostTries;
    if (this.#marks.size > mostKept) this.#marks.clear();
    for (const parent of recorded) {
      for (const pid of listDescendants(parent.pid, mostProcesses)) {
        const mark = readStat(pid)?.imageMark;
        if (mark === undefined || this.#marks.get(pid) === mark) continue;
        if (tries-- === 0) return;
        const isCopy = mark === parent.imageMark;
        const begun = ProcessSampler.begin(pid, { ...this.#setup, inherited: isCopy ? parent.runtime : null });
        if (begun.ok) begun.value.close();
        // It may still become one.
        else if (begun.error.kind === "not-initialised") continue;
        if (begun.ok) this.count++;
        this.#marks.set(pid, mark);
      }
    }
  }
}
