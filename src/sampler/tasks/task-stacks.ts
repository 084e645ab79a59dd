import { NONE, type FrameIndex, type StackIndex } from "../../profile/tables.ts";
import type { FrameResolver } from "../frame-resolver.ts";
import type { Recorder } from "../recorder.ts";
import { type KnownTask, unprovedMarker } from "./known-task.ts";

/** What stands between a loop and what one of its tasks does: those who wait for it, each with its name and frames, and its own name. */
export interface TaskStacks {
  readonly recorder: Recorder;
  readonly resolver: FrameResolver;
}

/** Of what runs: most often it is the same stack as last time. */
export class LastRunning {
  #task: KnownTask | null = null;
  #chain: readonly KnownTask[] = [];
  #top: StackIndex = NONE;
  #epoch = -1;
  #stack: StackIndex = NONE;

  /** Something is known anew of the task, or of one in its chain. */
  forget(): void {
    this.#task = null;
  }

  /** Puts `chain`, which waits for a task, and the task's name between what stands below it (`base`) and its own frames, up to `top`. */
  addTo(to: TaskStacks, chain: readonly KnownTask[], task: KnownTask, base: StackIndex, top: StackIndex): StackIndex {
    const { epoch } = to.recorder;
    if (this.#task === task && this.#chain === chain && this.#top === top && this.#epoch === epoch) return this.#stack;
    this.#task = task;
    this.#chain = chain;
    this.#top = top;
    this.#epoch = epoch;
    return (this.#stack = addToRunning(to, chain, task, base, top));
  }
}

function addToRunning(to: TaskStacks, chain: readonly KnownTask[], task: KnownTask, base: StackIndex, top: StackIndex): StackIndex {
  const { stacks } = to.recorder;
  const frames: FrameIndex[] = [];
  for (let at = top; at !== base && at !== NONE; at = stacks.parent[at]!) frames.push(stacks.frame[at]!);
  let stack = task.addName(addAll(to, base, chain), to.recorder);
  for (let at = frames.length - 1; at >= 0; at--) stack = stacks.intern(stack, frames[at]!);
  return stack;
}

/**
 * `base` with the chain of a task that waits on top, itself the last. Only those are told that were proved together with it (`isTogether`): who waits for one
 * that was not is not known.
 */
export function addWaiting(to: TaskStacks, chain: readonly KnownTask[], base: StackIndex, isTogether: (task: KnownTask) => boolean): StackIndex {
  const proved = chain.slice(chain.findLastIndex((task) => !isTogether(task)) + 1);
  if (proved.length === chain.length) return addAll(to, base, chain);
  const cut = to.recorder.stacks.intern(base, to.resolver.marker(unprovedMarker));
  return addAll(to, cut, proved.length === 0 ? chain.slice(-1) : proved);
}

function addAll({ recorder, resolver }: TaskStacks, base: StackIndex, chain: readonly KnownTask[]): StackIndex {
  let stack = base;
  for (const waiter of chain) stack = waiter.addTo(stack, recorder, resolver);
  return stack;
}
