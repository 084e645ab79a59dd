import type { Nanoseconds, Pid, Tid } from "../base/units.ts";
import { LagCounter, type LoopLag } from "./loop-lag.ts";
import { sumQuality } from "./report.ts";
import { TablesBuilder, type Tables, stringAt } from "./tables-builder.ts";
import {
  type Block,
  FunctionKind,
  NONE,
  type ProcessRow,
  type QualityRow,
  type Recording,
  type RecordingEnd,
  type RecordingMeta,
  type StackIndex,
  State,
  type TaskIndex,
  type TaskKind,
} from "./tables.ts";
import { foldTaskName } from "./task-names.ts";
import { StretchFinder, type TaskStretch } from "./task-stretches.ts";

export interface TaskReportOptions {
  /** Stretches of more than this are told one by one. */
  readonly stretchOver: Nanoseconds;
}

/** What tasks waited for, and for how long: together, so it may be more time than there was. */
export interface WaitReason {
  /** Numbers folded, as in names; empty when it is not known. */
  readonly what: string;
  readonly time: Nanoseconds;
}

/** Tasks that are alike: of one library and function, with names that differ in numbers only. */
export interface TaskGroup {
  /** "Task-*" */
  readonly name: string;
  readonly coroutine: string;
  readonly kind: TaskKind;
  readonly count: number;
  /** While one of them was its thread's task. */
  readonly running: Nanoseconds;
  /** And on a CPU. */
  readonly cpu: Nanoseconds;
  /** Of each of them, added up. */
  readonly waiting: Nanoseconds;
  /** The longest first. */
  readonly reasons: readonly WaitReason[];
  /** The longest time that one of them had its thread, by samples. */
  readonly longest: Nanoseconds;
}

/** 1-based; 0 where it is not known. */
export interface StretchFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly kind: FunctionKind;
}

export interface LongStretch {
  /** As it is called by now. */
  readonly task: string;
  readonly coroutine: string;
  readonly thread: TaskThread;
  readonly start: Nanoseconds;
  readonly duration: Nanoseconds;
  readonly samples: number;
  /** Of the time, on a CPU: with little of it, the task waited for what its loop knows nothing of, or the thread for a CPU. */
  readonly cpu: Nanoseconds;
  /** The one that it had for the longest part of it: the task's own frames and what they called, the newest last. */
  readonly stack: readonly StretchFrame[];
}

export interface TaskThread {
  readonly pid: Pid;
  readonly tid: Tid;
  readonly name: string;
}

/** What `lynceus report --tasks` shows, as data. */
export interface TaskReport {
  readonly meta: RecordingMeta;
  readonly isComplete: boolean;
  readonly end: RecordingEnd | null;
  readonly processes: readonly ProcessRow[];
  /** All quality rows summed up; `time` is the last one's. */
  readonly quality: QualityRow;
  /** Those that had their thread for the longest time first. */
  readonly tasks: readonly TaskGroup[];
  readonly taskCount: number;
  /** Threads that had tasks, and how long their loops did not look at their events. */
  readonly loops: readonly (TaskThread & LoopLag)[];
  /** The longest first. */
  readonly stretches: readonly LongStretch[];
  /** How many there are; no more than 1,000 are told. */
  readonly stretchCount: number;
}

const mostStretches = 1000;

/** One pass through the recording; memory bounded by its tasks and different stacks. */
export function reportTasks(recording: Recording, options: TaskReportOptions): TaskReport {
  const tables = new TablesBuilder();
  const sums = new TaskSums(tables, recording.meta.interval, options);
  const quality: QualityRow[] = [];
  let end: RecordingEnd | null = null;
  for (const block of recording.blocks()) {
    tables.add(block);
    sums.add(block);
    for (const row of block.quality) quality.push(row);
    end = block.end ?? end;
  }
  return { meta: recording.meta, isComplete: recording.isComplete, end, processes: tables.processes, quality: sumQuality(quality), ...sums.finish() };
}

/** Columns by task, and what must be seen in the order of time. */
class TaskSums {
  readonly #tables: Tables;
  readonly #options: TaskReportOptions;
  readonly #running: number[] = [];
  readonly #cpu: number[] = [];
  readonly #longest: number[] = [];
  /** By task, by what it waited for. */
  readonly #waits: Map<number, Nanoseconds>[] = [];
  readonly #stretches: StretchFinder;
  readonly #long: TaskStretch[] = [];
  #longCount = 0;
  readonly #lags: (LagCounter | undefined)[] = [];

  constructor(tables: Tables, interval: Nanoseconds, options: TaskReportOptions) {
    this.#stretches = new StretchFinder(interval);
    this.#tables = tables;
    this.#options = options;
  }

