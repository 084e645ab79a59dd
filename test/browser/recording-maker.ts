import { emptyBlock } from "../../src/profile/empty-block.ts";
import {
  FunctionKind,
  Known,
  NONE,
  State,
  type Block,
  type ProcessRow,
  type Recording,
  type RecordingMeta,
  type TaskRow,
  type ThreadRow,
} from "../../src/profile/tables.ts";
import { sampleColumns, waitColumns } from "../golden/example-recording.ts";

/** A function of a made-up program. */
export interface Code {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly kind?: FunctionKind;
}

export const defaultMeta: RecordingMeta = {
  creator: "lynceus test",
  startedAt: Date.UTC(2026, 10, 21, 2, 14),
  interval: 1e6,
  mode: "wall",
  command: ["python", "etl.py", "--day", "2026-11-20"],
  host: "batch-7",
  system: "Linux 6.1 x86_64",
  extra: { cpus: "8" },
};

/** Makes recordings sample by sample: interning, and one block at the end. */
export class RecordingMaker {
  readonly #strings = new Map<string, number>();
  readonly #functions = new Map<string, number>();
  readonly #frames = new Map<string, number>();
  readonly #stacks = new Map<number, number>();
  readonly #functionRows: [name: number, file: number, line: number, kind: number][] = [];
  readonly #frameRows: [code: number, line: number, column: number][] = [];
  readonly #stackRows: [parent: number, frame: number][] = [];
  readonly #samples: Parameters<typeof sampleColumns>[0][number][] = [];
  readonly #waits: Parameters<typeof waitColumns>[0][number][] = [];
  readonly processes: ProcessRow[] = [];
  readonly threads: ThreadRow[] = [];
  readonly tasks: TaskRow[] = [];
  roundsLate = 0;

  process(pid: number, ...commandLine: string[]): number {
    const row = { pid, parentPid: 1, commandLine, pythonVersion: "3.13.0", executable: "/opt/app/.venv/bin/python", startTime: 0 };
    return this.processes.push(row) - 1;
  }

  thread(process: number, tid: number, name: string): number {
    return this.threads.push({ process, tid, interpreter: 0, name, startTime: 0 }) - 1;
  }

  task(thread: number, name: string, coroutine: string): number {
    return this.tasks.push({ thread, kind: "asyncio", name, coroutine, address: 4096 + this.tasks.length * 256, startTime: 0 }) - 1;
  }

  /** `line` is the one that is running; the function's first when left out. */
  stack(parent: number, code: Code, line: number = code.line): number {
    const name = this.#intern(code.name);
    const file = this.#intern(code.file);
    const functionIndex = indexOf(this.#functions, `${name}:${file}:${code.line}`, () =>
      this.#functionRows.push([name, file, code.line, code.kind ?? FunctionKind.python]),
    );
    const frame = indexOf(this.#frames, `${functionIndex}:${line}`, () => this.#frameRows.push([functionIndex, line, 9]));
    return indexOf(this.#stacks, (parent + 1) * 2 ** 26 + frame, () => this.#stackRows.push([parent, frame]));
  }

  sample(time: number, thread: number, stack: number, wall: number, cpu: number, state: number = State.onCpu, known: number = Known.verified): void {
    this.#samples.push([time, thread, stack, wall, cpu, state, known]);
  }

  /** `task` ran, or NONE did and all time is told as waits. */
  sampleOfTask(time: number, thread: number, stack: number, wall: number, task: number): void {
    const isIdle = task === NONE;
    const state = isIdle ? 0 : State.onCpu | State.holdsGil;
    this.#samples.push([time, thread, stack, wall, isIdle ? 0 : wall, state, Known.verified, task, isIdle ? wall : 0]);
  }

  wait(start: number, end: number, task: number, stack: number, wall: number, what: string): void {
    this.#waits.push([start, end, this.tasks[task]!.thread, task, stack, wall, end - start, 1, Known.verified, this.#intern(what)]);
  }

  finish(meta: Partial<RecordingMeta> = {}, isComplete = true): Recording {
    const samples = this.#samples;
    const duration = samples.at(-1)?.[0] ?? 0;
    const count = (known: number): number => samples.filter((row) => row[6] === known).length;
    const block: Block = {
      ...emptyBlock,
      strings: [...this.#strings.keys()],
      processes: this.processes,
      threads: this.threads,
      tasks: this.tasks,
      functions: table(this.#functionRows, ["name", "file", "firstLine", "kind"]),
      frames: {
        length: this.#frameRows.length,
        function: this.#frameRows.map(([code]) => code),
        line: this.#frameRows.map(([, line]) => line),
        endLine: this.#frameRows.map(([, line]) => line),
        column: this.#frameRows.map(([, , start]) => start),
        endColumn: this.#frameRows.map(([, , start]) => start + 24),
      },
      stacks: table(this.#stackRows, ["parent", "frame"]),
      samples: sampleColumns(samples),
      waits: waitColumns(this.#waits),
      quality: [
        {
          time: duration,
          roundsDue: Math.round(duration / 1e6),
          roundsLate: this.roundsLate,
          verified: count(Known.verified),
          exact: count(Known.exact),
          paused: count(Known.paused),
          partial: count(Known.partial),
          lost: count(Known.lost),
          busy: 0,
        },
      ],
      end: isComplete ? { duration, reason: "the program ended" } : null,
    };
    return { meta: { ...defaultMeta, ...meta }, isComplete, blocks: () => [block] };
  }

  #intern(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, this.#strings.size);
    return this.#strings.size - 1;
  }
}

function indexOf<K>(map: Map<K, number>, key: K, add: () => number): number {
  let index = map.get(key);
  if (index === undefined) map.set(key, (index = add() - 1));
  return index;
}

function table<const N extends string>(rows: readonly (readonly number[])[], names: readonly N[]): { length: number } & Record<N, number[]> {
  const columns = Object.fromEntries(names.map((name, index) => [name, rows.map((row) => row[index]!)])) as Record<N, number[]>;
  return { length: rows.length, ...columns };
}

/** The same numbers every time. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
