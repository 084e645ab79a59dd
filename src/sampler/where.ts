import type { Address, Nanoseconds, Pid, Tid, WordSize } from "../base/units.ts";
import type { TaskKind, TaskState, Awaited } from "../cpython/tasks/found-task.ts";
import type { SampleFrame } from "../profile/samples.ts";
import type { Known } from "../profile/tables.ts";

/** One look at one process: what `lynceus where PID` prints, as text or as JSON. */
export interface WhereResult {
  readonly pid: Pid;
  readonly parentPid: Pid;
  readonly commandLine: readonly string[];
  readonly executable: string;
  readonly pythonVersion: string;
  /** 4: it is a 32-bit program. */
  readonly wordSize: WordSize;
  /** Main thread first, then by thread id. */
  readonly threads: readonly WhereThread[];
  /** What each interpreter has of tasks; empty when it has imported no such library. */
  readonly taskLibraries: readonly WhereTaskLibrary[];
  /** Null: they were not asked for. */
  readonly tasks: WhereTasks | null;
}

/** asyncio, or another library of tasks, in one interpreter. */
export interface WhereTaskLibrary {
  readonly kind: TaskKind;
  readonly interpreter: number;
  /** How many tasks there are; null: they could not be read, and `message` says why. */
  readonly count: number | null;
  readonly message: string;
}

export interface WhereTasks {
  readonly tasks: readonly WhereTask[];
  readonly circles: readonly WhereCircle[];
}

export interface WhereTask {
  /** The address of its object: the same as long as it lives. */
  readonly id: Address;
  readonly kind: TaskKind;
  readonly interpreter: number;
  readonly name: string;
  /** Qualified name of the function that it was made from; empty: not known. */
  readonly coroutine: string;
  readonly state: TaskState;
  readonly known: Known;
  /** The thread that its loop runs in; 0: none. */
  readonly tid: Tid;
  /** Its event loop, hub or runner: those with the same one take turns. 0: not known. */
  readonly loop: Address;
  /** `object` is the `id` of a task when that is what is waited for. */
  readonly waitsFor: WhereAwaited | null;
  /** `id`s of tasks that wait for it. */
  readonly awaitedBy: readonly Address[];
  /** `id` of the task whose nursery it belongs to, or the greenlet's parent; 0: none. */
  readonly parent: Address;
  /** Root first, the newest last. The same array for the same frames. Of a running task these are the thread's own. */
  readonly frames: readonly WhereFrame[];
  /** False: what it awaits goes on after the last frame into something that cannot be followed. */
  readonly isWhole: boolean;
}

/** What a task waits for; how long it has waited by now, and will at most go on to (0: its time is over, and its loop late). Null: not known. */
export interface WhereAwaited extends Omit<Awaited, "since" | "until"> {
  readonly waited: Nanoseconds | null;
  readonly left: Nanoseconds | null;
}

/** Tasks that wait for each other in a circle: each for the next one, the last for the first. */
export interface WhereCircle {
  readonly tasks: readonly Address[];
  /** Those that may go on though the next one does not: as far as their frames tell, or a timer. None: a deadlock. */
  readonly exits: readonly { readonly task: Address; readonly why: "first-of-several" | "timeout" }[];
}

/** One look at a process and what is below it: `lynceus where -C PID`. */
export interface WhereTree {
  /** Those that run Python, parents before their children. */
  readonly processes: readonly WhereResult[];
  /** Those that could not be looked at. */
  readonly failures: readonly { readonly pid: Pid; readonly message: string }[];
}

export interface WhereThread {
  readonly tid: Tid;
  readonly name: string;
  readonly interpreter: number;
  /** Bits of `State` (profile/tables.ts). */
  readonly state: number;
  readonly known: Known;
  /** Root first, the newest last. Empty: the thread runs no Python frame. */
  readonly frames: readonly WhereFrame[];
}

export type WhereFrame = SampleFrame;
