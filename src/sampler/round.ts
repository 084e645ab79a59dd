import type { Nanoseconds } from "../base/units.ts";

/** A point in time on both clocks: time goes on while the machine sleeps, weights do not. */
export interface Moment {
  /** Since the recording began. */
  readonly boottime: Nanoseconds;
  readonly monotonic: Nanoseconds;
}

/** One look at every thread. */
export interface Round extends Moment {
  /**
   * Samples weigh what went by up to here, on the monotonic clock: the start of the round's interval. Were it the moment of
   * the sample, what is met late in the interval would weigh more than what is met early.
   */
  readonly weighedTo: Nanoseconds;
  /** The start of the interval in which the round is: later than `weighedTo` while rounds are made up for. */
  readonly reached: Nanoseconds;
  /** What the first sample of a thread weighs: it is there for all that lived in this interval. 0 in the first round of all. */
  readonly firstWeight: Nanoseconds;
}
