import type { Address, Nanoseconds } from "../../../../base/units.ts";
import { WALKED } from "../../../../cpython/frames.ts";
import type { Layout } from "../../../../cpython/layout.ts";
import { Pieces } from "../../../../cpython/pieces.ts";
import { RawStack } from "../../../../cpython/raw-stack.ts";
import { decodeThreadState, emptyThreadState, type ThreadState } from "../../../../cpython/thread-state.ts";
import type { PerfClock } from "../../../../os/perf-clock.ts";
import type { CapturedThread } from "../../captured-thread.ts";
import { addGuess } from "../kernel-exchange.ts";
import type { KernelReply } from "../kernel-reply.ts";
import { walkReply } from "../walk-reply.ts";

/**
 * A program that does something at the interval of its samples is seen at the same point of it each time, unless the interval changes. The kernel begins
 * the period in force anew when it is given another, so that is done once in so many copies only.
 */
const copiesPerPeriod = 64;
/** Up to so much longer or shorter than the interval. */
const variation = 0.25;

/** Periods drawn by lot, each second one as much shorter than the interval as the one before was longer, so that they come out even soon. */
export class DrawnPeriods {
  readonly #interval: Nanoseconds;
  readonly #random: () => number;
  #before: Nanoseconds | null = null;

  /** `random`: from 0 up to 1, without 1. */
  constructor(interval: Nanoseconds, random: () => number = Math.random) {
    this.#interval = interval;
    this.#random = random;
  }

  draw(): Nanoseconds {
    const before = this.#before;
    const drawn = before === null ? Math.round(this.#interval * (1 + variation * (2 * this.#random() - 1))) : 2 * this.#interval - before;
    this.#before = before === null ? drawn : null;
    return drawn;
  }
}

/** Who wants to know of copies. */
export interface CopyListener {
  /** A whole copy. False when not all of it could be told. */
  addCopy(copy: ThreadClock): boolean;
  /** So many copies were not whole, or could not be told; called after all of a `KernelClock.take`. */
  lookAgain(copies: number, clock: ThreadClock): void;
}

interface ThreadClockSetup {
  readonly perf: PerfClock;
  /** Its request, where the kernel reads it. */
  readonly slot: Uint8Array;
  readonly layout: Layout;
  /** Its thread state. */
  readonly thread: Address;
  readonly periods: DrawnPeriods;
  /** The first of them. */
  readonly period: Nanoseconds;
  readonly listener: CopyListener;
  readonly close: () => void;
}

/** The clock of one thread, and what it was last copied as: nothing to prove, the thread stood still in an interrupt. */
export class ThreadClock implements CapturedThread {
  readonly threadState: ThreadState = emptyThreadState();
  readonly stack: RawStack = new RawStack();
  provedFrames = 0;
  gilHolder: Address = 0;
  isCollecting = false;
  /** When, on the monotonic clock. */
  time: Nanoseconds = 0;
  /** Where in the kernel it was: see `KernelReply.kernelFrames`. */
  kernelFrames: readonly Address[] = [];
  /** Its time on a CPU between two copies. */
  period: Nanoseconds;
  /** Copies in this `KernelClock.take`, and how many of them nothing came of. */
  count = 0;
  untold = 0;
  readonly close: () => void;
  readonly #setup: ThreadClockSetup;
  readonly #pieces = new Pieces();
  #copiesInPeriod = 0;

  constructor(setup: ThreadClockSetup) {
    this.#setup = setup;
    this.period = setup.period;
    this.close = setup.close;
  }

  beginTake(): void {
    this.count = 0;
    this.untold = 0;
  }

  /** A page may not have been there, or the stack is too deep. */
  receive(reply: KernelReply): void {
    this.count++;
    this.#copiesInPeriod++;
    this.time = reply.time;
    if (!reply.isCopied || !this.#read(reply) || !this.#setup.listener.addCopy(this)) this.untold++;
  }

  endTake(): void {
    if (this.untold > 0) this.#setup.listener.lookAgain(this.untold, this);
  }

  /** Call now and then, when nothing waits to be received: see `copiesPerPeriod`. */
  changePeriod(): void {
    if (this.#copiesInPeriod < copiesPerPeriod) return;
    this.#copiesInPeriod = 0;
    this.period = this.#setup.periods.draw();
    this.#setup.perf.setPeriod(this.period);
  }

  #read(reply: KernelReply): boolean {
    const { layout, thread, slot } = this.#setup;
    decodeThreadState(layout, reply.view, reply.stateAt, this.threadState);
    reply.listPieces(layout, this.#pieces);
    const missing = walkReply(reply, layout, thread, this.threadState, this.#pieces, this.stack);
    // From the next copy on.
    if (missing > 0) slot.set(addGuess(slot, missing));
    if (missing !== WALKED) return false;
    this.provedFrames = this.stack.length;
    this.gilHolder = reply.gilHolder;
    this.isCollecting = reply.isCollecting;
    this.kernelFrames = reply.kernelFrames;
    return true;
  }
}
