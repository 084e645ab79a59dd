import type { Address } from "../../../base/units.ts";
import { ROOTLESS, WALKED, walkFrames } from "../../../cpython/frames.ts";
import type { KnownRoots } from "../../../cpython/known-roots.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { isLoopEntered, isOnCStack } from "../../../cpython/loop-entry.ts";
import type { Pieces } from "../../../cpython/pieces.ts";
import type { RawStack } from "../../../cpython/raw-stack.ts";
import type { ThreadState } from "../../../cpython/thread-state.ts";
import type { KernelReply } from "./kernel-reply.ts";

/** Follows the frames of a thread that was copied at one instant, as `walkFrames` does; what comes of it is the same. */
export function walkReply(
  reply: KernelReply,
  layout: Layout,
  thread: Address,
  state: Readonly<ThreadState>,
  pieces: Pieces,
  into: RawStack,
  roots?: KnownRoots,
): number {
  const missing = walkFrames(layout, reply.view, reply.bytesAt, pieces, reply.frame, into, roots);
  if (missing !== WALKED || isLoopEntered(layout, thread, state, into)) return missing;
  // Between two evaluation loops. Nothing moved meanwhile: the newest frame is the one that called the loop, unless what leads there is not linked yet either.
  const isLinked = isOnCStack(thread, state) && reply.caller !== 0;
  return isLinked ? walkFrames(layout, reply.view, reply.bytesAt, pieces, reply.caller, into, roots) : ROOTLESS;
}
