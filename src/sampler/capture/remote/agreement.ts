import { countSharedRoots, isWithin, RawStack } from "../../../cpython/raw-stack.ts";

/**
 * Copies that are fewer than this cannot be said to agree: a program that keeps step with two of them tears both in the same way, once in
 * some ten times; with six, it does not.
 */
const leastCopies = 6;

/**
 * What many torn looks at a thread have in common, from the root up: frames that were there at each of them, while those
 * above came and went.
 */
export class Agreement {
  readonly #common = new RawStack();
  #frames = 0;
  #stacks = 0;
  #copies = 0;
  #isOfNewCopy = true;

  clear(): void {
    this.#stacks = 0;
    this.#copies = 0;
    this.#isOfNewCopy = true;
  }

  /** There were enough stacks to say something, and they have something in common. */
  get isReached(): boolean {
    return this.#copies >= leastCopies && this.#frames > 0;
  }

  /** They have nothing in common, and never will. */
  get isHopeless(): boolean {
    return this.#stacks > 0 && this.#frames === 0;
  }

  /** Says less by one frame: where two do not belong together, it is most likely the newest of those that all share. */
  dropNewest(): void {
    this.#frames = Math.max(0, this.#frames - 1);
  }

  /** What is added from here on is of a later copy. */
  beginCopy(): void {
    this.#isOfNewCopy = true;
  }

  add(stack: RawStack): void {
    if (this.#isOfNewCopy) this.#copies++;
    this.#isOfNewCopy = false;
    if (this.#stacks++ === 0) {
      this.#common.copyFrom(stack);
      this.#frames = stack.length;
    } else this.#frames = Math.min(this.#frames, countSharedRoots(this.#common, stack));
  }

  /**
   * Whether a stack that proved itself after all says nothing that the looks before it did not. One that says something else
   * is of a later time: to take it instead would favour what is easy to prove.
   */
  includes(stack: RawStack): boolean {
    return this.#stacks === 0 || (stack.length <= this.#frames && isWithin(stack, this.#common));
  }

  /** Puts a stack into `into` whose oldest frames are what all agree on. Returns how many these are: 0 when nothing can be said. */
  conclude(into: RawStack): number {
    if (!this.isReached) return 0;
    into.copyFrom(this.#common);
    return this.#frames;
  }
}
