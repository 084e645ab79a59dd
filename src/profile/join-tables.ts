import { PairInterner, TupleInterner } from "../base/interner.ts";
import { foldTasks } from "./fold-tasks.ts";
import { matchFunctions } from "./match-functions.ts";
import type { StackWeights } from "./stack-weights.ts";
import { type Tables, stringAt } from "./tables-builder.ts";
import { type FrameIndex, NONE, type StackIndex, type ThreadIndex } from "./tables.ts";

/** Where the rows of one recording are in joined tables. */
export interface JoinedRows {
  readonly stack: Int32Array;
  readonly thread: Int32Array;
}

/**
 * The tables of two recordings of what is meant to be the same program, as one: functions that are the same are one
 * function, threads that are called the same one thread. So that two recordings can be counted on the same rows.
 */
export interface JoinedTables extends Tables {
  readonly before: JoinedRows;
  readonly after: JoinedRows;
}

/**
 * What both have looks as in `after`. Lines of `before` are moved with their function: an edit above it does not make
 * another line of it. Processes are one; their ids differ from run to run. Tasks are left out, but for their names in stacks,
 * in which numbers are one number.
 */
export function joinTables(unfoldedBefore: Tables, unfoldedAfter: Tables): JoinedTables {
  const [before, after] = [foldTasks(unfoldedBefore), foldTasks(unfoldedAfter)];
  const strings = [...after.strings];
  const stringIndices = new Map(strings.map((text, index) => [text, index]));
  const intern = (text: string): number => {
    const known = stringIndices.get(text);
    if (known !== undefined) return known;
    stringIndices.set(text, strings.length);
    return strings.push(text) - 1;
  };

  const match = matchFunctions(before, after);
  const functions = {
    length: after.functions.length,
    name: copyOf(after.functions.name, after.functions.length),
    file: copyOf(after.functions.file, after.functions.length),
    firstLine: copyOf(after.functions.firstLine, after.functions.length),
    kind: copyOf(after.functions.kind, after.functions.length),
  };
  const functionOf = new Int32Array(before.functions.length);
  const lineShift = new Int32Array(before.functions.length);
  for (let index = 0; index < functionOf.length; index++) {
    const firstLine = before.functions.firstLine[index]!;
    const same = match[index]!;
    functionOf[index] = same === NONE ? functions.length : same;
    if (same === NONE) {
      functions.length++;
      functions.name.push(intern(stringAt(before, before.functions.name[index]!)));
      functions.file.push(intern(stringAt(before, before.functions.file[index]!)));
      functions.firstLine.push(firstLine);
      functions.kind.push(before.functions.kind[index]!);
    } else if (firstLine > 0 && functions.firstLine[same]! > 0) {
      lineShift[index] = functions.firstLine[same]! - firstLine;
    }
  }

  const frames = new FrameTable();
  const frameOfAfter = Int32Array.from({ length: after.frames.length }, (_, frame) => frames.add(after, frame, after.frames.function[frame]!, 0));
  const frameOfBefore = Int32Array.from({ length: before.frames.length }, (_, frame) => {
    const index = before.frames.function[frame]!;
    return frames.add(before, frame, functionOf[index]!, lineShift[index]!);
  });

  const pairs = new PairInterner();
  const stackOf = (tables: Tables, frameOf: Int32Array): Int32Array => {
    const joined = new Int32Array(tables.stacks.length);
    for (let stack = 0; stack < joined.length; stack++) {
      const parent = tables.stacks.parent[stack]!;
      joined[stack] = pairs.intern(parent === NONE ? NONE : joined[parent]!, frameOf[tables.stacks.frame[stack]!]!);
    }
    return joined;
  };
  const stackOfAfter = stackOf(after, frameOfAfter);
  const stackOfBefore = stackOf(before, frameOfBefore);
  const threads = joinThreads(before, after);
  return {
    strings,
    processes: after.processes.slice(0, 1),
    threads: threads.names.map((name) => ({ process: 0, tid: 0, interpreter: 0, name, startTime: 0 })),
    threadNames: threads.names,
    tasks: [],
    taskNames: [],
    functions,
    frames: frames.columns(),
    stacks: {
      length: pairs.size,
      parent: Int32Array.from({ length: pairs.size }, (_, stack) => pairs.firstOf(stack)),
      frame: Int32Array.from({ length: pairs.size }, (_, stack) => pairs.secondOf(stack)),
    },
    before: { stack: stackOfBefore, thread: threads.before },
    after: { stack: stackOfAfter, thread: threads.after },
  };
}

/** Weights of one recording on joined rows; `scale` makes its time and samples comparable. */
export function joinWeights(weights: StackWeights, rows: JoinedRows, scale = 1): StackWeights {
  return {
    ...scaleWeights(weights, scale),
    threadAt: (row): ThreadIndex => rows.thread[weights.threadAt(row)]!,
    stackAt: (row): StackIndex => joinedStack(rows, weights.stackAt(row)),
  };
}

/** Times as if each sample stood for more, or less. */
export function scaleWeights(weights: StackWeights, scale: number): StackWeights {
  return {
    length: weights.length,
    threadAt: (row) => weights.threadAt(row),
    stackAt: (row) => weights.stackAt(row),
    isCollectingAt: (row) => weights.isCollectingAt(row),
    timeAt: (row) => weights.timeAt(row) * scale,
    samplesAt: (row) => weights.samplesAt(row) * scale,
    squaresAt: (row) => weights.squaresAt(row) * scale ** 2,
  };
}

export function joinedStack(rows: JoinedRows, stack: StackIndex): StackIndex {
  return stack === NONE ? NONE : rows.stack[stack]!;
}

/** "Thread-12 (work)" is another one in each run: numbers in names are one number. */
function joinThreads(before: Tables, after: Tables): { readonly names: readonly string[]; readonly before: Int32Array; readonly after: Int32Array } {
  const names: string[] = [];
  const groups = new Map<string, ThreadIndex>();
  const groupOf = (name: string): ThreadIndex => {
    const label = name === "" ? "(no name)" : name.replaceAll(/\d+/g, "*");
    const known = groups.get(label);
    if (known !== undefined) return known;
    groups.set(label, names.length);
    return names.push(label) - 1;
  };
  const groupsOf = (tables: Tables): Int32Array => Int32Array.from(tables.threads, (_, thread) => groupOf(tables.threadNames[thread] ?? ""));
  const [ofAfter, ofBefore] = [groupsOf(after), groupsOf(before)];
  return { names, before: ofBefore, after: ofAfter };
}

class FrameTable {
  readonly #frames = new TupleInterner(5);
  readonly #rows: [number, number, number, number, number][] = [];

  /** `shift` is added to the lines that are known. */
  add({ frames }: Tables, frame: FrameIndex, functionIndex: number, shift: number): FrameIndex {
    const shifted = (line: number): number => (line > 0 ? Math.max(1, line + shift) : 0);
    const row: [number, number, number, number, number] = [
      functionIndex,
      shifted(frames.line[frame]!),
      shifted(frames.endLine[frame]!),
      frames.column[frame]!,
      frames.endColumn[frame]!,
    ];
    const index = this.#frames.intern(...row);
    if (index === this.#rows.length) this.#rows.push(row);
    return index;
  }

  columns(): Tables["frames"] {
    const column = (at: number): Int32Array => Int32Array.from(this.#rows, (row) => row[at]!);
    return { length: this.#rows.length, function: column(0), line: column(1), endLine: column(2), column: column(3), endColumn: column(4) };
  }
}

function copyOf(column: ArrayLike<number>, length: number): number[] {
  return Array.from({ length }, (_, row) => column[row]!);
}
