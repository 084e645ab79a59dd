import type { Address, ByteCount, Nanoseconds, Pid, Tid } from "../base/units.ts";

/**
 * The recording's model: tables of columns, joined by index. A sample points to a thread and a stack; a stack is a
 * parent stack and a frame (parents come before children); a frame is a function and a place in it.
 *
 *   sample --> thread --> process
 *          \-> task --> thread
 *          \-> stack --> stack (parent) ... -> none
 *                   \--> frame --> function --> strings
 *
 * Indices are positions in a table, from 0. `NONE` stands for "no such row".
 */
export type StringIndex = number;
export type ProcessIndex = number;
export type ThreadIndex = number;
export type FunctionIndex = number;
export type FrameIndex = number;
export type StackIndex = number;
export type SampleIndex = number;
export type TaskIndex = number;

/** "No row" in a column of indices: the parent of a root, the stack of a thread with no Python frame. */
export const NONE = -1;

/** What a function is, in column `kind` of the functions. */
export const FunctionKind = {
  python: 0,
  native: 1,
  kernel: 2,
  /** Not code: the name of a task, above the root of its own functions. Without file and line. */
  task: 3,
  /** Not code: something that Lynceus has to say in a stack, like "(unproved)". */
  marker: 4,
} as const;
export type FunctionKind = (typeof FunctionKind)[keyof typeof FunctionKind];

/** Bits of a sample's `state`. */
export const State = {
  /** On a CPU or runnable (the kernel's state R). */
  onCpu: 1,
  holdsGil: 2,
  waitsForGil: 4,
  /** The interpreter was collecting garbage on this thread. */
  collecting: 8,
  /** Stopped by a signal or a debugger. */
  stopped: 16,
  /** Runnable, but on no CPU. Only known with the kernel's account of switches; `onCpu` is set, too. */
  waitsForCpu: 32,
  /** Blocked so that no signal wakes it (the kernel's state D): most often by a disk. */
  uninterruptible: 64,
} as const;

/** How a sample's stack is known, in column `known`. */
export const Known = {
  /** A remote copy that proved itself. */
  verified: 0,
  /** Copied in the thread's own context, at one instant of it. */
  exact: 1,
  /** Copied while the thread was paused. */
  paused: 2,
  /** Proved from the root up to a marker frame; what stood above it is not known. */
  partial: 3,
  /** Could not be had; the sample keeps its time and has a marker for a stack. */
  lost: 4,
  /** Taken by another profiler, which does not say. */
  unchecked: 5,
} as const;
export type Known = (typeof Known)[keyof typeof Known];
export const knownNames: readonly string[] = ["verified", "exact", "paused", "partial", "lost", "unchecked"];

export interface RecordingMeta {
  /** The Lynceus that made it. */
  readonly creator: string;
  /** Unix time of sample time 0, in milliseconds. */
  readonly startedAt: number;
  readonly interval: Nanoseconds;
  readonly mode: "wall" | "cpu" | "gil";
  /** What was asked for: the command line of the target, or of the process that was attached to. */
  readonly command: readonly string[];
  readonly host: string;
  readonly system: string;
  /** Anything else worth keeping, by name. `note`: what whoever reads a report of it has to know. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface ProcessRow {
  readonly pid: Pid;
  readonly parentPid: Pid;
  readonly commandLine: readonly string[];
  readonly pythonVersion: string;
  readonly executable: string;
  readonly startTime: Nanoseconds;
}

export interface ThreadRow {
  readonly process: ProcessIndex;
  /** The kernel's thread id in the profiler's pid namespace. */
  readonly tid: Tid;
  readonly interpreter: number;
  /** Empty when it has none (yet); a later name comes as a `RenameRow`. */
  readonly name: string;
  readonly startTime: Nanoseconds;
}

/** A thread got a name, or another one. */
export interface RenameRow {
  readonly time: Nanoseconds;
  readonly thread: ThreadIndex;
  readonly name: string;
}

/** What takes turns with others on a thread: an asyncio task, a greenlet. */
export const taskKinds = ["asyncio", "greenlet", "trio", "curio"] as const;
export type TaskKind = (typeof taskKinds)[number];

export interface TaskRow {
  /** The thread that its loop runs on. */
  readonly thread: ThreadIndex;
  readonly kind: TaskKind;
  /** As its library would print it: `Task-12`, `Greenlet-3`. Another one comes as a `TaskRenameRow`. */
  readonly name: string;
  /** Qualified name of its outermost function; empty when not known. */
  readonly coroutine: string;
  /** Of its object, in the target: tasks of a thread that are alike in all else are told apart by it. */
  readonly address: Address;
  /** When it was first seen. */
  readonly startTime: Nanoseconds;
  /** It is the loop itself, such as a hub of gevent's: it runs while the others wait, and rests. Left out for others. */
  readonly isLoop?: true;
}

export interface TaskRenameRow {
  readonly time: Nanoseconds;
  readonly task: TaskIndex;
  readonly name: string;
}

export interface FunctionColumns {
  length: number;
  name: StringIndex[] | Int32Array;
  file: StringIndex[] | Int32Array;
  /** First line of the function's code, 0 when unknown. */
  firstLine: number[] | Int32Array;
  kind: number[] | Uint8Array;
}

