import { LynceusError } from "../base/errors.ts";
import { PairInterner, StringInterner, TupleInterner } from "../base/interner.ts";
import {
  type Block,
  type FrameColumns,
  type FunctionColumns,
  FunctionKind,
  NONE,
  type ProcessRow,
  type RenameRow,
  type SampleColumns,
  type StackColumns,
  type StringIndex,
  type TaskIndex,
  type TaskRenameRow,
  type TaskRow,
  type ThreadRow,
  type WaitColumns,
} from "./tables.ts";
import { StableStrings } from "./stable-strings.ts";
import { foldTaskName } from "./task-names.ts";

/**
 * Blocks whose indices count on for the whole recording, whatever the sampler restarted: rows that come again after a
 * restart get the index that they had. Readers never see `restartsTables`, nor the same row twice.
 */
export function* stableBlocks(blocks: Iterable<Block>): Generator<Block> {
  const tables = new StableTables();
  for (const block of blocks) yield tables.translate(block);
}

/**
 * Different rows of a whole recording. A sampler's restarts bound its own memory, these bound the reader's: what has
 * more is damaged, or made to hurt.
 */
const limits = { strings: 2 ** 22, characters: 2 ** 28, processes: 2 ** 20, threads: 2 ** 20, functions: 2 ** 22, frames: 2 ** 22, stacks: 2 ** 24 };

/**
 * A server makes thousands of tasks a second, for days. Their rows and the functions with their names are kept up to these
 * numbers; what comes then is one task, and one function, for all that differ in numbers only.
 */
const usualFolds: { readonly tasks: number; readonly functions: number } = { tasks: 2 ** 20, functions: 2 ** 16 };

/** The same, a block at a time. */
export class StableTables {
  readonly #strings = new StableStrings();
  readonly #processes = new StringInterner();
  readonly #threads = new StringInterner();
  readonly #threadNames: string[] = [];
  readonly #folds: typeof usualFolds;
  readonly #tasks = new Map<string, TaskIndex>();
  readonly #taskNames: string[] = [];
  /** Names of tasks that are functions. */
  readonly #taskFunctions = new Set<string>();
  readonly #functions = new TupleInterner(4);
  readonly #frames = new TupleInterner(5);
  readonly #stacks = new PairInterner();
  /** Stable index of each row since the last restart. */
  #local = emptyMaps();

  constructor(folds: typeof usualFolds = usualFolds) {
    this.#folds = folds;
  }

