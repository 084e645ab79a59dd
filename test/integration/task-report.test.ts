import { afterAll, describe, expect, it } from "vitest";
import type { TaskReport } from "../../src/profile/task-report.ts";
import { interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { programPath } from "../support/target.ts";

const all = interpreters();
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

/** Asking once per file: other formats keep more or less of it. */
async function reported(file: string): Promise<TaskReport> {
  const { code, out, err } = await lynceus(["report", "--tasks", "--stretch-over", "100ms", "--json", folder.file(file)]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as TaskReport;
}

describe.each([all[0]!, all.at(-1)!])("report --tasks ($version)", ({ path }) => {
  it("names the task that blocks the loop, and what the others wait for", async () => {
    const ended = await lynceus(["run", "-q", "-i", "2ms", "-o", folder.file("blocks.lyn"), path, programPath("blocks_loop.py")]);
    expect([ended.code, ended.err]).toEqual([0, ""]);
    const { tasks, stretches, loops, taskCount } = await reported("blocks.lyn");
    expect(taskCount).toBe(8);
    const group = (coroutine: string): TaskReport["tasks"][number] => tasks.find((one) => one.coroutine === coroutine)!;
    expect([group("queued").count, group("hog").count, group("main").count]).toEqual([5, 1, 1]);
    expect(group("hog").name).toBe("Task-*");
    expect(group("hog").running).toBeGreaterThan(0.2e9);
    expect(group("hog").longest).toBeGreaterThan(0.1e9);
    expect(group("queued").reasons[0]!.what).toBe("Lock");
    expect(group("holder").reasons[0]!.what).toBe("sleep");
    // Of 0.9 s, and of twice 0.2 s.
    expect(group("main").waiting).toBeGreaterThan(0.7e9);
    expect(group("hog").waiting).toBeGreaterThan(0.25e9);
    expect(stretches.length).toBeGreaterThan(0);
    for (const { coroutine, stack, duration } of stretches) {
      expect(coroutine).toBe("hog");
      expect(stack.slice(0, 2).map(({ name }) => name)).toEqual(["hog", "crunch"]);
      expect(duration).toBeGreaterThan(0.1e9);
    }
    expect(loops).toHaveLength(1);
    expect(loops[0]!.busy).toBeGreaterThan(0.2e9);
    expect(loops[0]!.busy).toBeLessThan(loops[0]!.time);

    const text = await lynceus(["report", "--tasks", folder.file("blocks.lyn")]);
    expect(text.out).toMatch(/ {2}Task-\* queued\(\) +Lock \d/);
    expect(text.out).toMatch(/one task had its loop for more than 50 ms/);
    await lynceus(["convert", folder.file("blocks.lyn"), "-o", folder.file("blocks.jsonl")]);
    expect((await reported("blocks.jsonl")).tasks).toEqual(tasks);
    const none = await lynceus(["run", "-q", "--no-tasks", "-i", "5ms", "-o", folder.file("none.lyn"), path, programPath("blocks_loop.py")]);
    expect(none.code).toBe(0);
    expect((await reported("none.lyn")).taskCount).toBe(0);
  });
});
