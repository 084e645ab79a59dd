import { describe, expect, it } from "vitest";
import { openTrio } from "../../src/cpython/trio/trio-reader.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { pythonModules } from "../support/python-packages.ts";
import { expectTasksToBeTrue } from "../support/task-truth.ts";

describe.each([...requireInterpreters(), ...requireI686Interpreters([11, 14])])("trio on CPython $version, words of $wordSize bytes", (interpreter) => {
  const modules = pythonModules(interpreter, "trio");

  it.skipIf(modules === null)("has the tasks that it says it has, where it says they are, waiting for what they wait for", async () => {
    const tasks = await expectTasksToBeTrue(interpreter, "trio_shapes.py", modules!, openTrio);
    expect(new Set([...tasks.values()].map(({ thread }) => thread)).size).toBe(2);
    const { since, until } = tasks.get("sleeps")!.waitsFor!;
    expect(until! - since!).toBeCloseTo(1000);
    expect(Number(process.hrtime.bigint()) / 1e9 - since!).toSatisfy((age: number) => age > 0 && age < 60);
  });
});
