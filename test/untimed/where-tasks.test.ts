import { describe, expect, test } from "vitest";
import type { WhereResult, WhereTask } from "../../src/sampler/where.ts";
import { type Interpreter, requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { lynceus } from "../support/lynceus.ts";
import { startTarget } from "../support/target.ts";

/** Runs test/programs/task_circles.py in one of its ways, and looks. */
async function whereOf(interpreter: Interpreter, way: string): Promise<string> {
  await using target = await startTarget(interpreter, "task_circles.py", [way]);
  const { code, out, err } = await lynceus(["where", "--tasks", "--color", "never", String(target.pid)]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

async function whereTasks(pid: number): Promise<{ readonly result: WhereResult; readonly task: (name: string) => WhereTask }> {
  const { code, out, err } = await lynceus(["where", "--tasks", "--json", String(pid)]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const result = JSON.parse(out) as WhereResult;
  return { result, task: (name) => result.tasks!.tasks.find((candidate) => candidate.name === name)! };
}

const everyPython = [...requireInterpreters(), ...requireI686Interpreters([9, 11])];
/** What does not depend on how a version keeps its frames is tested on one of each way: objects on the heap, pieces of a stack, tagged values. */
const somePythons = requireInterpreters().filter(({ minor }) => [8, 12, 15].includes(minor));

describe.concurrent.each(everyPython)("where --tasks on CPython $version, words of $wordSize bytes", (interpreter) => {
  test("names a deadlock first: of tasks, and of locks that do not know who holds them", async () => {
    for (const way of ["pair", "locks"]) {
      const out = await whereOf(interpreter, way);
      expect(out).toMatch(/^deadlock: a -> b -> a\n/);
      expect(out.match(/\(deadlock\)/g)).toHaveLength(2);
    }
  });

  test("tells of tasks what the program made them of", async () => {
    await using target = await startTarget(interpreter, "task_circles.py", ["pair"]);
    const { result, task } = await whereTasks(target.pid);
    const named = new Set(result.tasks!.tasks.map(({ name }) => name));
    expect([...named].filter((name) => !name.startsWith("Task-")).toSorted()).toEqual([
      "a",
      "b",
      "sleeper-0",
      "sleeper-1",
      "sleeper-2",
      "sleeper-3",
      "sleeper-4",
      "watcher",
    ]);
    expect(result.taskLibraries).toEqual([{ kind: "asyncio", interpreter: 0, count: named.size, message: "" }]);
    const main = result.tasks!.tasks.find(({ coroutine }) => coroutine === "pair");
    expect(main).toMatchObject({ state: "waiting", known: 0, tid: target.pid, awaitedBy: [], isWhole: true });
    expect(task("a")).toMatchObject({ coroutine: "wait_for_task", waitsFor: { kind: "task", object: task("b").id, waited: null, left: null } });
    expect(new Set(task("a").awaitedBy)).toEqual(new Set([task("b").id, task("watcher").id, main!.id]));
    expect(task("a").frames.map(({ name }) => name)).toEqual(["wait_for_task"]);
    const { waited, left, ...sleep } = task("sleeper-3").waitsFor!;
    expect(sleep).toMatchObject({ kind: "sleep", detail: "3600 s" });
    expect((waited! + left!) / 1e9).toBeCloseTo(3600, 0);
    expect(result.tasks!.circles).toEqual([{ tasks: [task("a").id, task("b").id], exits: [] }]);
  });

  test("the task that runs has its part of the thread's frames, and keeps others from theirs", async () => {
    await using target = await startTarget(interpreter, "task_circles.py", ["hog"]);
    let out = "";
    for (let tries = 0; tries < 20 && !out.startsWith("a runs"); tries++)
      ({ out } = await lynceus(["where", "--tasks", "--color", "never", String(target.pid)]));
    expect(out).toMatch(/^a runs in thread \d+, and one other task could go on\n/);
    expect(out).toMatch(/\n {2}a hog\(\): runs\n {5}hog \(.*task_circles\.py:\d+\)\n/);
    expect(out.match(/hog \(/g)).toHaveLength(1);
  });
});

describe.concurrent.each(somePythons)("where --tasks on CPython $version", (interpreter) => {
  test("circles by gather, circles that may have a way out, no circles", async () => {
    expect(await whereOf(interpreter, "gather")).toMatch(/^deadlock: a -> c -> a\n/);
    for (const way of interpreter.minor >= 11 ? ["timeout", "within"] : ["timeout"]) {
      const out = await whereOf(interpreter, way);
      expect(out).toMatch(/^circle: a -> b -> a \(b has a timeout\)\n/);
      // Of an hour, or what is left of it after a moment.
      expect(out).toMatch(/59 min 5|1 h 00 min/);
    }
    expect(await whereOf(interpreter, "none")).toMatch(/^no deadlock found: /);
  });

  test("ended tasks are left out, those of a loop that is not run stand apart", async () => {
    const out = await whereOf(interpreter, "finished");
    expect(out).toContain("\n  asyncio of a loop that no thread runs: 1 task: 1 waiting\n\n  orphan nap(): sleeps (3600 s, ");
    expect(out).not.toContain("ended end_at_once()");
  });
});

test("ten thousand tasks are told in a screenful, by plain where in a line", async () => {
  await using target = await startTarget(
    requireInterpreters().find(({ minor }) => minor === 12)!,
    "task_circles.py",
    ["crowd"],
  );
  const [tasks, plain] = await Promise.all([lynceus(["where", "--tasks", String(target.pid)]), lynceus(["where", String(target.pid)])]);
  expect(tasks.out).toContain("asyncio: 10,001 tasks: 10,001 waiting\n");
  expect(tasks.out).toContain("9,999 more like this: sleeper-1, ");
  expect(tasks.out.split("\n").length).toBeLessThan(40);
  expect(plain.out).toContain("\nasyncio: 10,001 tasks; --tasks shows them\n");
});

test("a program without tasks says so", async () => {
  await using target = await startTarget(requireInterpreters()[0]!, "sleep_and_work.py");
  const { out } = await lynceus(["where", "--tasks", String(target.pid)]);
  expect(out).toMatch(/^no tasks: /);
});
