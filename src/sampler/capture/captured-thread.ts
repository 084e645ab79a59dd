import type { Address } from "../../base/units.ts";
import type { RawStack } from "../../cpython/raw-stack.ts";
import type { ThreadState } from "../../cpython/thread-state.ts";

/** What a capture came to. */
export const Capture = {
  /** The whole stack, proved. */
  verified: 0,
  /** Proved only from the roots up to `provedFrames`. */
  partial: 1,
  /** Nothing that could be proved. */
  lost: 2,
  /** The thread state is not what it was: the thread ended, or threads came and went. Read the list again. */
  changed: 3,
  /** The whole stack, copied by the thread itself at one instant. */
  exact: 4,
  /** The thread could not be asked: it is on no CPU, or has more frames than fit. The other ways are as good as before. */
  missed: 5,
  /** The whole stack, proved while the thread was paused. */
  paused: 6,
} as const;
export type Capture = (typeof Capture)[keyof typeof Capture];

/** A thread as it was captured; reused from one capture to the next. */
export interface CapturedThread {
  readonly stack: RawStack;
  /** How many frames, counted from the root, are proved. All of them when verified. */
  provedFrames: number;
  readonly threadState: ThreadState;
  /** The thread state that holds the GIL; 0 when nobody does. */
  gilHolder: Address;
  /** The interpreter is collecting garbage. */
  isCollecting: boolean;
}

/** One way to capture one thread, again and again; what it found is in its own fields until the next time. */
export interface ThreadCapture extends CapturedThread {
  /** `expected` is what the list of threads said of this one; any other identity means that the list has changed. */
  capture(expected: Readonly<ThreadState>): Capture;
}
