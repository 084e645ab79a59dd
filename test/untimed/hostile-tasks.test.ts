import { expect, test } from "vitest";
import type { WhereResult } from "../../src/sampler/where.ts";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { Liar } from "../support/liar.ts";
import { startTarget } from "../support/target.ts";

/*
 * Tasks of a real process that sleeps, with noise in them: `where --tasks` ends by itself, in time, in bounded memory, and without a
 * fault of its own.
 */
const looks = 6;
const mostMemory = 400 << 20;
/** Of a task: more than any version's has before its coroutine. */
const words = 32;

/** One of each kind of memory: frames on the heap, in chunks, tagged values. */
const kinds = requireInterpreters().filter(({ minor }) => [8, 12, 15].includes(minor));

test.concurrent.each(kinds)("noise in tasks on CPython $version", async (interpreter) => {
  await using target = await startTarget(interpreter, "task_circles.py", ["pair"]);
  const look = (): ReturnType<typeof lynceus> => lynceus(["where", "--tasks", "--json", String(target.pid)], { cwd: "/", limit: 20_000 });
  const whole = JSON.parse((await look()).out) as WhereResult;
  const tasks = whole.tasks!.tasks.map(({ id }) => id);
  expect(tasks.length).toBeGreaterThan(8);
  using liar = new Liar(target.pid);
  const { wordSize } = liar.layout;
  const before = tasks.map((task) => Array.from({ length: words }, (_, index) => liar.pointer(task + index * wordSize)));
  let state = 42;
  const random = (most: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff) % most;
  for (let number = 0; number < looks; number++) {
    for (const [index, task] of tasks.entries()) {
      for (let lie = 0; lie < 3; lie++) {
        // What another task has there, what is nowhere, what is anything.
        const at = 2 + random(words - 2);
        const value = [before[random(tasks.length)]![at]!, random(2 ** 20), tasks[random(tasks.length)]!, before[index]![random(words)]!][random(4)]!;
        liar.word(task + at * wordSize, value);
      }
    }
    const { code, err, peak, out } = await look();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(peak).toBeLessThan(mostMemory);
    const seen = JSON.parse(out) as WhereResult;
    expect(seen.threads).toHaveLength(whole.threads.length);
    for (const [index, task] of tasks.entries()) for (let word = 2; word < words; word++) liar.word(task + word * wordSize, before[index]![word]!);
  }
  const again = JSON.parse((await look()).out) as WhereResult;
  expect(again.tasks!.circles).toEqual(whole.tasks!.circles);
});
