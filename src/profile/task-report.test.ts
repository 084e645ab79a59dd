import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exampleMeta, recordingOf, sampleColumns, waitColumns } from "../../test/golden/example-recording.ts";
import { emptyBlock } from "./empty-block.ts";
import { LagCounter } from "./loop-lag.ts";
import { type Block, FunctionKind, Known, NONE, State } from "./tables.ts";
import { reportTasks } from "./task-report.ts";

const running = State.onCpu | State.holdsGil;
const ms = 1_000_000;

/**
 *   0 run  1 run>[Task-1]  2 ..>handle  3 ..>handle>parse  4 run>[Task-2]>handle
 *   tasks: Task-1 handle, Task-2 handle, main (renamed from Task-3) main
 */
function recorded(samples: Parameters<typeof sampleColumns>[0], waits: Parameters<typeof waitColumns>[0] = []): Block {
  const task = (name: string, coroutine: string, address: number) => ({ thread: 0, kind: "asyncio" as const, name, coroutine, address, startTime: 0 });
  return {
    ...emptyBlock,
    strings: ["run", "loop.py", "Task-1", "", "handle", "app.py", "parse", "Task-2", "Lock", "task Task-1", "task Task-2"],
    processes: [{ pid: 7, parentPid: 1, commandLine: [], pythonVersion: "3.13.0", executable: "", startTime: 0 }],
    threads: [{ process: 0, tid: 7, interpreter: 0, name: "MainThread", startTime: 0 }],
    tasks: [task("Task-1", "handle", 16), task("Task-2", "handle", 32), task("Task-3", "main", 48)],
    taskRenames: [{ time: 0, task: 2, name: "main" }],
    functions: {
      length: 5,
      name: [0, 2, 4, 6, 7],
      file: [1, 3, 5, 5, 3],
      firstLine: [1, 0, 2, 9, 0],
      kind: [FunctionKind.python, FunctionKind.task, FunctionKind.python, FunctionKind.python, FunctionKind.task],
    },
    frames: { length: 5, function: [0, 1, 2, 3, 4], line: [5, 0, 3, 10, 0], endLine: [5, 0, 3, 10, 0], column: [1, 0, 1, 1, 0], endColumn: [2, 0, 2, 2, 0] },
    stacks: { length: 6, parent: [NONE, 0, 1, 2, 0, 4], frame: [0, 1, 2, 3, 4, 2] },
    samples: sampleColumns(samples),
    waits: waitColumns(waits),
    end: { duration: 100 * ms, reason: "the program ended" },
  };
}

function report(...blocks: readonly Block[]): ReturnType<typeof reportTasks> {
  return reportTasks(recordingOf(blocks, true, { ...exampleMeta, interval: 10 * ms }), { stretchOver: 50 * ms });
}

describe("the report of tasks", () => {
  it("puts tasks together that differ in numbers only, with what they waited for", () => {
    const { tasks, taskCount } = report(
      recorded(
        [
          [10 * ms, 0, 2, 10 * ms, 9 * ms, running, Known.verified, 0],
          [20 * ms, 0, 5, 10 * ms, 10 * ms, running, Known.verified, 1],
          [30 * ms, 0, 0, 10 * ms, 0, 0, Known.verified, NONE, 10 * ms],
        ],
        [
          [0, 30 * ms, 0, 0, 2, 5 * ms, 20 * ms, 2, Known.verified, 8],
          [0, 30 * ms, 0, 1, 5, 5 * ms, 10 * ms, 1, Known.verified, 8],
          [0, 30 * ms, 0, 2, 0, 0, 12 * ms, 3, Known.verified, 9],
          [0, 30 * ms, 0, 2, 0, 0, 13 * ms, 3, Known.verified, 10],
        ],
      ),
    );
    expect(taskCount).toBe(3);
    expect(tasks).toEqual([
      {
        name: "Task-*",
        coroutine: "handle",
        kind: "asyncio",
        count: 2,
        running: 20 * ms,
        cpu: 19 * ms,
        waiting: 30 * ms,
        reasons: [{ what: "Lock", time: 30 * ms }],
        longest: 10 * ms,
      },
      {
        name: "main",
        coroutine: "main",
        kind: "asyncio",
        count: 1,
        running: 0,
        cpu: 0,
        waiting: 25 * ms,
        reasons: [{ what: "task Task-*", time: 25 * ms }],
        longest: 0,
      },
    ]);
  });

  it("tells of each long stretch, over blocks, with the stack that it had most of the time", () => {
    const first = recorded([
      [10 * ms, 0, 2, 10 * ms, 0, running, Known.verified, 0],
      [20 * ms, 0, 3, 10 * ms, 0, running, Known.verified, 0],
    ]);
    const second = {
      ...emptyBlock,
      samples: sampleColumns([
        // Lost: it neither ends a stretch nor is known to be of it.
        [30 * ms, 0, 0, 10 * ms, 0, running, Known.lost],
        [70 * ms, 0, 3, 40 * ms, 25 * ms, running, Known.verified, 0],
        [80 * ms, 0, 5, 10 * ms, 0, running, Known.verified, 1],
        [90 * ms, 0, 0, 10 * ms, 0, 0, Known.verified],
      ]),
    };
    const { stretches, stretchCount, tasks } = report(first, second);
    expect([stretchCount, tasks[0]!.longest]).toEqual([1, 70 * ms]);
    expect(stretches).toEqual([
      {
        task: "Task-1",
        coroutine: "handle",
        thread: { pid: 7, tid: 7, name: "MainThread" },
        start: 0,
        duration: 70 * ms,
        samples: 3,
        cpu: 25 * ms,
        stack: [
          { name: "handle", file: "app.py", line: 3, kind: FunctionKind.python },
          { name: "parse", file: "app.py", line: 10, kind: FunctionKind.python },
        ],
      },
    ]);
  });

  it("does not take a sample that came late for a long stretch", () => {
    const late = recorded([
      [90 * ms, 0, 2, 90 * ms, 0, running, Known.verified, 0],
      [100 * ms, 0, 5, 10 * ms, 0, running, Known.verified, 1],
    ]);
    expect(report(late)).toMatchObject({ stretchCount: 0, tasks: [{ running: 100 * ms, longest: 10 * ms }, {}] });
  });

  it("says how long the loop had no rest", () => {
    const { loops } = report(
      recorded([
        [10 * ms, 0, 2, 10 * ms, 0, running, Known.verified, 0],
        [20 * ms, 0, 0, 10 * ms, 0, 0, Known.verified],
        [80 * ms, 0, 0, 60 * ms, 0, running, Known.verified],
        [100 * ms, 0, 0, 20 * ms, 0, 0, Known.verified],
      ]),
    );
    expect(loops).toMatchObject([{ pid: 7, name: "MainThread", busy: 70 * ms, time: 100 * ms, longest: 60 * ms }]);
    // Half of the time, what came had to wait for more than 10 ms: the first 50 of the 60 ms.
    expect(loops[0]!.median).toBeCloseTo(10 * ms, -5);
    expect(loops[0]!.p99).toBeCloseTo(59 * ms, -5);
  });

  it("knows a hub from the tasks that it runs", () => {
    const block = recorded([
      [10 * ms, 0, 2, 10 * ms, 0, running, Known.verified, 0],
      [80 * ms, 0, 5, 70 * ms, 0, 0, Known.verified, 1],
    ]);
    const tasks = block.tasks.map((row, at) => (at === 1 ? { ...row, kind: "greenlet" as const, name: "Hub", isLoop: true as const } : row));
    const told = report({ ...block, tasks });
    expect([told.taskCount, told.tasks.map(({ name }) => name), told.stretchCount]).toEqual([2, ["Task-*", "main"], 0]);
    expect(told.loops).toMatchObject([{ busy: 10 * ms, longest: 10 * ms }]);
  });

  it("of a recording without tasks is empty", () => {
    expect(report({ ...emptyBlock, end: { duration: 1, reason: "" } })).toMatchObject({ tasks: [], taskCount: 0, loops: [], stretches: [] });
  });
});

