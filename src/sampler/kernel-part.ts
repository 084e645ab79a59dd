import type { Pid, Tid } from "../base/units.ts";
import { KernelStack, type KernelFrame } from "../os/kernel-stack.ts";
import type { KernelSymbols } from "../os/kernel-symbols.ts";
import type { ThreadActivity } from "../os/thread-activity.ts";
import type { ThreadClock } from "./capture/kernel/clock/thread-clock.ts";
import { decodeInterruptedStack, decodeStackBelow } from "./capture/kernel/interrupted-stack.ts";
import type { ThreadCapturer } from "./capture/thread-capturer.ts";

const none: readonly KernelFrame[] = [];

/** What one thread does in the kernel, above its newest Python frame. */
export class KernelPart {
  readonly #stack: KernelStack;
  readonly #symbols: KernelSymbols | null;

  /** Null when the thread is gone. */
  static open(pid: Pid, tid: Tid, symbols: KernelSymbols | null): KernelPart | null {
    const stack = tid === 0 ? null : KernelStack.open(pid, tid);
    return stack === null ? null : new KernelPart(stack, symbols);
  }

  private constructor(stack: KernelStack, symbols: KernelSymbols | null) {
    this.#stack = stack;
    this.#symbols = symbols;
  }

  /** Root first, of a thread that was just interrupted to be copied, or was copied by its clock. */
  ofInterrupted(capturer: ThreadCapturer, copy: ThreadClock | null): readonly KernelFrame[] {
    if (this.#symbols === null) return none;
    return (copy === null ? decodeInterruptedStack(capturer.interruptedIn, this.#symbols) : decodeStackBelow(copy.kernelFrames, this.#symbols)) ?? none;
  }

  /** Root first, of a thread that was on no CPU; empty when it has run since `switches` was read: then it is not known. */
  ofSleeping(activity: ThreadActivity, switches: number): readonly KernelFrame[] {
    const frames = this.#stack.read();
    return activity.look() && activity.switches === switches ? frames : none;
  }

  close(): void {
    this.#stack.close();
  }
}
