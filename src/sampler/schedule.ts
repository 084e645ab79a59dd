import type { Nanoseconds } from "../base/units.ts";

/**
 * When to look next: deadlines at whole intervals from the start, so that lateness never adds up. A round that could
 * not begin before the next one was due is dropped and counted.
 */
export class Schedule {
  readonly #interval: Nanoseconds;
  #next: Nanoseconds;
  due = 0;
  late = 0;

  constructor(interval: Nanoseconds, start: Nanoseconds) {
    this.#interval = interval;
    this.#next = start;
  }

  get deadline(): Nanoseconds {
    return this.#next;
  }

  /** Call when a round begins: sets the deadline after it, past those that went by already. */
  begin(now: Nanoseconds): void {
    const missed = Math.max(0, Math.floor((now - this.#next) / this.#interval));
    this.due += 1 + missed;
    this.late += missed;
    this.#next += (1 + missed) * this.#interval;
  }
}
