import { LynceusError } from "../../base/errors.ts";
import type { Microseconds, Nanoseconds, Pid } from "../../base/units.ts";
import type { BlockBuilder } from "../../profile/block-builder.ts";
import { type FrameIndex, FunctionKind, Known, NONE, type StackIndex, type TaskIndex, type ThreadIndex } from "../../profile/tables.ts";

import type { MojoKey } from "./mojo-names.ts";

/** More than there ever are in a file that somebody wrote. */
const mostTasks = 2 ** 20;

interface MojoTask {
  readonly index: TaskIndex;
  readonly name: string;
  stack: StackIndex;
  isAwaiting: boolean;
}

interface OpenStack {
  readonly id: string;
  readonly name: string;
  readonly thread: ThreadIndex;
  readonly frames: FrameIndex[];
}

/**
 * What Austin 4.1 tells of asyncio's tasks, between the beginning of a thread's sample and its own frames: a task's stack when it has another one, then
 * how long it had the one before (src/mojo.h and src/py_asyncio.c, 4.1). That is time beside the thread's own.
 */
export class MojoTasks {
  readonly #builder: BlockBuilder;
  readonly #tasks = new Map<string, MojoTask>();
  #open: OpenStack | null = null;
  #count = 0;

  constructor(builder: BlockBuilder) {
    this.#builder = builder;
  }

  /** Frames and a time that come now are the task's. `id` is its own only as long as it lives. */
  begin(process: Pid, id: MojoKey, name: string, thread: ThreadIndex): void {
    this.end();
    this.#open = { id: `${process} ${id}`, name, thread, frames: [] };
  }

  /** False: no task's stack is being told. */
  push(frame: FrameIndex): boolean {
    this.#open?.frames.push(frame);
    return this.#open !== null;
  }

  /** `now`: where the thread's samples have got to. False: it is the time of a thread. */
  time(microseconds: Microseconds, now: Nanoseconds): boolean {
    if (this.#open === null) return false;
    if (microseconds < 0) throw new LynceusError("bad-recording", "a time is negative");
    this.#close(this.#open, microseconds * 1000, now);
    return true;
  }

  awaitedBy(process: Pid, waiter: MojoKey): void {
    this.end();
    const task = this.#tasks.get(`${process} ${waiter}`);
    if (task !== undefined) task.isAwaiting = true;
  }

  /** Something else begins, without a time. */
  end(): void {
    if (this.#open !== null) this.#close(this.#open, 0, 0);
  }

  #close({ id, name, thread, frames }: OpenStack, elapsed: Nanoseconds, now: Nanoseconds): void {
    this.#open = null;
    const before = this.#tasks.get(id);
    if (before !== undefined && elapsed > 0) {
      const { index: task, stack, isAwaiting } = before;
      const what = this.#builder.string(isAwaiting ? "another task" : "");
      const start = Math.max(0, now - elapsed);
      this.#builder.wait({ start, end: start + elapsed, thread, task, stack, wall: 0, whole: elapsed, samples: 1, known: Known.unchecked, what });
    }
    // Without frames: it has ended.
    if (frames.length === 0) return void this.#tasks.delete(id);
    const called = name || before?.name || "task";
    let stack = this.#builder.stack(NONE, this.#builder.frame(called, "", 0, FunctionKind.task));
    for (const frame of frames) stack = this.#builder.stack(stack, frame);
    this.#tasks.set(id, { index: before?.index ?? this.#task(called, thread, id, now), name: called, stack, isAwaiting: false });
  }

  #task(name: string, thread: ThreadIndex, id: string, startTime: Nanoseconds): TaskIndex {
    if (this.#count++ === mostTasks) throw new LynceusError("bad-recording", `there are more than ${mostTasks} tasks`);
    const address = Number(id.slice(id.indexOf(" ") + 1));
    return this.#builder.task({
      thread,
      kind: "asyncio",
      name,
      coroutine: "",
      address: Number.isSafeInteger(address) && address >= 0 ? address : 0,
      startTime,
    });
  }
}