  add(block: Block): void {
    const { samples, waits } = block;
    const isLoop = (task: TaskIndex): boolean => this.#tables.tasks[task]!.isLoop === true;
    for (const { thread } of block.tasks) this.#lags[thread] ??= new LagCounter();
    for (let row = 0; row < samples.length; row++) {
      const given = samples.task[row]!;
      const task = given === NONE || isLoop(given) ? NONE : given;
      const isIdle = task === NONE && (samples.state[row]! & (State.onCpu | State.holdsGil)) === 0;
      // A hub may give a greenlet several turns before it looks.
      const hasTurns = task !== NONE && this.#tables.tasks[task]!.kind !== "greenlet";
      this.#lags[samples.thread[row]!]?.add(samples.wall[row]!, isIdle, hasTurns ? task : NONE);
      if (task === NONE) continue;
      this.#running[task] = (this.#running[task] ?? 0) + samples.wall[row]!;
      this.#cpu[task] = (this.#cpu[task] ?? 0) + samples.cpu[row]!;
    }
    for (let row = 0; row < waits.length; row++) {
      const reasons = (this.#waits[waits.task[row]!] ??= new Map<number, Nanoseconds>());
      reasons.set(waits.what[row]!, (reasons.get(waits.what[row]!) ?? 0) + waits.whole[row]!);
    }
    for (const stretch of this.#stretches.add(block, isLoop)) this.#note(stretch);
  }

  #note(stretch: TaskStretch): void {
    const duration = stretch.end - stretch.start;
    this.#longest[stretch.task] = Math.max(this.#longest[stretch.task] ?? 0, duration);
    if (duration <= this.#options.stretchOver) return;
    this.#longCount++;
    this.#long.push(stretch);
    if (this.#long.length >= 2 * mostStretches) this.#long.sort(longestFirst).length = mostStretches;
  }

  finish(): Pick<TaskReport, "tasks" | "taskCount" | "loops" | "stretches" | "stretchCount"> {
    for (const stretch of this.#stretches.finish()) this.#note(stretch);
    const { tasks } = this.#tables;
    return {
      tasks: this.#groups(),
      taskCount: tasks.reduce((count, { isLoop }) => count + (isLoop ? 0 : 1), 0),
      loops: this.#lags.flatMap((lag, thread) => (lag === undefined ? [] : [{ ...threadOf(this.#tables, thread), ...lag.finish() }])),
      stretches: this.#long
        .sort(longestFirst)
        .slice(0, mostStretches)
        .map((stretch) => describeStretch(this.#tables, stretch)),
      stretchCount: this.#longCount,
    };
  }

  #groups(): readonly TaskGroup[] {
    const { tasks, taskNames } = this.#tables;
    const groups = new Map<string, { -readonly [K in keyof TaskGroup]: TaskGroup[K] } & { readonly whats: Map<string, Nanoseconds> }>();
    for (const [task, { kind, coroutine, isLoop }] of tasks.entries()) {
      if (isLoop) continue;
      const name = foldTaskName(taskNames[task]!);
      const key = `${kind}\0${name}\0${coroutine}`;
      const group = groups.get(key) ?? { name, coroutine, kind, count: 0, running: 0, cpu: 0, waiting: 0, reasons: [], longest: 0, whats: new Map() };
      groups.set(key, group);
      group.count++;
      group.running += this.#running[task] ?? 0;
      group.cpu += this.#cpu[task] ?? 0;
      group.longest = Math.max(group.longest, this.#longest[task] ?? 0);
      for (const [what, time] of this.#waits[task] ?? []) {
        const folded = foldTaskName(stringAt(this.#tables, what));
        group.waiting += time;
        group.whats.set(folded, (group.whats.get(folded) ?? 0) + time);
      }
    }
    return [...groups.values()]
      .map(({ whats, ...group }) => ({ ...group, reasons: [...whats].map(([what, time]) => ({ what, time })).sort((a, b) => b.time - a.time) }))
      .sort((a, b) => b.running - a.running || b.waiting - a.waiting || b.count - a.count);
  }
}

function longestFirst(a: TaskStretch, b: TaskStretch): number {
  return b.end - b.start - (a.end - a.start) || a.start - b.start;
}

function describeStretch(tables: Tables, { task, thread, start, end, samples, cpu, stack }: TaskStretch): LongStretch {
  const { coroutine } = tables.tasks[task]!;
  return {
    task: tables.taskNames[task]!,
    coroutine,
    thread: threadOf(tables, thread),
    start,
    duration: end - start,
    samples,
    cpu,
    stack: framesOf(tables, stack),
  };
}

function threadOf({ threads, threadNames, processes }: Tables, thread: number): TaskThread {
  const { process, tid } = threads[thread]!;
  return { pid: processes[process]?.pid ?? 0, tid, name: threadNames[thread] ?? "" };
}

/** From the task on: what stands above it is the same for all tasks of its loop. */
function framesOf(tables: Tables, leaf: StackIndex): readonly StretchFrame[] {
  const { functions, frames, stacks } = tables;
  const path: StretchFrame[] = [];
  for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) {
    const frame = stacks.frame[stack]!;
    const of = frames.function[frame]!;
    const kind = functions.kind[of]! as FunctionKind;
    if (kind === FunctionKind.task) break;
    path.push({ name: stringAt(tables, functions.name[of]!), file: stringAt(tables, functions.file[of]!), line: frames.line[frame]!, kind });
  }
  return path.reverse();
}
