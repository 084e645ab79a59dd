import type { Address, ByteCount } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import type { RawStack } from "./raw-stack.ts";
import type { ThreadState } from "./thread-state.ts";

/** The outermost `_PyCFrame` is a part of the thread state, which is smaller than this; the others are on the C stack. */
const threadStateBound: ByteCount = 4096;

/**
 * In 3.11 and 3.12 the evaluation loop links a `_PyCFrame` of its own to the thread state when it is entered, and has it point to the running
 * frame some instructions later (Python/ceval.c, `_PyEval_EvalFrameDefault`). In between it points to whatever was left there on the C stack:
 * nothing, or the loop's own frame, and from there to who called it the last time. False for what may have been copied then.
 */
export function isLoopEntered(layout: Layout, thread: Address, state: Readonly<ThreadState>, stack: RawStack): boolean {
  if (layout.thread.cframeCurrentFrame === null) return true;
  if (stack.length > 0) return stack.code[0] !== 0;
  return state.frame >= thread && state.frame < thread + threadStateBound;
}
