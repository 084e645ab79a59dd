import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Seconds } from "../../base/units.ts";
import type { RawStack } from "../raw-stack.ts";

export type TaskKind = "asyncio" | "greenlet" | "trio" | "curio";

/**
 * - created: has not begun
 * - ready: will go on as soon as its loop has time for it
 * - waiting: for what `waitsFor` says
 * - running: its frames are on its thread's stack. While a task of its loop runs, the others do not.
 * - finished: has a result; its object is still there
 */
export type TaskState = "created" | "ready" | "waiting" | "running" | "finished";

/** What a task waits for. */
export interface Awaited {
  /**
   * `object`: something of a type that is not one of these; `typeName` says which. For "task", `object` is another task. A `gather`,
   * `wait` and the like are looked through: their tasks name the waiting one in `awaitedBy`, and the kind is "tasks".
   */
  readonly kind: "task" | "tasks" | "future" | "lock" | "event" | "condition" | "semaphore" | "queue" | "sleep" | "socket" | "thread" | "object";
  /** Its address in the target. */
  readonly object: Address;
  /** As Python has it, without the module: "Lock". */
  readonly typeName: string;
  /** What else is known: "3.5 s", "fd 7 to be readable", the file descriptor, the queue's size. Empty: nothing. */
  readonly detail: string;
  /** The task that holds it, where that is known for sure: the owner that a lock names. Absent or 0: not known. */
  readonly heldBy?: Address;
  /** Since when it waits for this, and when it will stop by itself, on the clock of `time.monotonic()`. Absent: not known. */
  readonly since?: Seconds;
  readonly until?: Seconds;
}

/** A task as one reading of memory found it. Nothing is proved by that: who reads says how sure it is. */
export interface FoundTask {
  readonly kind: TaskKind;
  /** The task object. */
  readonly address: Address;
  /** A number that its library gives to no other task: one with another number at this address is a new task. Absent: there is none, or none any more. */
  readonly serial?: number;
  /** As its library would print it: `Task-12`, `Greenlet-3`. */
  readonly name: string;
  readonly state: TaskState;
  /** Its event loop, hub, or runner: those with the same one take turns on one thread. 0: not known. */
  readonly loop: Address;
  /** The `PyThreadState` that its loop runs in. 0: none (any more), or not known. */
  readonly thread: Address;
  /**
   * Its own frames, newest first, through everything that it awaits; empty while it runs. Code and instruction are as a thread's
   * walk has them, so that one resolver serves both.
   */
  readonly stack: RawStack;
  /** False where the chain goes on into something that cannot be followed. */
  readonly isWhole: boolean;
  /** Its outermost frame: while it runs, a thread's stack has it, which is how one sees that it runs. 0: none. */
  readonly rootFrame: Address;
  /** Code object of the outermost frame, 0 when not known: what the task was made from. */
  readonly rootCode: Address;
  readonly waitsFor: Awaited | null;
  /** Tasks that wait for this one, each once: directly, or by `gather`, `wait`, `shield`, a task group, join. */
  readonly awaitedBy: readonly Address[];
  /** Where it belongs without being awaited: the nursery's task, a greenlet's parent. 0: nowhere. */
  readonly parent: Address;
}

/** The `with` and `async with` blocks that a task is in. */
export interface Entered {
  /** Locks that it holds by that. */
  readonly locks: readonly Address[];
  /** When the first of its timeouts ends, on the clock of `time.monotonic()`; null: it has none. */
  readonly until: Seconds | null;
}

/**
 * The tasks of one library in one interpreter. It may remember what cannot change (types, offsets); what changes is read anew by
 * each call. `memory` is handed in, so that who calls can note which bytes an answer rests on, and look later whether they
 * are still the same.
 */
export interface TaskReader {
  readonly kind: TaskKind;
  /** The addresses of all tasks that live, each once; null when they cannot be read. Bounded, and cheap enough to do ten times a second. The same array as before: nothing changed. */
  list(memory: MemoryReader): readonly Address[] | null;
  /** Null: no task (any more), or torn. */
  read(memory: MemoryReader, task: Address): FoundTask | null;
  /** What the frames of a task stand in that does not run. Only where locks and timeouts do not tell of their tasks themselves. */
  entered?(memory: MemoryReader, stack: RawStack): Entered;
}
