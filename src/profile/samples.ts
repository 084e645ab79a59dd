import type { Nanoseconds } from "../base/units.ts";
import { type Block, type FunctionKind, type Known, NONE, type ProcessRow, type TaskRow, type ThreadRow } from "./tables.ts";

/** 1-based; 0 where it is not known. `endColumn` is one past the last. Columns count UTF-8 bytes. */
export interface SampleFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  readonly kind: FunctionKind;
}

/** One row of the samples, with everything that it points to. */
export interface Sample {
  /** Since `startedAt`. */
  readonly time: Nanoseconds;
  readonly process: ProcessRow;
  /** With the name that it has by now. */
  readonly thread: ThreadRow;
  /** Root first, the newest call last; empty when the thread runs no Python frame. The same array for the same stack. */
  readonly stack: readonly SampleFrame[];
  /** Since the thread's sample before. */
  readonly wall: Nanoseconds;
  readonly cpu: Nanoseconds;
  /** Bits of `State`. */
  readonly state: number;
  readonly known: Known;
  /** The task that ran on the thread, with the name that it has by now. Null: none did, or it is not known. */
  readonly task: TaskRow | null;
  /** Of `wall`: what waits of the thread's tasks tell of (`readWaits`). */
  readonly sharedOut: Nanoseconds;
}

/** A task that waited, for some time with the same stack. */
export interface Wait {
  /** Since `startedAt`. */
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly process: ProcessRow;
  readonly thread: ThreadRow;
  readonly task: TaskRow;
  /** Root first: the thread's, then each task on the way, its name and its frames. The same array for the same stack. */
  readonly stack: readonly SampleFrame[];
  /** Of the thread's time, its share. 0 for a task that waits for another one. */
  readonly wall: Nanoseconds;
  /** All the time that it waited. */
  readonly whole: Nanoseconds;
  /** How often it was seen so. */
  readonly samples: number;
  readonly known: Known;
  /** What for, such as "Lock" or "sleep"; empty when that is not known. */
  readonly what: string;
}

/** Samples with names instead of indices, block after block: blocks of a recording, or those that a sampler emits. */
export class SampleReader {
  #processes: ProcessRow[] = [];
  #threads: ThreadRow[] = [];
  #tasks: TaskRow[] = [];
  #strings: string[] = [];
  #functions: Omit<SampleFrame, "line" | "endLine" | "column" | "endColumn">[] = [];
  #frames: SampleFrame[] = [];
  #parents: number[] = [];
  #frameOf: number[] = [];
  /** Made when a sample needs it: most rows of the table are only on the way to another. */
  #stacks: (readonly SampleFrame[] | undefined)[] = [];

  /** `block` follows the one before. */
  *read(block: Block): Generator<Sample> {
    this.#add(block);
    const { samples } = block;
    for (let row = 0; row < samples.length; row++) {
      const thread = this.#threads[samples.thread[row]!]!;
      const stack = samples.stack[row]!;
      yield {
        time: samples.time[row]!,
        process: this.#processes[thread.process]!,
        thread,
        stack: stack === NONE ? noFrames : this.#stackAt(stack),
        wall: samples.wall[row]!,
        cpu: samples.cpu[row]!,
        state: samples.state[row]!,
        known: samples.known[row]! as Known,
        task: this.#tasks[samples.task[row]!] ?? null,
        sharedOut: samples.sharedOut[row]!,
      };
    }
  }

  /** In place of `read`: each goes through a block by itself. */
  *readWaits(block: Block): Generator<Wait> {
    this.#add(block);
    const { waits } = block;
    for (let row = 0; row < waits.length; row++) {
      const thread = this.#threads[waits.thread[row]!]!;
      const stack = waits.stack[row]!;
      yield {
        start: waits.start[row]!,
        end: waits.end[row]!,
        process: this.#processes[thread.process]!,
        thread,
        task: this.#tasks[waits.task[row]!]!,
        stack: stack === NONE ? noFrames : this.#stackAt(stack),
        wall: waits.wall[row]!,
        whole: waits.whole[row]!,
        samples: waits.samples[row]!,
        known: waits.known[row]! as Known,
        what: this.#strings[waits.what[row]!]!,
      };
    }
  }

  #add(block: Block): void {
    if (block.restartsTables) this.#restart();
    for (const text of block.strings) this.#strings.push(text);
    for (const row of block.processes) this.#processes.push(row);
    for (const row of block.threads) this.#threads.push(row);
    for (const { thread, name } of block.renames) this.#threads[thread] = { ...this.#threads[thread]!, name };
    for (const row of block.tasks) this.#tasks.push(row);
    for (const { task, name } of block.taskRenames) this.#tasks[task] = { ...this.#tasks[task]!, name };
    const { functions, frames, stacks } = block;
    for (let row = 0; row < functions.length; row++) {
      const [name, file] = [this.#strings[functions.name[row]!]!, this.#strings[functions.file[row]!]!];
      this.#functions.push({ name, file, kind: functions.kind[row]! as FunctionKind });
    }
    for (let row = 0; row < frames.length; row++) {
      this.#frames.push({
        ...this.#functions[frames.function[row]!]!,
        line: frames.line[row]!,
        endLine: frames.endLine[row]!,
        column: frames.column[row]!,
        endColumn: frames.endColumn[row]!,
      });
    }
    for (let row = 0; row < stacks.length; row++) {
      this.#parents.push(stacks.parent[row]!);
      this.#frameOf.push(stacks.frame[row]!);
    }
  }

  #restart(): void {
    [this.#processes, this.#threads, this.#tasks, this.#strings, this.#functions, this.#frames] = [[], [], [], [], [], []];
    [this.#parents, this.#frameOf, this.#stacks] = [[], [], []];
  }

  #stackAt(leaf: number): readonly SampleFrame[] {
    const made = this.#stacks[leaf];
    if (made !== undefined) return made;
    const frames: SampleFrame[] = [];
    for (let stack = leaf; stack !== NONE; stack = this.#parents[stack]!) frames.push(this.#frames[this.#frameOf[stack]!]!);
    return (this.#stacks[leaf] = frames.reverse());
  }
}

const noFrames: readonly SampleFrame[] = [];

/** All samples of a recording, in the order in which they were taken. */
export function* readSamples(blocks: Iterable<Block>): Generator<Sample> {
  const reader = new SampleReader();
  for (const block of blocks) yield* reader.read(block);
}

/** All waits of tasks in a recording, in the order in which they ended. */
export function* readWaits(blocks: Iterable<Block>): Generator<Wait> {
  const reader = new SampleReader();
  for (const block of blocks) yield* reader.readWaits(block);
}
