import type { Nanoseconds } from "../base/units.ts";

/**
 * How long a loop does not look at its events, of a thread: how long what comes at some moment waits for the loop's next idle look. Told by
 * samples, so it is the most that it can be: a look without rest between two tasks is not seen.
 */
export interface LoopLag {
  /** Of the time that was looked at, in which the loop had no rest. */
  readonly busy: Nanoseconds;
  readonly time: Nanoseconds;
  /** Of all moments, half are followed by a look within `median`; 99 of 100 within `p99`, 999 of 1,000 within `p999`. */
  readonly median: Nanoseconds;
  readonly p99: Nanoseconds;
  readonly p999: Nanoseconds;
  readonly longest: Nanoseconds;
}

/** Steps of 5 %, from 1 us to 20 minutes. */
const step = 1.05;
const smallest: Nanoseconds = 1000;
const binCount = 430;

/** Times between idle looks, as a histogram: recordings may last for days. */
export class LagCounter {
  readonly #counts = new Float64Array(binCount);
  readonly #sums = new Float64Array(binCount);
  #busy: Nanoseconds = 0;
  #time: Nanoseconds = 0;
  #longest: Nanoseconds = 0;
  #spell: Nanoseconds = 0;

  /** The loop rested, or did not, for `wall`. */
  add(wall: Nanoseconds, isIdle: boolean): void {
    this.#time += wall;
    if (isIdle) return this.#endSpell();
    this.#busy += wall;
    this.#spell += wall;
  }

  finish(): LoopLag {
    this.#endSpell();
    const within = (share: number): Nanoseconds => this.#exceededFor(this.#time * (1 - share));
    return { busy: this.#busy, time: this.#time, median: within(0.5), p99: within(0.99), p999: within(0.999), longest: this.#longest };
  }

  #endSpell(): void {
    const length = this.#spell;
    this.#spell = 0;
    if (length === 0) return;
    const bin = Math.min(binCount - 1, Math.max(0, Math.floor(Math.log(length / smallest) / Math.log(step))));
    this.#counts[bin]! += 1;
    this.#sums[bin]! += length;
    this.#longest = Math.max(this.#longest, length);
  }

  /**
   * The wait that moments of `time` in all exceed. In a spell of length L, those that wait for more than w are its first L - w. That
   * is a line between the means of two bins.
   */
  #exceededFor(time: Nanoseconds): Nanoseconds {
    let [count, sum] = [0, 0];
    for (let bin = binCount - 1; bin >= 0; bin--) {
      if (this.#counts[bin] === 0) continue;
      const length = this.#sums[bin]! / this.#counts[bin]!;
      // With a wait of `length`, the longer spells alone are exceeded, each by what it is longer.
      if (sum - count * length > time) return Math.max(0, (sum - time) / count);
      count += this.#counts[bin]!;
      sum += this.#sums[bin]!;
    }
    return count === 0 || sum <= time ? 0 : (sum - time) / count;
  }
}
