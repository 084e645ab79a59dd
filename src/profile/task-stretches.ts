import type { Nanoseconds } from "../base/units.ts";
import { type Block, Known, NONE, type StackIndex, type TaskIndex, type ThreadIndex } from "./tables.ts";

/** A task had its thread without a break, as far as samples tell: at all samples from `start` to `end`. */
export interface TaskStretch {
  readonly task: TaskIndex;
  readonly thread: ThreadIndex;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly samples: number;
  /** On a CPU. */
  readonly cpu: Nanoseconds;
  /** The stack that it had for the longest time of it. */
  readonly stack: StackIndex;
}

interface OpenStretch {
  readonly task: TaskIndex;
  readonly start: Nanoseconds;
  end: Nanoseconds;
  samples: number;
  cpu: Nanoseconds;
  readonly stacks: Map<StackIndex, Nanoseconds>;
}

/** Of more, those seen first: a stack that changes all the time has few that matter. */
const mostStacks = 10_000;

/** Puts samples of one task that follow each other on a thread together. */
export class StretchFinder {
  readonly #interval: Nanoseconds;
  readonly #open: (OpenStretch | undefined)[] = [];
  readonly #last: Nanoseconds[] = [];

  /** Of the recording; 0 where it does not say. */
  constructor(interval: Nanoseconds) {
    this.#interval = interval > 0 ? interval : Infinity;
  }

  /** The stretches that ended in this block. `isLoop`: no task, but what has the thread when none has it. */
  *add({ samples }: Pick<Block, "samples">, isLoop: (task: TaskIndex) => boolean): Generator<TaskStretch> {
    for (let row = 0; row < samples.length; row++) {
      const thread = samples.thread[row]!;
      const [time, wall] = [samples.time[row]!, samples.wall[row]!];
      const given = samples.task[row]!;
      const task = given === NONE || isLoop(given) ? NONE : given;
      // A sample that stands for some that were missed does not say that the task had begun then.
      const start = Math.max(this.#last[thread] ?? 0, time - Math.min(wall, this.#interval));
      this.#last[thread] = Math.max(time, start);
      // Nobody knows what it did then.
      if (task === NONE && samples.known[row] === Known.lost) continue;
      let open = this.#open[thread];
      if (open !== undefined && open.task !== task) {
        yield closed(open, thread);
        open = undefined;
      }
      this.#open[thread] = open ??= task === NONE ? undefined : { task, start, end: time, samples: 0, cpu: 0, stacks: new Map() };
      if (open === undefined) continue;
      open.end = Math.max(time, start);
      open.samples++;
      open.cpu += samples.cpu[row]!;
      const stack = samples.stack[row]!;
      if (open.stacks.has(stack) || open.stacks.size < mostStacks) open.stacks.set(stack, (open.stacks.get(stack) ?? 0) + wall);
    }
  }

  /** Those that were open at the end of the recording. */
  *finish(): Generator<TaskStretch> {
    for (const [thread, open] of this.#open.entries()) if (open !== undefined) yield closed(open, thread);
    this.#open.length = 0;
  }
}

function closed({ task, start, end, samples, cpu, stacks }: OpenStretch, thread: ThreadIndex): TaskStretch {
  let [stack, most] = [NONE, -1];
  for (const [one, time] of stacks) if (time > most) [stack, most] = [one, time];
  return { task, thread, start, end, samples, cpu, stack };
}