describe("lag", () => {
  it("is what moments at random have to wait", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const spells = Array.from({ length: 500 }, () => Math.round(random() ** 4 * 200 * ms) + 1000);
    const rests = spells.map(() => Math.round(random() * 20 * ms));
    const counter = new LagCounter();
    for (const [at, length] of spells.entries()) {
      counter.add(length, false);
      counter.add(rests[at]!, true);
    }
    const lag = counter.finish();
    const time = spells.reduce((sum, length, at) => sum + length + rests[at]!, 0);
    const exceeded = (wait: number): number => spells.reduce((sum, length) => sum + Math.max(0, length - wait), 0) / time;
    expect(lag.longest).toBe(Math.max(...spells));
    expect(exceeded(lag.median)).toBeCloseTo(0.5, 2);
    expect(exceeded(lag.p99)).toBeCloseTo(0.01, 2);
    expect(exceeded(lag.p999)).toBeLessThan(0.002);
    expect(new LagCounter().finish()).toMatchObject({ median: 0, longest: 0, time: 0 });
  });

  it("ends where a task has its next turn: the loop has looked at its events since the last one", () => {
    const counter = new LagCounter();
    for (let turn = 0; turn < 1000; turn++) counter.add(ms, false, turn % 4);
    const lag = counter.finish();
    expect(lag.busy).toBe(1000 * ms);
    expect(lag.longest).toBeGreaterThanOrEqual(4 * ms);
    expect(lag.longest).toBeLessThan(10 * ms);
    expect(lag.median).toBeLessThan(lag.p99);
  });

  it("does not end where a task goes on after those that it started at once", () => {
    const counter = new LagCounter();
    for (const task of [1, 2, 3, 2, 1, 4, 1, 5, 1]) counter.add(ms, false, task);
    expect(counter.finish().longest).toBe(9 * ms);
    for (const task of [1, 2, NONE, 1]) counter.add(ms, false, task);
    expect(counter.finish().longest).toBe(9 * ms);
  });

  it("is never less than it was, wherever within what is known the loop looked", () => {
    const turns = fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(turns, (rounds) => {
        const counter = new LagCounter();
        let longest = 0;
        for (const round of rounds) {
          // Each task has at most one turn in a round, of one or two samples; then the loop looks.
          for (const task of new Set(round)) for (let count = 0; count <= task % 2; count++) counter.add(ms, false, task);
          longest = Math.max(
            longest,
            [...new Set(round)].reduce((sum, task) => sum + 1 + (task % 2), 0),
          );
        }
        const lag = counter.finish();
        expect(lag.longest).toBeGreaterThanOrEqual(longest * ms);
        expect(lag.median).toBeLessThanOrEqual(lag.p99);
        expect(lag.p999).toBeLessThanOrEqual(lag.longest);
      }),
    );
  });
});
