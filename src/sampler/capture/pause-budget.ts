import type { Nanoseconds } from "../../base/units.ts";

/** The share of wall time that pauses may take. */
const share = 0.01;
/** What was not used is kept up to this, a second's worth, and no longer: no long stretch of pauses after a quiet time. */
const most: Nanoseconds = 1e9 * share;
/** How much the newest pause counts in what the next one is expected to take, and what the first is. */
const learningRate = 0.1;
const firstExpected: Nanoseconds = 100_000;

/** Keeps pauses to a share of the time. One that took longer than expected is paid for afterwards. */
export class PauseBudget {
  #credit: Nanoseconds = 0;
  #last: Nanoseconds;
  #expected = firstExpected;

  constructor(now: Nanoseconds) {
    this.#last = now;
  }

  allows(now: Nanoseconds): boolean {
    this.#credit = Math.min(most, this.#credit + (now - this.#last) * share);
    this.#last = now;
    return this.#credit >= this.#expected;
  }

  spend(length: Nanoseconds): void {
    this.#credit -= length;
    this.#expected += learningRate * (length - this.#expected);
  }
}
