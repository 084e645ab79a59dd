import type { Nanoseconds } from "../base/units.ts";
import type {
  Block,
  FrameIndex,
  FunctionIndex,
  FunctionKind,
  ProcessIndex,
  ProcessRow,
  QualityRow,
  RecordingEnd,
  RenameRow,
  ResidentRow,
  StringIndex,
  TaskIndex,
  TaskRenameRow,
  TaskRow,
  ThreadIndex,
  ThreadRow,
} from "../profile/tables.ts";
import { WaitBuffer } from "../profile/wait-buffer.ts";
import { SampleBuffer } from "./sample-buffer.ts";
import { StackTable } from "./stack-table.ts";

/** When the tables have grown past these, they begin anew: about 60 MB. What is sampled for days must not grow for days. */
const maxStacks = 1 << 20;
const maxFrames = 1 << 18;
const maxText = 32 << 20;
const maxTasks = 1 << 18;

export interface Position {
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
}

/**
 * The tables of a recording in the making. Interns strings, functions, frames and stacks, and hands out what was added
 * since last time as a `Block`. An index is valid while `epoch` stays what it was when it was handed out.
 */
export class Recorder {
  /** Goes up when the tables begin anew: then ask for every index again. */
  epoch = 0;
  readonly samples: SampleBuffer = new SampleBuffer();
  readonly waits: WaitBuffer = new WaitBuffer();
  readonly stacks: StackTable = new StackTable();
  #restarts = false;
  #processCount = 0;
  #threadCount = 0;
  #taskCount = 0;
  #textSize = 0;
  #sentStacks = 0;
  readonly #strings = new Map<string, number>();
  readonly #functions = new Map<string, FunctionIndex>();
  readonly #frames = new Map<string, FrameIndex>();
  #added = emptyAddition();

  addProcess(row: ProcessRow): ProcessIndex {
    this.#added.processes.push(row);
    return this.#processCount++;
  }

  addThread(row: ThreadRow): ThreadIndex {
    this.#added.threads.push(row);
    return this.#threadCount++;
  }

  rename(time: Nanoseconds, thread: ThreadIndex, name: string): void {
    this.#added.renames.push({ time, thread, name });
  }

  addTask(row: TaskRow): TaskIndex {
    this.#added.tasks.push(row);
    return this.#taskCount++;
  }

  renameTask(time: Nanoseconds, task: TaskIndex, name: string): void {
    this.#added.taskRenames.push({ time, task, name });
  }

  addResident(row: ResidentRow): void {
    this.#added.residents.push(row);
  }

  internFunction(name: string, file: string, firstLine: number, kind: FunctionKind): FunctionIndex {
    const nameIndex = this.internString(name);
    const fileIndex = this.internString(file);
    const key = `${nameIndex},${fileIndex},${firstLine},${kind}`;
    let index = this.#functions.get(key);
    if (index === undefined) {
      index = this.#functions.size;
      this.#functions.set(key, index);
      const { functions } = this.#added;
      functions.length++;
      functions.name.push(nameIndex);
      functions.file.push(fileIndex);
      functions.firstLine.push(firstLine);
      functions.kind.push(kind);
    }
    return index;
  }

  internFrame(func: FunctionIndex, { line, endLine, column, endColumn }: Position): FrameIndex {
    const key = `${func},${line},${endLine},${column},${endColumn}`;
    let index = this.#frames.get(key);
    if (index === undefined) {
      index = this.#frames.size;
      this.#frames.set(key, index);
      const { frames } = this.#added;
      frames.length++;
      frames.function.push(func);
      frames.line.push(line);
      frames.endLine.push(endLine);
      frames.column.push(column);
      frames.endColumn.push(endColumn);
    }
    return index;
  }

  internString(text: string): StringIndex {
    let index = this.#strings.get(text);
    if (index === undefined) {
      index = this.#strings.size;
      this.#strings.set(text, index);
      this.#added.strings.push(text);
      this.#textSize += text.length;
    }
    return index;
  }

  /** What came since the last call. `quality` and `end` are the caller's to say. */
  takeBlock(quality: readonly QualityRow[], end: RecordingEnd | null): Block {
    const added = this.#added;
    const from = this.#sentStacks;
    const block: Block = {
      restartsTables: this.#restarts,
      strings: added.strings,
      processes: added.processes,
      threads: added.threads,
      renames: added.renames,
      tasks: added.tasks,
      taskRenames: added.taskRenames,
      functions: added.functions,
      frames: added.frames,
      stacks: {
        length: this.stacks.length - from,
        parent: this.stacks.parent.slice(from, this.stacks.length),
        frame: this.stacks.frame.slice(from, this.stacks.length),
      },
      samples: this.samples.take(),
      waits: this.waits.take(),
      residents: added.residents,
      quality,
      end,
    };
    this.#added = emptyAddition();
    this.#sentStacks = this.stacks.length;
    this.#restarts = false;
    if (this.stacks.length > maxStacks || this.#frames.size > maxFrames || this.#textSize > maxText || this.#taskCount > maxTasks) this.#restart();
    return block;
  }

  #restart(): void {
    this.epoch++;
    this.#restarts = true;
    this.#processCount = 0;
    this.#threadCount = 0;
    this.#taskCount = 0;
    this.#textSize = 0;
    this.#sentStacks = 0;
    this.stacks.clear();
    this.#strings.clear();
    this.#functions.clear();
    this.#frames.clear();
  }
}

interface Addition {
  strings: string[];
  processes: ProcessRow[];
  threads: ThreadRow[];
  renames: RenameRow[];
  tasks: TaskRow[];
  taskRenames: TaskRenameRow[];
  residents: ResidentRow[];
  functions: { length: number; name: number[]; file: number[]; firstLine: number[]; kind: number[] };
  frames: { length: number; function: number[]; line: number[]; endLine: number[]; column: number[]; endColumn: number[] };
}

function emptyAddition(): Addition {
  return {
    strings: [],
    processes: [],
    threads: [],
    renames: [],
    tasks: [],
    taskRenames: [],
    residents: [],
    functions: { length: 0, name: [], file: [], firstLine: [], kind: [] },
    frames: { length: 0, function: [], line: [], endLine: [], column: [], endColumn: [] },
  };
}