  translate(block: Block): Block {
    if (block.restartsTables) {
      this.#local = emptyMaps();
      this.#strings.restart();
    }
    this.#strings.add(block.strings);
    const processes = block.processes.filter((row) => isNew(this.#processes, () => this.#processes.intern(processKey(row)), this.#local.processes));
    const { threads, renames } = this.#translateThreads(block);
    const { tasks, taskRenames } = this.#translateTasks(block);
    const functions = this.#translateFunctions(block.functions);
    const frames = this.#translateFrames(block.frames);
    const stacks = this.#translateStacks(block.stacks);
    const waits = this.#translateWaits(block.waits);
    const stable: Block = {
      restartsTables: false,
      strings: this.#strings.takeAdded(),
      processes,
      threads,
      renames,
      tasks,
      taskRenames,
      functions,
      frames,
      stacks,
      samples: this.#translateSamples(block.samples),
      waits,
      residents: block.residents.map((row) => ({ ...row, process: this.#local.processes[row.process]! })),
      quality: block.quality,
      end: block.end,
    };
    this.#checkLimits();
    return stable;
  }

  #checkLimits(): void {
    const sizes: Record<keyof typeof limits, number> = {
      strings: this.#strings.size,
      characters: this.#strings.characters,
      processes: this.#processes.size,
      threads: this.#threads.size,
      functions: this.#functions.size,
      frames: this.#frames.size,
      stacks: this.#stacks.size,
    };
    for (const name of Object.keys(limits) as (keyof typeof limits)[]) {
      if (sizes[name] > limits[name]) throw new LynceusError("bad-recording", `the recording has more than ${limits[name]} different ${name}`);
    }
  }

  /** A thread that is told of again has the name that it has by now. */
  #translateThreads(block: Block): { threads: ThreadRow[]; renames: RenameRow[] } {
    const threads: ThreadRow[] = [];
    const renames: RenameRow[] = [];
    for (const row of block.threads) {
      const moved = { ...row, process: this.#local.processes[row.process]! };
      const index = this.#threads.intern(`${moved.process} ${row.tid} ${row.interpreter} ${row.startTime}`);
      this.#local.threads.push(index);
      if (index === this.#threadNames.length) {
        this.#threadNames.push(row.name);
        threads.push(moved);
      } else if (row.name !== "" && row.name !== this.#threadNames[index]) {
        renames.push({ time: block.samples.time[0] ?? row.startTime, thread: index, name: row.name });
      }
    }
    for (const row of block.renames) renames.push({ ...row, thread: this.#local.threads[row.thread]! });
    for (const { thread, name } of renames) this.#threadNames[thread] = name;
    return { threads, renames };
  }

  /** The same for tasks: one that is told of again has the name that it has by now. */
  #translateTasks(block: Block): { tasks: TaskRow[]; taskRenames: TaskRenameRow[] } {
    const tasks: TaskRow[] = [];
    const taskRenames: TaskRenameRow[] = [];
    for (const row of block.tasks) {
      const thread = this.#local.threads[row.thread]!;
      const key = `${thread} ${row.kind} ${row.address} ${row.startTime}`;
      const isFolded = this.#tasks.size >= this.#folds.tasks && !this.#tasks.has(key);
      const name = isFolded ? foldTaskName(row.name) : row.name;
      const index = indexOf(this.#tasks, isFolded ? `${thread} ${row.kind}: ${name} ${row.coroutine}` : key);
      this.#local.tasks.push(index);
      if (index === this.#taskNames.length) {
        this.#taskNames.push(name);
        tasks.push({ ...row, thread, name });
      } else if (name !== this.#taskNames[index]) {
        taskRenames.push({ time: block.samples.time[0] ?? row.startTime, task: index, name });
        this.#taskNames[index] = name;
      }
    }
    for (const row of block.taskRenames) {
      const task = this.#local.tasks[row.task]!;
      if (task >= this.#folds.tasks) continue;
      taskRenames.push({ ...row, task });
      this.#taskNames[task] = row.name;
    }
    return { tasks, taskRenames };
  }

  #translateFunctions(from: FunctionColumns): FunctionColumns {
    const { functions } = this.#local;
    const to = { length: 0, name: [] as number[], file: [] as number[], firstLine: [] as number[], kind: [] as number[] };
    for (let row = 0; row < from.length; row++) {
      const [firstLine, kind] = [from.firstLine[row]!, from.kind[row]!];
      const name = kind === FunctionKind.task ? this.#nameOfTask(from.name[row]!) : this.#strings.indexAt(from.name[row]!);
      const file = this.#strings.indexAt(from.file[row]!);
      if (!isNew(this.#functions, () => this.#functions.intern(name, file, firstLine, kind), functions)) continue;
      to.length++;
      to.name.push(name);
      to.file.push(file);
      to.firstLine.push(firstLine);
      to.kind.push(kind);
    }
    return to;
  }

  #nameOfTask(row: StringIndex): StringIndex {
    const text = this.#strings.textAt(row);
    if (!this.#taskFunctions.has(text)) {
      if (this.#taskFunctions.size >= this.#folds.functions) return this.#strings.intern(foldTaskName(text));
      this.#taskFunctions.add(text);
    }
    return this.#strings.indexAt(row);
  }

  #translateFrames(from: FrameColumns): FrameColumns {
    const { functions, frames } = this.#local;
    const to = { length: 0, function: [] as number[], line: [] as number[], endLine: [] as number[], column: [] as number[], endColumn: [] as number[] };
    for (let row = 0; row < from.length; row++) {
      const ofFunction = functions[from.function[row]!]!;
      const [line, endLine, column, endColumn] = [from.line[row]!, from.endLine[row]!, from.column[row]!, from.endColumn[row]!];
      if (!isNew(this.#frames, () => this.#frames.intern(ofFunction, line, endLine, column, endColumn), frames)) continue;
      to.length++;
      to.function.push(ofFunction);
      to.line.push(line);
      to.endLine.push(endLine);
      to.column.push(column);
      to.endColumn.push(endColumn);
    }
    return to;
  }

  #translateStacks(from: StackColumns): StackColumns {
    const { frames, stacks } = this.#local;
    const parents = new Int32Array(from.length);
    const ofFrames = new Int32Array(from.length);
    let length = 0;
    for (let row = 0; row < from.length; row++) {
      const parent = from.parent[row] === NONE ? NONE : stacks[from.parent[row]!]!;
      const frame = frames[from.frame[row]!]!;
      const size = this.#stacks.size;
      stacks.push(this.#stacks.intern(parent, frame));
      if (this.#stacks.size === size) continue;
      parents[length] = parent;
      ofFrames[length] = frame;
      length++;
    }
    return { length, parent: parents.subarray(0, length), frame: ofFrames.subarray(0, length) };
  }

  #translateSamples(from: SampleColumns): SampleColumns {
    const { threads, stacks, tasks } = this.#local;
    const thread = new Int32Array(from.length);
    const stack = new Int32Array(from.length);
    const task = new Int32Array(from.length);
    for (let row = 0; row < from.length; row++) {
      thread[row] = threads[from.thread[row]!]!;
      stack[row] = from.stack[row] === NONE ? NONE : stacks[from.stack[row]!]!;
      task[row] = from.task[row] === NONE ? NONE : tasks[from.task[row]!]!;
    }
    return { ...from, thread, stack, task };
  }

  #translateWaits(from: WaitColumns): WaitColumns {
    const { threads, stacks, tasks } = this.#local;
    return {
      ...from,
      thread: from.thread.map((row) => threads[row]!),
      task: from.task.map((row) => tasks[row]!),
      stack: from.stack.map((row) => (row === NONE ? NONE : stacks[row]!)),
      what: from.what.map((row) => this.#strings.indexAt(row)),
    };
  }
}

interface LocalMaps {
  readonly processes: number[];
  readonly threads: number[];
  readonly tasks: number[];
  readonly functions: number[];
  readonly frames: number[];
  readonly stacks: number[];
}

function emptyMaps(): LocalMaps {
  return { processes: [], threads: [], tasks: [], functions: [], frames: [], stacks: [] };
}

/** Of a key that is new: as many as there were. */
function indexOf(map: Map<string, number>, key: string): number {
  const known = map.get(key);
  if (known !== undefined) return known;
  map.set(key, map.size);
  return map.size - 1;
}

/** Notes the index that `intern` gives in `map`, and tells whether it is the first time. */
function isNew(interner: { readonly size: number }, intern: () => number, map: number[]): boolean {
  const { size } = interner;
  map.push(intern());
  return interner.size > size;
}

/** A pid may be used again, by a program that started at another time; an exec changes the command line. */
function processKey(row: ProcessRow): string {
  return JSON.stringify([row.pid, row.startTime, row.executable, row.commandLine]);
}
