import type { Address, ByteCount } from "../base/units.ts";
import type { ThreadActivity } from "../os/thread-activity.ts";
import { State } from "../profile/tables.ts";
import type { CapturedThread } from "./capture/captured-thread.ts";

/** Where a `_gil_runtime_state` lies: threads that wait for the GIL wait on a futex in it. */
interface GilPlace {
  readonly address: Address;
  readonly size: ByteCount;
}

/** The state of a sample: what the kernel says of the thread, and what it was captured with. `thread`: its thread state. */
export function stateOf(activity: ThreadActivity | null, waitsForCpu: boolean, captured: CapturedThread, thread: Address, gil: GilPlace): number {
  let state = gilStateOf(captured, thread);
  if (activity?.isRunning === true) state |= State.onCpu;
  if (waitsForCpu) state |= State.waitsForCpu;
  if (activity?.isUninterruptible === true) state |= State.uninterruptible;
  if (activity?.isStopped === true) state |= State.stopped;
  const waitsForGil = activity !== null && activity.futex >= gil.address && activity.futex < gil.address + gil.size;
  return waitsForGil && !(state & State.holdsGil) ? state | State.waitsForGil : state;
}

/** Whether it holds the GIL, and collects garbage. */
export function gilStateOf({ gilHolder, isCollecting }: CapturedThread, thread: Address): number {
  if (gilHolder !== thread) return 0;
  return isCollecting ? State.holdsGil | State.collecting : State.holdsGil;
}
