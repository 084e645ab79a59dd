import type { Address } from "../../base/units.ts";
import type { ThreadState } from "../../cpython/thread-state.ts";
import type { KernelSymbols } from "../../os/kernel-symbols.ts";
import { Capture, type CapturedThread } from "./captured-thread.ts";
import type { KernelCapture } from "./kernel/kernel-capture.ts";
import type { KernelSource, KernelTarget } from "./kernel/kernel-source.ts";
import type { KernelThread } from "./kernel/kernel-threads.ts";
import type { PauseSource } from "./pause/pause-source.ts";
import type { RemoteCopy } from "./remote/remote-copy.ts";

/** How much the newest copy counts in the share of copies that prove themselves. */
const learningRate = 0.01;
/**
 * Where fewer copies than this prove themselves, the kernel is asked for every sample. To take the copies that do and ask
 * for the rest would favour whatever is easy to prove: a copy fails while the program calls fast, and by the time the
 * kernel answers, 30 us later, it may be doing something else.
 */
const leastShare = 0.97;
/** And from this share on no longer. */
const enoughShare = 0.99;
/** Meanwhile a copy is tried at one sample in so many, to see whether the program has changed its ways. */
const probeEvery = 10;

/** What a session may use beside copies from outside; null: not there, or not wanted. */
export interface CaptureSources {
  readonly kernel: KernelSource | null;
  readonly pause: PauseSource | null;
  /** What threads do in the kernel is wanted, too. Its names are only known for those that can be interrupted there. */
  readonly kernelStacks: { readonly symbols: KernelSymbols | null } | null;
}

/**
 * The ways to capture one thread, tried in the order that is cheapest for it: a copy from outside that proves itself
 * costs the program nothing and fails where it calls fast; asking the kernel costs an interrupt and never fails, as
 * long as the thread is on a CPU; a pause costs the most.
 */
export class ThreadCapturer {
  /** What was captured last. */
  captured: CapturedThread;
  readonly #remote: RemoteCopy;
  readonly #source: KernelSource | null;
  readonly #pause: PauseSource | null;
  readonly #thread: KernelTarget;
  readonly #row: KernelThread | null;
  /** Opened when it is first needed: most threads sleep. Null: there is none. */
  #kernel: KernelCapture | null | undefined;
  #provedShare = 1;
  #asksKernel = false;
  #asked = 0;

  constructor(remote: RemoteCopy, sources: CaptureSources, thread: KernelTarget, row: KernelThread | null) {
    this.#remote = remote;
    this.#source = sources.kernel;
    this.#pause = sources.pause;
    this.#thread = thread;
    this.#row = row;
    this.captured = remote;
  }

  /** The cheapest way. A `verified` stack that never was seen before deserves `captureSurely`. */
  capture(expected: Readonly<ThreadState>, isRunning: boolean): Capture {
    if (isRunning && this.#pause?.isPreferred === true) return this.#capturePaused(expected) ?? this.captureSurely(expected);
    if (!isRunning || this.#source === null) return this.#useRemote(this.#remote.capture(expected));
    if (this.#source.isPreferred) return this.captureSurely(expected);
    if (this.#asksKernel) {
      const capture = this.captureSurely(expected);
      // Not before: how long a try takes depends on what the program does, so that the moment of the sample would, too.
      if (capture === Capture.exact && ++this.#asked % probeEvery === 0) this.#learn(this.#remote.captureOnce(expected));
      return capture;
    }
    const capture = this.#useRemote(this.#remote.captureOnce(expected));
    this.#learn(capture);
    return capture;
  }

  /** The surest way, after the cheapest came to `before`. */
  captureSurely(expected: Readonly<ThreadState>, before: Capture = Capture.missed): Capture {
    if (this.#kernel === undefined) this.#kernel = this.#source?.open(this.#thread, this.#row) ?? null;
    const kernel = this.#kernel;
    const capture = kernel === null ? Capture.missed : kernel.capture(expected);
    if (kernel !== null && capture !== Capture.missed) {
      this.captured = kernel;
      return capture;
    }
    // A later copy that proves itself would favour what is easy to prove: what is known of this moment stays.
    if (kernel === null && before === Capture.partial) return this.#capturePaused(expected) ?? before;
    // Where the kernel was asked, it is on no CPU at this moment, so that a copy from outside is likely to prove itself.
    const careful = this.#useRemote(this.#remote.captureCarefully(expected));
    return careful === Capture.verified || careful === Capture.changed ? careful : (this.#capturePaused(expected) ?? careful);
  }

  /** Where in the kernel the thread was at an exact capture: see `KernelCapture.kernelFrames`. */
  get interruptedIn(): readonly Address[] {
    return this.#kernel?.kernelFrames ?? [];
  }

  close(): void {
    this.#kernel?.close();
  }

  #learn(capture: Capture): void {
    if (capture === Capture.changed) return;
    this.#provedShare += learningRate * ((capture === Capture.verified ? 1 : 0) - this.#provedShare);
    this.#asksKernel = this.#provedShare < (this.#asksKernel ? enoughShare : leastShare);
  }

  /** Null when the thread could not be paused; what was captured before is then untouched. */
  #capturePaused(expected: Readonly<ThreadState>): Capture | null {
    let capture: Capture | null = null;
    this.#pause?.during(this.#thread.pid, this.#thread.tid, () => (capture = this.#useRemote(this.#remote.capture(expected))));
    return capture === Capture.verified ? Capture.paused : capture;
  }

  #useRemote(capture: Capture): Capture {
    this.captured = this.#remote;
    return capture;
  }
}
