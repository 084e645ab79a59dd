import type { Nanoseconds } from "../../../base/units.ts";

/** The share of wall time that pauses may take. */
const share = 0.01;
/** What was not used is kept up to this, a second's worth, and no longer: no long stretch of pauses after a quiet time. */
const most: Nanoseconds = 1e9 * share;
/** How much the newest pause counts in what the next one is expected to take, and what the first is. */
const learningRate = 0.1;
const firstExpected: Nanoseconds = 100_000;

/** Keeps pauses to a share of the time. One that took longer than expected is paid for before the next. */
export class PauseBudget {
  #credit: Nanoseconds = 0;
  #expected = firstExpected;
  #now: Nanoseconds;
  #spent: Nanoseconds = 0;

  constructor(now: Nanoseconds) {
    this.#now = now;
  }

  /** `spent`: all pauses so far, together. */
  allows(now: Nanoseconds, spent: Nanoseconds): boolean {
    const length = spent - this.#spent;
    if (length > 0) this.#expected += learningRate * (length - this.#expected);
    this.#credit = Math.min(most, this.#credit + (now - this.#now) * share) - length;
    this.#now = now;
    this.#spent = spent;
    return this.#credit >= this.#expected;
  }
}
