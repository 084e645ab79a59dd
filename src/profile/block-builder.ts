import { PairInterner, StringInterner, TupleInterner } from "../base/interner.ts";
import type { Nanoseconds, Pid, Tid } from "../base/units.ts";
import { emptyBlock } from "./empty-block.ts";
import { newSampleColumns } from "./sample-columns.ts";
import type { Block, FrameIndex, FunctionKind, Known, ProcessIndex, RecordingEnd, StackIndex, StringIndex, TaskIndex, TaskRow, ThreadIndex } from "./tables.ts";
import { WaitBuffer, type WaitRow } from "./wait-buffer.ts";

export interface SampleValues {
  readonly time: Nanoseconds;
  readonly thread: ThreadIndex;
  readonly stack: StackIndex;
  readonly wall: Nanoseconds;
  readonly cpu: Nanoseconds;
  readonly state: number;
  readonly known: Known;
}

/** Where in a line a frame stands, as in `FrameColumns`. */
interface Place {
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
}

const noPlace: Place = { endLine: 0, column: 0, endColumn: 0 };

/** Makes blocks from names, as files of other profilers have them. Tables go on from block to block; `take` hands out what is new. */
export class BlockBuilder {
  readonly #strings = new StringInterner();
  readonly #functions = new TupleInterner(4);
  readonly #frames = new TupleInterner(5);
  readonly #stacks = new PairInterner();
  readonly #processes = new Map<Pid, ProcessIndex>();
  readonly #threads = new Map<string, ThreadIndex>();
  #block = emptyColumns();
  #taskCount = 0;

  get sampleCount(): number {
    return this.#block.samples.length;
  }

  process(pid: Pid): ProcessIndex {
    const known = this.#processes.get(pid);
    if (known !== undefined) return known;
    const index = this.#processes.size;
    this.#processes.set(pid, index);
    this.#block.processes.push({ pid, parentPid: 0, commandLine: [], pythonVersion: "", executable: "", startTime: 0 });
    return index;
  }

  /** Threads of a process are told apart by all of these. */
  thread(process: ProcessIndex, interpreter: number, tid: Tid, name: string): ThreadIndex {
    const key = `${process} ${interpreter} ${tid} ${name}`;
    const known = this.#threads.get(key);
    if (known !== undefined) return known;
    const index = this.#threads.size;
    this.#threads.set(key, index);
    this.#block.threads.push({ process, tid, interpreter, name, startTime: 0 });
    return index;
  }

  /** `line`, `firstLine` (of the function), and what is left out of `place`, is 0 where it is not known. */
  frame(name: string, file: string, line: number, kind: FunctionKind, place: Place = noPlace, firstLine = 0): FrameIndex {
    const [nameIndex, fileIndex] = [this.string(name), this.string(file)];
    const functionCount = this.#functions.size;
    const functionIndex = this.#functions.intern(nameIndex, fileIndex, kind, firstLine);
    const { functions, frames } = this.#block;
    if (this.#functions.size > functionCount) {
      functions.length++;
      functions.name.push(nameIndex);
      functions.file.push(fileIndex);
      functions.firstLine.push(firstLine);
      functions.kind.push(kind);
    }
    const frameCount = this.#frames.size;
    const { endLine, column, endColumn } = place;
    const frame = this.#frames.intern(functionIndex, line, endLine, column, endColumn);
    if (this.#frames.size > frameCount) {
      frames.length++;
      frames.function.push(functionIndex);
      frames.line.push(line);
      frames.endLine.push(endLine);
      frames.column.push(column);
      frames.endColumn.push(endColumn);
    }
    return frame;
  }

  /** `parent` is NONE for a root. */
  stack(parent: StackIndex, frame: FrameIndex): StackIndex {
    const count = this.#stacks.size;
    const stack = this.#stacks.intern(parent, frame);
    if (this.#stacks.size > count) {
      this.#block.stacks.length++;
      this.#block.stacks.parent.push(parent);
      this.#block.stacks.frame.push(frame);
    }
    return stack;
  }

  /** Each call makes another one. */
  task(row: TaskRow): TaskIndex {
    this.#block.tasks.push(row);
    return this.#taskCount++;
  }

  wait(row: WaitRow): void {
    this.#block.waits.push(row);
  }

  sample(values: SampleValues): void {
    this.#block.samples.push(values);
  }

  take(end: RecordingEnd | null = null): Block {
    const { samples, waits, ...tables } = this.#block;
    this.#block = emptyColumns();
    return {
      ...emptyBlock,
      ...tables,
      samples: {
        ...newSampleColumns(samples.length),
        time: Float64Array.from(samples, ({ time }) => time),
        thread: Int32Array.from(samples, ({ thread }) => thread),
        stack: Int32Array.from(samples, ({ stack }) => stack),
        wall: Float64Array.from(samples, ({ wall }) => wall),
        cpu: Float64Array.from(samples, ({ cpu }) => cpu),
        state: Uint16Array.from(samples, ({ state }) => state),
        known: Uint8Array.from(samples, ({ known }) => known),
      },
      waits: waits.take(),
      end,
    };
  }

  string(text: string): StringIndex {
    const count = this.#strings.size;
    const index = this.#strings.intern(text);
    if (this.#strings.size > count) this.#block.strings.push(text);
    return index;
  }
}

function emptyColumns() {
  return {
    strings: [] as string[],
    processes: [] as Block["processes"][number][],
    threads: [] as Block["threads"][number][],
    functions: { length: 0, name: [] as number[], file: [] as number[], firstLine: [] as number[], kind: [] as number[] },
    frames: { length: 0, function: [] as number[], line: [] as number[], endLine: [] as number[], column: [] as number[], endColumn: [] as number[] },
    stacks: { length: 0, parent: [] as number[], frame: [] as number[] },
    tasks: [] as TaskRow[],
    samples: [] as SampleValues[],
    waits: new WaitBuffer(),
  };
}
