import type { Address, Nanoseconds } from "../../../base/units.ts";
import { WALKED } from "../../../cpython/frames.ts";
import { KnownRoots } from "../../../cpython/known-roots.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { Pieces } from "../../../cpython/pieces.ts";
import { RawStack } from "../../../cpython/raw-stack.ts";
import { decodeThreadState, emptyThreadState, isSameThread, type ThreadState } from "../../../cpython/thread-state.ts";
import { monotonicNow } from "../../../os/clock.ts";
import type { LastCpu } from "../../../os/last-cpu.ts";
import { Capture, type ThreadCapture } from "../captured-thread.ts";
import { addGuess, encodeRequest, type KernelExchange, type KernelRequest } from "./kernel-exchange.ts";
import { Answer } from "./kernel-reply.ts";
import { OFF_CPU, UNKNOWN_CPU, type KernelThread } from "./kernel-threads.ts";
import { walkReply } from "./walk-reply.ts";

/** A thread that moves from CPU to CPU faster than this is asked another time. Each try is an interrupt. */
const maxTries = 3;
/** A row may have missed a switch. When it says for longer than this that a thread is on no CPU, it is looked for, as seldom. */
const trusted: Nanoseconds = 5e6;
/** Frames that the program does not find by itself; each is asked for from then on. */
const maxIncomplete = 8;
const maxPenalty = 64;
/**
 * Before 3.11 each frame is copied by itself, in 0.1 us, and the thread stands still meanwhile. From so many frames on it is
 * then left alone for ten times as long.
 */
const manyFrames = 512;
const restPerFrame: Nanoseconds = 1000;

/**
 * Captures one thread by having the kernel copy its frames in its own context, on the CPU where it runs: one interrupt
 * to that CPU, and the thread stands still while it copies. So the copy is one instant and there is nothing to prove.
 *
 * A thread on no CPU has nobody to copy it, and need not: it stands still already. `Capture.missed`, then.
 */
export class KernelCapture implements ThreadCapture {
  readonly threadState: ThreadState = emptyThreadState();
  readonly stack: RawStack = new RawStack();
  provedFrames = 0;
  gilHolder: Address = 0;
  isCollecting = false;
  readonly #exchange: KernelExchange;
  readonly #layout: Layout;
  readonly #roots = new KnownRoots();
  readonly #thread: Address;
  #request: Uint8Array;
  readonly row: KernelThread | null;
  readonly #lastCpu: LastCpu;
  readonly #pieces = new Pieces();
  /** When its row was last not believed. */
  #doubted: Nanoseconds = 0;
  /** A deep stack was copied: not again before this. */
  #restUntil: Nanoseconds = 0;
  /** Only one in so many captures is tried. */
  #penalty = 1;
  #skipped = 0;

  constructor(exchange: KernelExchange, layout: Layout, request: KernelRequest, lastCpu: LastCpu) {
    this.#exchange = exchange;
    this.#layout = layout;
    this.#thread = request.thread;
    this.#request = encodeRequest(request, layout);
    this.row = request.row;
    this.#lastCpu = lastCpu;
  }

  close(): void {
    this.#lastCpu.close();
  }

  capture(expected: Readonly<ThreadState>): Capture {
    const { reply } = this.#exchange;
    const layout = this.#layout;
    if (this.#skipped < this.#penalty - 1) {
      this.#skipped++;
      return Capture.missed;
    }
    if (this.#restUntil !== 0 && monotonicNow() < this.#restUntil) return Capture.missed;
    for (let incomplete = 0; incomplete < maxIncomplete; incomplete++) {
      if (!this.#copy()) return Capture.missed;
      decodeThreadState(layout, reply.view, reply.stateAt, this.threadState);
      if (!isSameThread(this.threadState, expected)) return Capture.changed;
      reply.listPieces(layout, this.#pieces);
      const missing = walkReply(reply, layout, this.#thread, this.threadState, this.#pieces, this.stack, this.#roots);
      this.#restUntil = reply.frameCount > manyFrames ? reply.time + reply.frameCount * restPerFrame : 0;
      if (missing === WALKED && this.#roots.isUsual(this.stack)) {
        this.#penalty = 1;
        this.#roots.note(this.stack);
        this.provedFrames = this.stack.length;
        this.gilHolder = reply.gilHolder;
        this.isCollecting = reply.isCollecting;
        return Capture.exact;
      }
      const isTooDeep = layout.frame.kind === "heap" && reply.isCutOff;
      if (isTooDeep) this.#giveWay();
      if (missing <= 0 || isTooDeep) break;
      this.#request = addGuess(this.#request, missing);
    }
    return Capture.missed;
  }

  /** The thread has more frames than fit, and is not to be interrupted for nothing at every sample. */
  #giveWay(): void {
    this.#penalty = Math.min(this.#penalty * 2, maxPenalty);
    this.#skipped = 0;
  }

  /** Where in the kernel the thread was at the last capture that was exact: return addresses, newest first, those of the interrupt included. */
  get kernelFrames(): readonly Address[] {
    return this.#exchange.reply.kernelFrames;
  }

  #copy(): boolean {
    let cpu = UNKNOWN_CPU;
    for (let tries = 0; tries < maxTries; tries++) {
      cpu = this.#findCpu(cpu);
      if (cpu < 0) return false;
      const answer = this.#exchange.ask(this.#request, cpu);
      if (answer === Answer.copied) return true;
      if (answer !== Answer.otherThread) return false;
    }
    return false;
  }

  /** The CPU that it is on, as far as is known; negative for none. `wrong` is one where it just was not. */
  #findCpu(wrong: number): number {
    const { row } = this;
    if (row !== null && row.look()) {
      if (row.cpu >= 0 && row.cpu !== wrong) return row.cpu;
      if (row.cpu === OFF_CPU) {
        const now = monotonicNow();
        if (now - Math.max(row.since, this.#doubted) < trusted) return OFF_CPU;
        this.#doubted = now;
      }
    }
    const cpu = this.#lastCpu.find();
    return cpu === wrong ? OFF_CPU : cpu;
  }
}
