import { LynceusError } from "../../base/errors.ts";
import { StringInterner } from "../../base/interner.ts";
import { type Block, type Known, NONE, type RecordingEnd, State, knownNames } from "../../profile/tables.ts";
import { emptyBlock } from "../../profile/empty-block.ts";
import { WaitBuffer } from "../../profile/wait-buffer.ts";
import { kindNames } from "../names.ts";
import {
  type Json,
  decodeEnd,
  decodeProcess,
  decodeQuality,
  decodeRename,
  decodeResident,
  decodeTask,
  decodeTaskRename,
  decodeThread,
} from "../recording/decode-rows.ts";

const maxLine = 2 ** 31 - 1;
const maxState = 0xffff;
const stateBits: ReadonlyMap<unknown, number> = new Map(Object.entries(State));

type Table = "process" | "thread" | "task" | "function" | "frame" | "stack";

/** Makes blocks of lines: ids count from 0 in each table, and point only to what stands before. Throws `bad-recording`. */
export class LineDecoder {
  readonly #strings = new StringInterner();
  readonly #sizes: Record<Table, number> = { process: 0, thread: 0, task: 0, function: 0, frame: 0, stack: 0 };
  #block = newBlock();

  get sampleCount(): number {
    return this.#block.time.length;
  }

  add(line: Json): void {
    const block = this.#block;
    switch (line["type"]) {
      case "sample":
        return this.#addSample(line);
      case "stack":
        this.#checkId(line, "stack");
        block.parents.push(line["parent"] === null ? NONE : this.#reference(line, "parent", "stack"));
        block.stackFrames.push(this.#reference(line, "frame", "frame"));
        this.#sizes.stack++;
        return;
      case "frame":
        return this.#addFrame(line);
      case "function":
        return this.#addFunction(line);
      case "process":
        this.#checkId(line, "process");
        block.processes.push(decodeProcess(line));
        this.#sizes.process++;
        return;
      case "thread":
        this.#checkId(line, "thread");
        this.#reference(line, "process", "process");
        block.threads.push(decodeThread(line));
        this.#sizes.thread++;
        return;
      case "rename":
        this.#reference(line, "thread", "thread");
        block.renames.push(decodeRename(line));
        return;
      case "task":
        this.#checkId(line, "task");
        this.#reference(line, "thread", "thread");
        block.tasks.push(decodeTask(line));
        this.#sizes.task++;
        return;
      case "taskRename":
        this.#reference(line, "task", "task");
        block.taskRenames.push(decodeTaskRename(line));
        return;
      case "wait":
        return this.#addWait(line);
      case "resident":
        this.#reference(line, "process", "process");
        block.residents.push(decodeResident(line));
        return;
      case "quality":
        block.quality.push(decodeQuality(line));
        return;
      case "end":
        block.end = line["duration"] === null ? null : decodeEnd(line);
        return;
      default:
    }
  }

  /** What was added since the block before. */
  take(): Block {
    const taken = this.#block;
    this.#block = newBlock();
    return {
      ...emptyBlock,
      strings: taken.strings,
      processes: taken.processes,
      threads: taken.threads,
      renames: taken.renames,
      tasks: taken.tasks,
      taskRenames: taken.taskRenames,
      functions: { length: taken.names.length, name: taken.names, file: taken.files, firstLine: taken.firstLines, kind: taken.kinds },
      frames: {
        length: taken.frameFunctions.length,
        function: taken.frameFunctions,
        line: taken.lines,
        endLine: taken.endLines,
        column: taken.columns,
        endColumn: taken.endColumns,
      },
      stacks: { length: taken.parents.length, parent: taken.parents, frame: taken.stackFrames },
      samples: {
        length: taken.time.length,
        time: Float64Array.from(taken.time),
        thread: Int32Array.from(taken.thread),
        stack: Int32Array.from(taken.stack),
        wall: Float64Array.from(taken.wall),
        cpu: Float64Array.from(taken.cpu),
        state: Uint16Array.from(taken.state),
        known: Uint8Array.from(taken.known),
        task: Int32Array.from(taken.task),
        sharedOut: Float64Array.from(taken.sharedOut),
      },
      waits: taken.waits.take(),
      residents: taken.residents,
      quality: taken.quality,
      end: taken.end,
    };
  }

  #addFunction(line: Json): void {
    this.#checkId(line, "function");
    const { names, files, firstLines, kinds } = this.#block;
    const kind = kindNames.indexOf(text(line, "kind"));
    if (kind === -1) throw wrong("kind");
    names.push(this.#string(text(line, "name")));
    files.push(this.#string(text(line, "file")));
    firstLines.push(whole(line, "firstLine", maxLine));
    kinds.push(kind);
    this.#sizes.function++;
  }

  #addFrame(line: Json): void {
    this.#checkId(line, "frame");
    const { frameFunctions, lines, endLines, columns, endColumns } = this.#block;
    frameFunctions.push(this.#reference(line, "function", "function"));
    lines.push(whole(line, "line", maxLine));
    endLines.push(whole(line, "endLine", maxLine));
    columns.push(whole(line, "column", maxLine));
    endColumns.push(whole(line, "endColumn", maxLine));
    this.#sizes.frame++;
  }

  #addSample(line: Json): void {
    const { time, thread, stack, wall, cpu, state, known, task, sharedOut } = this.#block;
    time.push(whole(line, "time", Number.MAX_SAFE_INTEGER));
    thread.push(this.#reference(line, "thread", "thread"));
    stack.push(line["stack"] === null ? NONE : this.#reference(line, "stack", "stack"));
    wall.push(whole(line, "wall", Number.MAX_SAFE_INTEGER));
    cpu.push(whole(line, "cpu", Number.MAX_SAFE_INTEGER));
    state.push(stateFrom(line["state"]));
    known.push(knownFrom(line["known"]));
    task.push(line["task"] === undefined ? NONE : this.#reference(line, "task", "task"));
    sharedOut.push(line["sharedOut"] === undefined ? 0 : whole(line, "sharedOut", Number.MAX_SAFE_INTEGER));
  }

  #addWait(line: Json): void {
    const number = (name: string): number => whole(line, name, Number.MAX_SAFE_INTEGER);
    this.#block.waits.push({
      start: number("start"),
      end: number("end"),
      thread: this.#reference(line, "thread", "thread"),
      task: this.#reference(line, "task", "task"),
      stack: line["stack"] === null ? NONE : this.#reference(line, "stack", "stack"),
      wall: number("wall"),
      whole: number("whole"),
      samples: number("samples"),
      known: knownFrom(line["known"]),
      what: this.#string(text(line, "what")),
    });
  }

  #checkId(line: Json, table: Table): void {
    if (line["id"] !== this.#sizes[table]) throw new LynceusError("bad-recording", `${table} ${String(line["id"])} stands where ${this.#sizes[table]} should`);
  }

  #reference(line: Json, name: string, table: Table): number {
    return whole(line, name, this.#sizes[table] - 1);
  }

  #string(value: string): number {
    const { size } = this.#strings;
    const index = this.#strings.intern(value);
    if (index === size) this.#block.strings.push(value);
    return index;
  }
}

function newBlock() {
  return {
    strings: [] as string[],
    processes: [] as Block["processes"][number][],
    threads: [] as Block["threads"][number][],
    renames: [] as Block["renames"][number][],
    tasks: [] as Block["tasks"][number][],
    taskRenames: [] as Block["taskRenames"][number][],
    waits: new WaitBuffer(),
    residents: [] as Block["residents"][number][],
    quality: [] as Block["quality"][number][],
    end: null as RecordingEnd | null,
    names: [] as number[],
    files: [] as number[],
    firstLines: [] as number[],
    kinds: [] as number[],
    frameFunctions: [] as number[],
    lines: [] as number[],
    endLines: [] as number[],
    columns: [] as number[],
    endColumns: [] as number[],
    parents: [] as number[],
    stackFrames: [] as number[],
    time: [] as number[],
    thread: [] as number[],
    stack: [] as number[],
    wall: [] as number[],
    cpu: [] as number[],
    state: [] as number[],
    known: [] as Known[],
    task: [] as number[],
    sharedOut: [] as number[],
  };
}

function stateFrom(value: unknown): number {
  if (!Array.isArray(value) || value.length > 20) throw wrong("state");
  let state = 0;
  for (const item of value as readonly unknown[]) {
    const bits = typeof item === "number" ? item : stateBits.get(item);
    if (bits === undefined || !Number.isInteger(bits) || bits < 0 || bits > maxState) throw wrong("state");
    state |= bits;
  }
  return state;
}

function knownFrom(value: unknown): Known {
  const known = typeof value === "string" ? knownNames.indexOf(value) : -1;
  if (known === -1) throw wrong("known");
  return known as Known;
}

function whole(line: Json, name: string, most: number): number {
  const value = line[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most) throw wrong(name);
  return value;
}

function text(line: Json, name: string): string {
  const value = line[name];
  if (typeof value !== "string") throw wrong(name);
  return value;
}

function wrong(name: string): LynceusError {
  return new LynceusError("bad-recording", `there is no right "${name}"`);
}
