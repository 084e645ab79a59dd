import { describe, expect, it } from "vitest";
import { openCurio } from "../../src/cpython/curio/curio-reader.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { pythonModules } from "../support/python-packages.ts";
import { startTarget } from "../support/target.ts";
import { expectTasksToBeTrue, openIn } from "../support/task-truth.ts";

describe.each([...requireInterpreters(), ...requireI686Interpreters([11, 14])])("curio on CPython $version, words of $wordSize bytes", (interpreter) => {
  const modules = pythonModules(interpreter, "curio");

  it.skipIf(modules === null)("has the tasks that it says it has, where it says they are, waiting for what they wait for", async () => {
    const tasks = await expectTasksToBeTrue(interpreter, "curio_shapes.py", modules!, openCurio);
    expect(new Set([...tasks.values()].map(({ thread }) => thread)).size).toBe(2);
    const { since, until } = tasks.get("sleeps")!.waitsFor!;
    expect(until! - since!).toBeCloseTo(1000);
    expect(Number(process.hrtime.bigint()) / 1e9 - since!).toSatisfy((age: number) => age > 0 && age < 60);
    expect(tasks.get("in time")!.waitsFor!.until! - since!).toSatisfy((left: number) => left > 499 && left < 560);
    expect(tasks.get("is joined")!.awaitedBy).toHaveLength(2);
  });
});

const newest = requireInterpreters().at(-1)!;
const modules = pythonModules(newest, "curio");

it.skipIf(modules === null)("a release of curio that does not say enough is refused by its number", async () => {
  await using target = await startTarget(newest, "curio_shapes.py", ["1.5"], { env: { PYTHONPATH: modules! } });
  using opened = openIn(target, openCurio);
  expect(opened.reader).toEqual({ ok: false, error: "release 1.5 does not say which kernel a thread runs; 1.6 and later do" });
});
