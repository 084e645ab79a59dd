import type { Nanoseconds } from "../base/units.ts";
import { NONE, type TaskIndex } from "./tables.ts";

/**
 * How long a loop does not look at its events, of a thread: how long what comes at some moment waits for the loop's next look. Told by samples, so it
 * is the most that it can be: a look without rest between two tasks is seen only where one of them has another turn.
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

/** Lengths: recordings may last for days. */
class Histogram {
  readonly #counts = new Float64Array(binCount);
  readonly #sums = new Float64Array(binCount);

  add(length: Nanoseconds): void {
    const bin = Math.min(binCount - 1, Math.max(0, Math.floor(Math.log(length / smallest) / Math.log(step))));
    this.#counts[bin]! += 1;
    this.#sums[bin]! += length;
  }

  /** By how much lengths are more than `limit`, added up. */
  excess(limit: Nanoseconds): Nanoseconds {
    let excess = 0;
    for (let bin = 0; bin < binCount; bin++) excess += Math.max(0, this.#sums[bin]! - this.#counts[bin]! * limit);
    return excess;
  }
}

/** Times from one look at events to the next. */
export class LagCounter {
  /** From the first moment after a look to the end of the next one, and how much of these times others begin with again: nobody knows when exactly a loop looked. */
  readonly #waits = new Histogram();
  readonly #overlaps = new Histogram();
  #busy: Nanoseconds = 0;
  #time: Nanoseconds = 0;
  #longest: Nanoseconds = 0;
  /** Since the loop rested last, and where in it the time begins that is not counted yet. */
  #spell: Nanoseconds = 0;
  #begin: Nanoseconds = 0;
  /** When each task was seen last, in the spell, since the last look that is known. */
  readonly #seen = new Map<TaskIndex, Nanoseconds>();
  /** Of those, the ones whose turn may go on: one that is started at once runs within another's turn. */
  readonly #open: TaskIndex[] = [];

  /** The loop rested, or did not, for `wall`. `task` had the thread then; a loop gives it no second turn before it has looked at its events. */
  add(wall: Nanoseconds, isIdle: boolean, task: TaskIndex = NONE): void {
    this.#time += wall;
    if (isIdle) return this.#endSpell();
    this.#busy += wall;
    this.#spell += wall;
    if (task !== NONE) this.#noteTurn(task);
  }

  finish(): LoopLag {
    this.#endSpell();
    const within = (share: number): Nanoseconds => this.#exceededFor(this.#time * (1 - share));
    return { busy: this.#busy, time: this.#time, median: within(0.5), p99: within(0.99), p999: within(0.999), longest: this.#longest };
  }

  #noteTurn(task: TaskIndex): void {
    const before = this.#seen.get(task);
    const at = this.#open.indexOf(task);
    if (at >= 0) this.#open.length = at + 1;
    else {
      if (before !== undefined) this.#noteLook(before);
      this.#open.push(task);
    }
    this.#seen.set(task, this.#spell);
  }

  /** It was after `earliest`. */
  #noteLook(earliest: Nanoseconds): void {
    this.#count(this.#begin);
    if (this.#spell > earliest) this.#overlaps.add(this.#spell - earliest);
    this.#begin = earliest;
    this.#seen.clear();
    this.#open.length = 0;
  }

  #endSpell(): void {
    if (this.#spell > 0) this.#count(this.#begin);
    this.#spell = 0;
    this.#begin = 0;
    this.#seen.clear();
    this.#open.length = 0;
  }

  #count(begin: Nanoseconds): void {
    const length = this.#spell - begin;
    if (length > 0) this.#waits.add(length);
    this.#longest = Math.max(this.#longest, length);
  }

  /**
   * The wait that moments of `time` in all exceed. Of a time of length L up to a look, those that wait for more than w are its first L - w.
   */
  #exceededFor(time: Nanoseconds): Nanoseconds {
    const exceeds = (wait: Nanoseconds): boolean => this.#waits.excess(wait) - this.#overlaps.excess(wait) > time;
    if (!exceeds(0)) return 0;
    let [low, high] = [0, this.#longest];
    for (let steps = 0; steps < 50; steps++) {
      const middle = (low + high) / 2;
      if (exceeds(middle)) low = middle;
      else high = middle;
    }
    return high;
  }
}
