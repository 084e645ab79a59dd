import type { Nanoseconds } from "../base/units.ts";
import type { Round } from "./round.ts";

/** Of one thread: how much of its time its samples have weighed. The sum is its life, to an interval. */
export class WallAccount {
  #weighedTo: Nanoseconds = 0;
  #reached: Nanoseconds = 0;

  /** The thread is met in this round. */
  begin({ reached, firstWeight }: Round): void {
    this.#weighedTo = reached - firstWeight;
  }

  /** What a sample of this round weighs: nothing while rounds are made up for from before the thread was met. */
  weigh({ weighedTo, reached }: Round): Nanoseconds {
    this.#reached = reached;
    return this.#weighUpTo(weighedTo);
  }

  /** No further sample comes. Returns what those rounds that were still to be made up for would have weighed. */
  settle(): Nanoseconds {
    return this.#weighUpTo(this.#reached);
  }

  /** What is not weighed yet at this time. */
  owedAt(now: Nanoseconds): Nanoseconds {
    return Math.max(0, now - this.#weighedTo);
  }

  #weighUpTo(time: Nanoseconds): Nanoseconds {
    const weight = Math.max(0, time - this.#weighedTo);
    this.#weighedTo += weight;
    return weight;
  }
}
