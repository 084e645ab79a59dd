import { emptyBlock } from "../../src/profile/empty-block.ts";
import { type Block, FunctionKind, Known, NONE, State, type TaskRow } from "../../src/profile/tables.ts";
import { sampleColumns, waitColumns } from "./example-recording.ts";

const running = State.onCpu | State.holdsGil;
const task = (name: string, coroutine: string, address: number): TaskRow => ({ thread: 0, kind: "asyncio", name, coroutine, address, startTime: 1_000_000 });
const { python, task: taskKind } = FunctionKind;

const strings = [
  "run",
  "/usr/lib/python3.13/asyncio/runners.py",
  "Task-1",
  "",
  "main",
  "/app/server.py",
  "Task-2",
  "handle",
  "select",
  "/usr/lib/python3.13/selectors.py",
  "parse;",
  "reader",
  "sleep",
  "another task",
  "Lock",
];

/**
 * An event loop, 100 ms: `main` (Task-1) waits for the other two all the time; `handle` (Task-2) runs for 60 ms, in `parse;` at last, and sleeps
 * for 40; `reader` waits for a lock all the time. These two share the thread's time: each has half of it. Then the sampler
 * restarted its tables, and `handle` runs for another 20 ms under a new name.
 *
 *   0 run  1 run>select  2,3 run>[Task-1]>main  4,5 ..>[Task-2]>handle  6,7 ..>[Task-2]>handle>parse;  8,9 ..>[reader]>reader
 */
export const exampleTaskBlocks: readonly Block[] = [
  {
    ...emptyBlock,
    strings,
    processes: [{ pid: 4321, parentPid: 1, commandLine: ["python3", "server.py"], pythonVersion: "3.13.0", executable: "/usr/bin/python3", startTime: 0 }],
    threads: [{ process: 0, tid: 4321, interpreter: 0, name: "MainThread", startTime: 0 }],
    tasks: [task("Task-1", "main", 0x7f00_0000_1000), task("Task-2", "handle", 0x7f00_0000_2000), task("Task-3", "reader", 0x7f00_0000_3000)],
    taskRenames: [{ time: 2_000_000, task: 2, name: "reader" }],
    functions: {
      length: 9,
      name: [0, 8, 2, 4, 6, 7, 10, 11, 11],
      file: [1, 9, 3, 5, 3, 5, 5, 3, 5],
      firstLine: [160, 450, 0, 20, 0, 8, 30, 0, 40],
      kind: [python, python, taskKind, python, taskKind, python, python, taskKind, python],
    },
    frames: {
      length: 10,
      function: [0, 1, 2, 3, 4, 5, 5, 6, 7, 8],
      line: [194, 460, 0, 22, 0, 10, 12, 33, 0, 41],
      endLine: [194, 460, 0, 22, 0, 10, 12, 33, 0, 41],
      column: [16, 20, 0, 5, 0, 5, 5, 9, 0, 9],
      endColumn: [40, 60, 0, 30, 0, 30, 20, 15, 0, 20],
    },
    stacks: { length: 10, parent: [NONE, 0, 0, 2, 3, 4, 4, 6, 3, 8], frame: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
    samples: sampleColumns([
      [20_000_000, 0, 5, 20_000_000, 20_000_000, running, Known.verified, 1, 10_000_000],
      [40_000_000, 0, 7, 20_000_000, 20_000_000, running, Known.exact, 1, 10_000_000],
      [60_000_000, 0, 7, 20_000_000, 20_000_000, running, Known.verified, 1, 10_000_000],
    ]),
    quality: [{ time: 60_000_000, roundsDue: 3, roundsLate: 0, verified: 2, exact: 1, paused: 0, partial: 0, lost: 0, busy: 60_000 }],
    waits: waitColumns([
      [0, 60_000_000, 0, 0, 3, 0, 60_000_000, 3, Known.verified, 13],
      [0, 60_000_000, 0, 2, 9, 30_000_000, 60_000_000, 3, Known.verified, 14],
    ]),
  },
  {
    ...emptyBlock,
    samples: sampleColumns([
      [80_000_000, 0, 1, 20_000_000, 0, 0, Known.verified, NONE, 20_000_000],
      [100_000_000, 0, 1, 20_000_000, 0, 0, Known.verified, NONE, 20_000_000],
    ]),
    waits: waitColumns([
      [60_000_000, 100_000_000, 0, 0, 3, 0, 40_000_000, 2, Known.verified, 13],
      [60_000_000, 100_000_000, 0, 1, 5, 20_000_000, 40_000_000, 2, Known.verified, 12],
      [60_000_000, 100_000_000, 0, 2, 9, 20_000_000, 40_000_000, 2, Known.verified, 14],
    ]),
    quality: [{ time: 100_000_000, roundsDue: 2, roundsLate: 0, verified: 2, exact: 0, paused: 0, partial: 0, lost: 0, busy: 40_000 }],
  },
  {
    ...emptyBlock,
    restartsTables: true,
    strings: ["handle", "/app/server.py", "run", "/usr/lib/python3.13/asyncio/runners.py", "request 12", ""],
    processes: [{ pid: 4321, parentPid: 1, commandLine: ["python3", "server.py"], pythonVersion: "3.13.0", executable: "/usr/bin/python3", startTime: 0 }],
    threads: [{ process: 0, tid: 4321, interpreter: 0, name: "MainThread", startTime: 0 }],
    tasks: [task("request 12", "handle", 0x7f00_0000_2000)],
    functions: { length: 3, name: [2, 4, 0], file: [3, 5, 1], firstLine: [160, 0, 8], kind: [python, taskKind, python] },
    frames: { length: 3, function: [0, 1, 2], line: [194, 0, 12], endLine: [194, 0, 12], column: [16, 0, 5], endColumn: [40, 0, 20] },
    stacks: { length: 3, parent: [NONE, 0, 1], frame: [0, 1, 2] },
    samples: sampleColumns([[120_000_000, 0, 2, 20_000_000, 20_000_000, running, Known.verified, 0]]),
    quality: [{ time: 120_000_000, roundsDue: 1, roundsLate: 0, verified: 1, exact: 0, paused: 0, partial: 0, lost: 0, busy: 20_000 }],
    end: { duration: 120_000_000, reason: "the program ended" },
  },
];
