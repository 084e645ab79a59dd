import type { Milliseconds } from "../base/units.ts";
import type { Destination } from "./destination.ts";
import { post } from "./post.ts";
import type { PushQueue } from "./push-queue.ts";
import { delayAfter } from "./retry.ts";

export interface SenderCounts {
  readonly accepted: number;
  /** By the server, for good. */
  readonly refused: number;
  /** Why the last one that was not accepted was not; null: all were. */
  readonly problem: string | null;
}

/**
 * Sends what waits, one after the other, in the background: on the loop of the main thread, which has nothing else to do.
 * Tries again when it is worth it, and leaves the queue alone meanwhile.
 */
export class Sender {
  readonly #destination: Destination;
  readonly #queue: PushQueue;
  readonly #onTrouble: (reason: string | null) => void;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  readonly #counts = { accepted: 0, refused: 0, problem: null as string | null };
  #isFinishing = false;
  /** The server asked not to be asked before. */
  #notBefore: Milliseconds = 0;
  #wake: () => void = () => {};

  /** `onTrouble` is told when slices stop being accepted, and with null when they are again. */
  constructor(destination: Destination, queue: PushQueue, onTrouble: (reason: string | null) => void) {
    this.#destination = destination;
    this.#queue = queue;
    this.#onTrouble = onTrouble;
    this.#done = this.#run();
  }

  get counts(): SenderCounts {
    return this.#counts;
  }

  /** There is something new in the queue. */
  notify(): void {
    this.#wake();
  }

  /** Sends what it can within `patience`, and ends. */
  async finish(patience: Milliseconds): Promise<void> {
    this.#isFinishing = true;
    const timer = setTimeout(() => this.#abort.abort(), patience);
    this.#wake();
    await this.#done;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (;;) {
      const slice = this.#queue.next();
      if (slice === null || this.#abort.signal.aborted || (this.#isFinishing && Date.now() < this.#notBefore)) {
        if (this.#isFinishing) return;
        await this.#sleep(null);
        continue;
      }
      const answer = await post(this.#destination, slice.request, this.#abort.signal);
      if (answer.kind === "later") {
        this.#tellTrouble(answer.reason);
        failures++;
        // A last try, and no more: nobody waits for a server that is away.
        if (this.#isFinishing) return;
        const delay = delayAfter(failures, answer.retryAfter, Math.random());
        if (answer.retryAfter !== null) this.#notBefore = Date.now() + delay;
        await this.#sleep(delay);
        continue;
      }
      failures = 0;
      this.#queue.remove(slice.name);
      if (answer.kind === "refused") {
        this.#tellTrouble(answer.reason);
        this.#counts.refused++;
      } else {
        if (this.#counts.problem !== null) this.#onTrouble(null);
        this.#counts.problem = null;
        this.#counts.accepted++;
      }
    }
  }

  #tellTrouble(reason: string): void {
    if (this.#counts.problem === null) this.#onTrouble(reason);
    this.#counts.problem = reason;
  }

  /** Until there is something new; or, when it goes badly, until the time is over, whatever is new. */
  #sleep(delay: Milliseconds | null): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
      // Nobody stays for a server: what keeps the program alive is the recording.
      const timer = delay === null ? undefined : setTimeout(end, delay).unref();
      this.#wake = () => {
        if (delay === null || this.#isFinishing) end();
      };
      if (this.#isFinishing) end();
    });
  }
}
