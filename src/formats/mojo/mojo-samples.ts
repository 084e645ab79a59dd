import { LynceusError } from "../../base/errors.ts";
import type { Microseconds, Nanoseconds } from "../../base/units.ts";
import type { BlockBuilder } from "../../profile/block-builder.ts";
import { type FrameIndex, Known, NONE, type StackIndex, State, type ThreadIndex } from "../../profile/tables.ts";

/** Deeper ones are not written by anyone. */
const mostFrames = 2 ** 20;
/** Different ones in a file, as in a recording. */
const mostStacks = 2 ** 24;

/** What is said of the thread that a sample is of; it has been read up to some event. */
export class MojoSamples {
  /** In the modes `cpu` and `full` it is told which samples were on a CPU. */
  readonly #mode: "wall" | "cpu" | "full";
  readonly #builder: BlockBuilder;
  readonly #isNative: (frame: FrameIndex) => boolean;
  readonly #times: Nanoseconds[] = [];
  /** The stack of each thread's last sample without the native frames at its end. */
  readonly #lastPython: StackIndex[] = [];
  #thread: ThreadIndex = NONE;
  #below: StackIndex = NONE;
  #frames: FrameIndex[] = [];
  #time: Microseconds | null = null;
  #isIdle = false;
  #isCollecting = false;

  constructor(builder: BlockBuilder, mode: "wall" | "cpu" | "full", isNative: (frame: FrameIndex) => boolean) {
    this.#builder = builder;
    this.#mode = mode;
    this.#isNative = isNative;
  }

  /** Whose sample it is that is being told; NONE: nobody's. */
  get thread(): ThreadIndex {
    return this.#thread;
  }

  /** The end of that thread's samples so far. */
  get now(): Nanoseconds {
    return this.#times[this.#thread] ?? 0;
  }

  begin(thread: ThreadIndex): void {
    this.end();
    this.#thread = thread;
  }

  push(frame: FrameIndex): void {
    if (this.#frames.length === mostFrames) throw new LynceusError("bad-recording", `a stack has more than ${mostFrames} frames`);
    this.#frames.push(frame);
  }

  /** The Python frames of the thread's sample before stand below what came and comes of this one. */
  repeat(): void {
    this.#below = this.#lastPython[this.#thread] ?? NONE;
  }

  collecting(): void {
    this.#isCollecting = true;
  }

  idle(): void {
    this.#isIdle = true;
  }

  time(time: Microseconds): void {
    if (time < 0) throw new LynceusError("bad-recording", "a time is negative");
    this.#time = time;
  }

  /** What has no time is left out, as the beginning of a sample that was never finished. */
  end(): void {
    if (this.#thread !== NONE && this.#time !== null) this.#add(this.#thread, this.#time);
    this.#thread = NONE;
    this.#below = NONE;
    this.#frames = [];
    this.#time = null;
    this.#isIdle = false;
    this.#isCollecting = false;
  }

  #add(thread: ThreadIndex, microseconds: Microseconds): void {
    let stack = this.#below;
    let python = stack;
    for (const frame of this.#frames) {
      stack = this.#builder.stack(stack, frame);
      if (!this.#isNative(frame)) python = stack;
    }
    if (stack >= mostStacks) throw new LynceusError("bad-recording", `there are more than ${mostStacks} different stacks`);
    this.#lastPython[thread] = python;
    // Echion begins with a sample of nothing, so that older readers find their way.
    if (microseconds === 0 && stack === NONE) return;
    const isOnCpu = this.#mode === "cpu" || (this.#mode === "full" && !this.#isIdle);
    const wall = microseconds * 1000;
    const time = (this.#times[thread] ?? 0) + wall;
    if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", "the times add up to more than 104 days");
    this.#times[thread] = time;
    const state = (isOnCpu ? State.onCpu : 0) | (this.#isCollecting ? State.collecting : 0);
    this.#builder.sample({ time, thread, stack, wall, cpu: isOnCpu ? wall : 0, state, known: Known.unchecked });
  }
}
