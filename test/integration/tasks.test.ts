import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { startTarget } from "../support/target.ts";
import { readTaskTimes } from "../support/task-times.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-tasks-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const base = "<module> run (?:run )?run_until_complete run_forever _run_once _run";

describe.each(requireInterpreters())("tasks of asyncio in a recording ($version)", (interpreter) => {
  test("stand under those that wait for them; the one that runs goes on into what it calls", async () => {
    await using target = await startTarget(interpreter, "asyncio_shapes.py");
    const { code, err } = await lynceus(["attach", "-x", "1.5", "-o", "a.lyn", String(target.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    const { waiting, running, told, life } = readTaskTimes(join(folder, "a.lyn"));
    /** Of the time of all such rows. */
    const shareOf = (stacks: ReadonlyMap<string, number>, pattern: string): number => {
      let [sum, all] = [0, 0];
      for (const [stack, time] of stacks) {
        all += time;
        if (new RegExp(`^${pattern}$`).test(stack)) sum += time;
      }
      return sum / all;
    };
    // Nothing is lost and nothing is told twice: the thread's life is its tasks' and its own.
    expect(told / life).toBeCloseTo(1, 3);
    // One computes for about half of the time. All four share the rest, three of them evenly.
    for (const worker of [0, 1]) {
      expect(shareOf(waiting, `${base} #main main #worker-${worker} worker wait_for_helper #helper-${worker} helper nap sleep`)).toBeGreaterThan(0.15);
    }
    expect(shareOf(waiting, `${base} #idler idler sleep`)).toBeGreaterThan(0.2);
    expect(shareOf(waiting, `${base} #main main #worker-2 worker nap sleep`)).toBeGreaterThan(0.01);
    expect(shareOf(running, `${base} #main main #worker-2 worker compute`)).toBeGreaterThan(0.5);
    // Who waits for a task is no leaf, and has no time of its own.
    expect(shareOf(waiting, `${base} #main main`)).toBe(0);
  });

  test("have what they ran also where it could only be copied in the kernel, and their turn was over when that was read", async () => {
    await using target = await startTarget(interpreter, "asyncio_turns.py");
    const { code, err } = await lynceus(["attach", "-x", "1.5", "-o", "c.lyn", String(target.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    let inTasks = 0;
    let all = 0;
    for (const [stack, time] of readTaskTimes(join(folder, "c.lyn")).running) {
      if (!/ handle respond\b/.test(stack)) continue;
      all += time;
      if (new RegExp(`^${base} #Task-1 main #Task-\\d+ handle respond\\b`).test(stack)) inTasks += time;
    }
    expect(all).toBeGreaterThan(0.5e9);
    expect(inTasks / all).toBeGreaterThan(0.9);
  });

  test("are left out with --no-tasks", async () => {
    await using target = await startTarget(interpreter, "asyncio_shapes.py");
    const { code, err } = await lynceus(["attach", "--no-tasks", "-x", "0.5", "-o", "b.lyn", String(target.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    const { waiting, running } = readTaskTimes(join(folder, "b.lyn"));
    expect(waiting.size).toBe(0);
    expect([...running.keys()].filter((stack) => stack.includes("#"))).toEqual([]);
  });
});
