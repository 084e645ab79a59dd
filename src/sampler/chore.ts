import type { Nanoseconds } from "../base/units.ts";
import { threadCpuNow } from "../os/clock.ts";

/** Work that comes again and again, and may take a certain part of this thread's time, so that sampling keeps the rest. */
export class Chore {
  readonly #share: number;
  readonly #longest: Nanoseconds;
  #next: Nanoseconds = 0;

  /** `longest`: it comes again after that, whatever it takes. */
  constructor(share: number, longest: Nanoseconds) {
    this.#share = share;
    this.#longest = longest;
  }

  /** Does it when it is due; then it is due after `pause`, or later when it took long. Its CPU time counts: on a busy machine all takes long. */
  doWhenDue(now: Nanoseconds, pause: Nanoseconds, work: () => void): void {
    if (now < this.#next) return;
    const before = threadCpuNow();
    work();
    this.#next = now + Math.max(pause, Math.min(this.#longest, (threadCpuNow() - before) / this.#share));
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

  /** At most `most` is saved; one piece of work may take more, and is paid for afterwards. */
  constructor(share: number, most: Nanoseconds) {
    this.#share = share;
    this.#most = most;
    this.#saved = most;
  }

  /** Does it unless too much of the time was used up lately. */
  doIfAllowed(now: Nanoseconds, work: () => void): void {
    if (this.#last !== 0) this.#saved = Math.min(this.#most, this.#saved + (now - this.#last) * this.#share);
    this.#last = now;
    if (this.#saved <= 0) return;
    const before = threadCpuNow();
    work();
    this.#saved -= threadCpuNow() - before;
  }
}
