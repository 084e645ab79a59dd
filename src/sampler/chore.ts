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
