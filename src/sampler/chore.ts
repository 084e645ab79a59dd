import type { Nanoseconds } from "../base/units.ts";
import { threadCpuNow } from "../os/clock.ts";

/** Work that comes again and again, and may take a certain part of this thread's time, so that sampling keeps the rest. */
export class Chore {
  readonly #share: number;
  readonly #longest: Nanoseconds;
  /** What it may take before its share counts: code that runs for the first times is slow. */
  #credit: Nanoseconds;
  #next: Nanoseconds = 0;

  /** `longest`: it comes again after that, whatever it takes. `credit`: what it may take at first, over its share. */
  constructor(share: number, longest: Nanoseconds, credit: Nanoseconds = 0) {
    this.#share = share;
    this.#longest = longest;
    this.#credit = credit;
  }

  /** Does it when it is due; then it is due after `pause`, or later when it took long. Its CPU time counts: on a busy machine all takes long. */
  doWhenDue(now: Nanoseconds, pause: Nanoseconds, work: () => void): void {
    if (now < this.#next) return;
    const before = threadCpuNow();
    work();
    const spent = threadCpuNow() - before;
    const owed = Math.max(0, spent - this.#credit);
    this.#credit = Math.max(0, this.#credit - spent);
    this.#next = now + Math.max(pause, Math.min(this.#longest, owed / this.#share));
  }

  /** Makes it due at this time at the latest. */
  hasten(time: Nanoseconds): void {
    this.#next = Math.min(this.#next, time);
  }
}

/** A part of this thread's time that may be saved up for work that is wanted at certain moments. */
export class Allowance {
  readonly #share: number;
  readonly #most: Nanoseconds;
  #saved: Nanoseconds;
  #last: Nanoseconds = 0;

  /** At most `most` is saved; one piece of work may take more, and is paid for afterwards. `credit` as of a chore. */
  constructor(share: number, most: Nanoseconds, credit: Nanoseconds = 0) {
    this.#share = share;
    this.#most = most;
    this.#saved = most + credit;
  }

  /** Does it unless too much of the time was used up lately. */
  doIfAllowed(now: Nanoseconds, work: () => void): void {
    const earned = this.#last === 0 ? 0 : (now - this.#last) * this.#share;
    this.#saved = Math.max(this.#saved, Math.min(this.#most, this.#saved + earned));
    this.#last = now;
    if (this.#saved <= 0) return;
    const before = threadCpuNow();
    work();
    this.#saved -= threadCpuNow() - before;
  }
}
