import type { Nanoseconds } from "../base/units.ts";

/** Each row makes up for so much of what those before it left over or took too much. */
const correction = 1 / 8;

/**
 * The time of one thread that its own clock samples. It has two kinds of rows: those made while it was on a CPU weigh the time between two copies,
 * those of looks from outside its time off the CPU since the last one that found it so. The sums are what the kernel counted.
 */
export class ClockAccount {
  /** What has been dealt with; -1: nothing yet. */
  #cpuTime: Nanoseconds = -1;
  /** Not yet in a row; less than nothing when rows have more than was counted. */
  #onCpu: Nanoseconds = 0;
  #offCpu: Nanoseconds = 0;
  /** What `#onCpu` was when time was last counted, as far as rows have not made up for it. */
  #owed: Nanoseconds = 0;

  /** `wall` went by since the last time; `cpuTime` is the sum of all that the thread used. */
  count(wall: Nanoseconds, cpuTime: Nanoseconds): void {
    const used = this.#cpuTime < 0 ? 0 : Math.max(0, cpuTime - this.#cpuTime);
    this.#cpuTime = Math.max(this.#cpuTime, cpuTime);
    this.#onCpu += used;
    this.#offCpu += wall - used;
    this.#owed = this.#onCpu;
  }

  /** What a row weighs that stands for so much time on a CPU. */
  weighOnCpu(time: Nanoseconds): Nanoseconds {
    const weight = Math.max(0, time + Math.trunc(this.#owed * correction));
    this.#owed -= weight - time;
    this.#onCpu -= weight;
    return weight;
  }

  /** What a row weighs that found the thread on no CPU. */
  weighOffCpu(): Nanoseconds {
    const weight = Math.max(0, this.#offCpu);
    this.#offCpu -= weight;
    return weight;
  }

  /** What is in no row yet; of time on a CPU also what rows had too much, but not more than `most` of it. */
  takeRest(most: Nanoseconds): { readonly onCpu: Nanoseconds; readonly offCpu: Nanoseconds } {
    const rest = { onCpu: Math.max(-most, this.#onCpu), offCpu: Math.max(0, this.#offCpu) };
    this.#onCpu -= rest.onCpu;
    this.#offCpu -= rest.offCpu;
    return rest;
  }
}
