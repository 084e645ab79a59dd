import type { Nanoseconds } from "../base/units.ts";
import type { ThreadActivity } from "../os/thread-activity.ts";
import type { SampleIndex } from "../profile/tables.ts";
import type { ThreadTimes } from "./capture/kernel/thread-times.ts";
import type { SampleBuffer } from "./sample-buffer.ts";

/**
 * What was used between two samples goes to both: to the later one alone, a sample late in its interval would get more than
 * one early in it, and so would whatever a program that keeps step with the interval does then.
 */
const leastRows = 2;

/** Of one thread: which of its samples its CPU time goes to. The sum is what the kernel counted. */
export class CpuAccount {
  readonly #samples: SampleBuffer;
  readonly #activity: ThreadActivity;
  /** Null: the sum is only known as of the last tick of the clock, for all samples since then. */
  readonly #times: ThreadTimes | null;
  /** What has been dealt with; -1: nothing yet. */
  #cpuTime: Nanoseconds = -1;
  /** The last row in the buffer, and how many rows the kernel has not yet counted CPU time for. */
  #lastRow: SampleIndex = -1;
  #generation = 0;
  #uncounted = 0;
  /** CPU time of samples that none saw running: short bursts. It goes to the next sample that does. */
  #uncharged: Nanoseconds = 0;

  constructor(samples: SampleBuffer, activity: ThreadActivity, times: ThreadTimes | null) {
    this.#samples = samples;
    this.#activity = activity;
    this.#times = times;
  }

  /** The row before of this thread, for `SampleBuffer.push`; -1 when it has been taken away with a block. */
  rowBefore(): SampleIndex {
    if (this.#generation !== this.#samples.generation) {
      this.#generation = this.#samples.generation;
      this.#lastRow = -1;
      this.#uncounted = 0;
    }
    return this.#lastRow;
  }

  /** The thread is new: what it used before its first sample counts, too. */
  countFromBirth(): void {
    this.#cpuTime = 0;
  }

  /** A row was added, after `ThreadActivity.look`. */
  add(row: SampleIndex): void {
    this.#lastRow = row;
    this.#uncounted++;
    const cpuTime = this.#now();
    if (this.#cpuTime >= 0 && cpuTime > this.#cpuTime) {
      this.#uncharged = this.#samples.chargeCpu(row, Math.max(leastRows, this.#uncounted), cpuTime - this.#cpuTime + this.#uncharged);
      this.#uncounted = 0;
    }
    // What the host of a virtual machine takes away looks like CPU time until the kernel sums up: the next run makes up for it.
    this.#cpuTime = Math.max(this.#cpuTime, cpuTime);
  }

  /** No further sample comes: the last one weighs `wall` more, and what was used since then goes to those that are still here. */
  settle(wall: Nanoseconds): void {
    if (this.rowBefore() < 0) return;
    this.#samples.charge(this.#lastRow, wall, 0);
    if (this.#cpuTime < 0) return;
    this.#activity.look();
    const cpuTime = Math.max(this.#cpuTime, this.#now());
    this.#uncharged = this.#samples.chargeCpu(this.#lastRow, Number.POSITIVE_INFINITY, cpuTime - this.#cpuTime + this.#uncharged);
    this.#cpuTime = cpuTime;
  }

  #now(): Nanoseconds {
    return this.#times?.cpuTime(this.#activity) ?? this.#activity.cpuTime;
  }
}
