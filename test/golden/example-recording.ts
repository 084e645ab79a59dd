import { emptyBlock } from "../../src/profile/empty-block.ts";
import { type Block, FunctionKind, Known, NONE, type Recording, type RecordingMeta, type SampleColumns, State, type WaitColumns } from "../../src/profile/tables.ts";

export const exampleMeta: RecordingMeta = {
  creator: "Lynceus 0.1.0",
  startedAt: 1_790_000_000_000,
  interval: 1_000_000,
  mode: "wall",
  command: ["python3", "app.py", "--name", "naïve; <script>"],
  host: "example",
  system: "Linux 6.1 x86_64",
  extra: { note: "made by hand" },
};

type Sample = readonly [time: number, thread: number, stack: number, wall: number, cpu: number, state: number, known: number, task?: number, sharedOut?: number];

export function sampleColumns(rows: readonly Sample[]): SampleColumns {
  return {
    length: rows.length,
    time: Float64Array.from(rows, (row) => row[0]),
    thread: Int32Array.from(rows, (row) => row[1]),
    stack: Int32Array.from(rows, (row) => row[2]),
    wall: Float64Array.from(rows, (row) => row[3]),
    cpu: Float64Array.from(rows, (row) => row[4]),
    state: Uint16Array.from(rows, (row) => row[5]),
    known: Uint8Array.from(rows, (row) => row[6]),
    task: Int32Array.from(rows, (row) => row[7] ?? NONE),
    sharedOut: Float64Array.from(rows, (row) => row[8] ?? 0),
  };
}

type Wait = readonly [
  start: number,
  end: number,
  thread: number,
  task: number,
  stack: number,
  wall: number,
  whole: number,
  samples: number,
  known: number,
  what: number,
];

export function waitColumns(rows: readonly Wait[]): WaitColumns {
  return {
    length: rows.length,
    start: Float64Array.from(rows, (row) => row[0]),
    end: Float64Array.from(rows, (row) => row[1]),
    thread: Int32Array.from(rows, (row) => row[2]),
    task: Int32Array.from(rows, (row) => row[3]),
    stack: Int32Array.from(rows, (row) => row[4]),
    wall: Float64Array.from(rows, (row) => row[5]),
    whole: Float64Array.from(rows, (row) => row[6]),
    samples: Float64Array.from(rows, (row) => row[7]),
    known: Uint8Array.from(rows, (row) => row[8]),
    what: Int32Array.from(rows, (row) => row[9]),
  };
}

const running = State.onCpu | State.holdsGil;

/**
 * Two threads, recursion, a collection, a lost and a partial sample, a thread without Python, nasty names; in the last
 * block the sampler restarted its tables, and tells again what it needs, in another order.
 *
 *   0 main  1 main>work  2 main>work>work  3 main>parse  4 main>(unproved)  5 (lost)  6 run
 */
export const exampleBlocks: readonly Block[] = [
  {
    ...emptyBlock,
    strings: ["main", "/app/app.py", "work", "parse;<b>\n</script>", "/app/a b;c:d.py", "(unproved)", "", "(lost)"],
    processes: [{ pid: 1234, parentPid: 1, commandLine: ["python3", "app.py"], pythonVersion: "3.13.0", executable: "/usr/bin/python3", startTime: 0 }],
    threads: [
      { process: 0, tid: 1234, interpreter: 0, name: "MainThread", startTime: 0 },
      { process: 0, tid: 1240, interpreter: 0, name: "", startTime: 500_000 },
    ],
    functions: {
      length: 5,
      name: [0, 2, 3, 5, 7],
      file: [1, 1, 4, 6, 6],
      firstLine: [1, 10, 3, 0, 0],
      kind: [FunctionKind.python, FunctionKind.python, FunctionKind.python, FunctionKind.marker, FunctionKind.marker],
    },
    frames: { length: 6, function: [0, 1, 1, 2, 3, 4], line: [5, 12, 14, 4, 0, 0], endLine: [5, 12, 15, 4, 0, 0], column: [3, 5, 5, 1, 0, 0], endColumn: [9, 20, 7, 8, 0, 0] },
    stacks: { length: 6, parent: [NONE, 0, 1, 0, 0, NONE], frame: [0, 1, 2, 3, 4, 5] },
    samples: sampleColumns([
      [1_000_000, 0, 1, 1_000_000, 990_000, running, Known.verified],
      [1_000_500, 1, NONE, 500_500, 0, 0, Known.verified],
      [2_000_100, 0, 2, 1_000_100, 1_000_000, running, Known.verified],
      [2_000_600, 1, NONE, 1_000_100, 0, 0, Known.verified],
      [3_000_400, 0, 2, 1_000_300, 1_000_000, running | State.collecting, Known.exact],
      [4_000_000, 0, 4, 999_600, 999_600, running, Known.partial],
    ]),
    quality: [{ time: 4_000_000, roundsDue: 4, roundsLate: 0, verified: 4, exact: 1, paused: 0, partial: 1, lost: 0, busy: 20_000 }],
  },
  {
    ...emptyBlock,
    renames: [{ time: 4_500_000, thread: 1, name: "wörker" }],
    samples: sampleColumns([
      [5_000_000, 0, 3, 1_000_000, 0, State.waitsForGil, Known.paused],
      [6_000_000, 0, 5, 1_000_000, 1_000_000, State.onCpu, Known.lost],
    ]),
    quality: [{ time: 6_000_000, roundsDue: 3, roundsLate: 1, verified: 0, exact: 0, paused: 1, partial: 0, lost: 1, busy: 10_000 }],
  },
  {
    ...emptyBlock,
    restartsTables: true,
    strings: ["/app/app.py", "work", "main", "run"],
    processes: [{ pid: 1234, parentPid: 1, commandLine: ["python3", "app.py"], pythonVersion: "3.13.0", executable: "/usr/bin/python3", startTime: 0 }],
    threads: [
      { process: 0, tid: 1240, interpreter: 0, name: "wörker", startTime: 500_000 },
      { process: 0, tid: 1234, interpreter: 0, name: "MainThread", startTime: 0 },
    ],
    functions: { length: 3, name: [3, 1, 2], file: [0, 0, 0], firstLine: [30, 10, 1], kind: [0, 0, 0] },
    frames: { length: 3, function: [0, 2, 1], line: [31, 5, 12], endLine: [31, 5, 12], column: [1, 3, 5], endColumn: [2, 9, 20] },
    stacks: { length: 3, parent: [NONE, NONE, 1], frame: [0, 1, 2] },
    samples: sampleColumns([
      [7_000_000, 0, 0, 4_999_400, 800_000, running, Known.verified],
      [7_000_000, 1, 2, 1_000_000, 100_000, 0, Known.verified],
    ]),
    quality: [{ time: 7_000_000, roundsDue: 1, roundsLate: 0, verified: 2, exact: 0, paused: 0, partial: 0, lost: 0, busy: 5_000 }],
    end: { duration: 7_250_000, reason: "the program ended" },
  },
];

export function recordingOf(blocks: readonly Block[], isComplete = true, meta: RecordingMeta = exampleMeta): Recording {
  return { meta, isComplete, blocks: () => blocks };
}
