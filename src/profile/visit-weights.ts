import type { Nanoseconds } from "../base/units.ts";
import { type Mode, neededState } from "./sample-filter.ts";
import type { Block, Known, SampleColumns, StackIndex, ThreadIndex, WaitColumns } from "./tables.ts";

/**
 * So long, and for so many samples, a thread had a stack. `samples` is a part of one where the thread's time is shared among tasks. `state` are
 * bits of `State`; a task that waits has none.
 */
export type WeightVisitor = (thread: ThreadIndex, stack: StackIndex, time: Nanoseconds, samples: number, state: number, known: Known) => void;

/** Everything that has a weight in the mode: the samples that it lets through, and in wall mode the waits of tasks. Over a thread, wall times are its life. */
export function visitWeights({ samples, waits }: Pick<Block, "samples" | "waits">, mode: Mode, visit: WeightVisitor): void {
  const needed = neededState(mode);
  for (let row = 0; row < samples.length; row++) {
    const state = samples.state[row]!;
    if ((state & needed) !== needed) continue;
    const part = mode === "wall" ? ownPart(samples, row) : 1;
    if (part > 0) visit(samples.thread[row]!, samples.stack[row]!, weightAt(samples, row, mode), part, state, samples.known[row]! as Known);
  }
  if (mode !== "wall") return;
  for (let row = 0; row < waits.length; row++) {
    if (isShared(waits, row)) visit(waits.thread[row]!, waits.stack[row]!, waits.wall[row]!, samplesOfWait(waits, row), 0, waits.known[row]! as Known);
  }
}

/** How much a sample counts, in nanoseconds. */
export function weightAt(samples: SampleColumns, row: number, mode: Mode): Nanoseconds {
  if (mode === "cpu") return samples.cpu[row]!;
  return mode === "gil" ? samples.wall[row]! : Math.max(0, samples.wall[row]! - samples.sharedOut[row]!);
}

/** The part of a sample's wall time that is not told as waits. */
function ownPart({ wall, sharedOut }: SampleColumns, row: number): number {
  const shared = sharedOut[row]!;
  return shared === 0 ? 1 : Math.max(0, 1 - shared / Math.max(1, wall[row]!));
}

/** True when a wait has some of its thread's time. One of a task that waits for another task has none. */
export function isShared({ wall }: WaitColumns, row: number): boolean {
  return wall[row]! > 0;
}

/** As many samples of its thread as its share of the thread's time is. */
function samplesOfWait({ samples, wall, whole }: WaitColumns, row: number): number {
  return Math.max(1, samples[row]!) * Math.min(1, wall[row]! / Math.max(1, whole[row]!));
}
