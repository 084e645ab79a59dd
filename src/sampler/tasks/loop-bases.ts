import type { Address } from "../../base/units.ts";
import { RawStack, countSharedRoots } from "../../cpython/raw-stack.ts";
import { NONE, type StackIndex } from "../../profile/tables.ts";
import type { FrameResolver } from "../frame-resolver.ts";
import type { Recorder } from "../recorder.ts";
import { StackCursor } from "../stack-cursor.ts";
import type { KnownTask } from "./known-task.ts";
import type { SeenThread } from "./seen-thread.ts";

interface Base {
  readonly raw: RawStack;
  stack: StackIndex;
  epoch: number;
  /** It was seen below a task that ran, and not only where its loop waited. */
  readonly isSeen: boolean;
}

/** The function of a loop that runs one task after the other, by the last part of its name: what stands above it while it waits is no base. */
const innerFunctions: ReadonlySet<string> = new Set(["_run_once", "unrolled_run", "kernel_run", "_run"]);

/** What stands in a thread's stack below the tasks of each loop: the frames from the root to the loop's own. */
export class LoopBases {
  readonly #recorder: Recorder;
  readonly #bases = new Map<Address, Base>();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** The stack below the tasks of `loop`, for one that waits. NONE: never seen. */
  of(loop: Address, resolver: FrameResolver): StackIndex {
    const base = this.#bases.get(loop);
    if (base === undefined) return NONE;
    if (base.epoch !== this.#recorder.epoch) {
      base.stack = new StackCursor().intern(base.raw, base.raw.length, resolver, this.#recorder.stacks);
      base.epoch = this.#recorder.epoch;
    }
    return base.stack;
  }

  /** A task of `loop` runs: its outermost frame is the thread's `at`-newest. Returns the stack below it. */
  note(loop: Address, seen: SeenThread, at: number): StackIndex {
    const stack = seen.cursor.stackAt(seen.raw.length - 1 - at);
    const known = this.#bases.get(loop);
    if (known === undefined || !known.isSeen || known.stack !== stack || known.epoch !== this.#recorder.epoch) this.#set(loop, seen.raw, at + 1, stack, true);
    return stack;
  }

  /** No task runs: what stands below the loops' tasks may be seen from where the thread waits, if it is not known better. */
  noteIdle(seen: SeenThread, tasks: Iterable<KnownTask>, resolver: FrameResolver): void {
    if (!seen.isAsleep) return;
    for (const { found } of tasks) {
      const known = this.#bases.get(found.loop);
      if (found.kind === "greenlet") return;
      if (known?.isSeen === true) return;
      const first = belowInnerFunction(seen.raw, resolver);
      if (known !== undefined && known.raw.length === seen.raw.length - first) return;
      this.#set(found.loop, seen.raw, first, seen.cursor.stackAt(seen.raw.length - first), false);
    }
  }

  /** True: something that is no task stands on a loop's whole base: a plain callback. */
  isInCallback(raw: RawStack): boolean {
    for (const base of this.#bases.values()) {
      if (base.isSeen && base.raw.length < raw.length && countSharedRoots(base.raw, raw) === base.raw.length) return true;
    }
    return false;
  }

  #set(loop: Address, raw: RawStack, first: number, stack: StackIndex, isSeen: boolean): void {
    const copy = new RawStack();
    copy.append(raw, first);
    this.#bases.set(loop, { raw: copy, stack, epoch: this.#recorder.epoch, isSeen });
  }
}

/** The newest frame that is below the loop's inner function; 0 when it is not there, as in loops that are not written in Python. */
function belowInnerFunction(raw: RawStack, resolver: FrameResolver): number {
  for (let at = raw.length - 1; at >= 0; at--) {
    const name = raw.code[at] === 0 ? "" : resolver.nameOf(raw.code[at]!);
    if (innerFunctions.has(name.slice(name.lastIndexOf(".") + 1))) return at + 1;
  }
  return 0;
}