/** Lines and columns are 1-based; 0 is "not known". Columns count UTF-8 bytes, as CPython's location tables do. */
export interface FrameColumns {
  length: number;
  function: FunctionIndex[] | Int32Array;
  line: number[] | Int32Array;
  endLine: number[] | Int32Array;
  column: number[] | Int32Array;
  /** One past the last column. */
  endColumn: number[] | Int32Array;
}

export interface StackColumns {
  length: number;
  /** A smaller StackIndex, or NONE for a root. */
  parent: StackIndex[] | Int32Array;
  frame: FrameIndex[] | Int32Array;
}

export interface SampleColumns {
  length: number;
  /** When, since `startedAt`, on a clock that also counts sleep of the machine. Not decreasing within a thread. */
  time: Float64Array;
  thread: Int32Array;
  /** NONE: the thread runs no Python frame. */
  stack: Int32Array;
  /**
   * Nanoseconds that the sample stands for: an interval, and those before it that were missed. The sum of a thread's is its
   * life, to an interval. 0 for those in the first round of a recording.
   */
  wall: Float64Array;
  /**
   * Nanoseconds of CPU that the thread used. Only samples that saw it on a CPU have any; what it used in short bursts that
   * no sample saw is with the next one that did, so that the sum is what the kernel counted.
   */
  cpu: Float64Array;
  state: Uint16Array;
  known: Uint8Array;
  /** The task that ran on the thread; NONE: none did, or it is not known. */
  task: Int32Array;
  /** Nanoseconds of `wall` that rows of `WaitColumns` tell of: the shares of the tasks that the thread waited for. */
  sharedOut: Float64Array;
}

/**
 * Tasks that waited: a row for each time that a task was seen, from look to look, with the same stack, at most as long as a block. What runs on a
 * thread has its time, a task or not. The time in which a thread waits for all its tasks is shared evenly among those that wait for no other one. So over a thread, the sums of samples' `wall - sharedOut` and of `wall` here are its life.
 */
export interface WaitColumns {
  length: number;
  /** Since `startedAt`. */
  start: Float64Array;
  end: Float64Array;
  thread: Int32Array;
  task: Int32Array;
  /** The thread's root frames, then each task on the way: its name as a frame, and its own frames. */
  stack: Int32Array;
  /** Nanoseconds of the thread's time that are shared out to this task: 0 for one that waits for another task. */
  wall: Float64Array;
  /** Nanoseconds that the task waited, whatever others did. */
  whole: Float64Array;
  /** How often it was seen so. */
  samples: Float64Array;
  known: Uint8Array;
  /** What it waits for, such as "Lock", "sleep" or "task Task-7"; an empty string when that is not known. */
  what: Int32Array;
}

/** Counts since the block before. */
export interface QualityRow {
  readonly time: Nanoseconds;
  /** Sampling rounds that were due, and those of them that fell behind so far that they were dropped (src/sampler/schedule.ts). */
  readonly roundsDue: number;
  readonly roundsLate: number;
  readonly verified: number;
  readonly exact: number;
  readonly paused: number;
  readonly partial: number;
  readonly lost: number;
  /** Time spent taking samples. */
  readonly busy: Nanoseconds;
}

/** A process has another amount of memory resident. Only recordings that were asked to note it have these. */
export interface ResidentRow {
  readonly time: Nanoseconds;
  readonly process: ProcessIndex;
  readonly bytes: ByteCount;
}

/** How a recording ended, in its last block. */
export interface RecordingEnd {
  readonly duration: Nanoseconds;
  /** "the program ended", "interrupted", "time is up", ... */
  readonly reason: string;
  /** Python processes below those in it that were seen but not asked for; left out when there were none. */
  readonly unrecorded?: number;
}

/**
 * What was added to the tables since the block before: the unit that a sampler emits, a file holds and a live view
 * gets. Indices count from the first block on. Append-only.
 */
export interface Block {
  /**
   * True when the sampler let go of its tables to keep its memory bounded: indices in this block and the following
   * ones count from zero again. Only writers and the recording's reader meet this; `stableBlocks` hides it from all
   * who read a `Recording`.
   */
  readonly restartsTables: boolean;
  readonly strings: readonly string[];
  readonly processes: readonly ProcessRow[];
  readonly threads: readonly ThreadRow[];
  readonly renames: readonly RenameRow[];
  readonly tasks: readonly TaskRow[];
  readonly taskRenames: readonly TaskRenameRow[];
  readonly functions: FunctionColumns;
  readonly frames: FrameColumns;
  readonly stacks: StackColumns;
  readonly samples: SampleColumns;
  readonly waits: WaitColumns;
  readonly residents: readonly ResidentRow[];
  readonly quality: readonly QualityRow[];
  readonly end: RecordingEnd | null;
}

/** A recording as a stream: what every view and every format is a function of. May be gone through more than once. */
export interface Recording {
  readonly meta: RecordingMeta;
  /** False when the end of the file is missing (a crash, a full disk): everything before it is there. */
  readonly isComplete: boolean;
  blocks(): Iterable<Block>;
}
