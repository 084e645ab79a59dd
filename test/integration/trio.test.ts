import { describe, expect, it } from "vitest";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { readInterpreters } from "../../src/cpython/interpreters.ts";
import type { Awaited } from "../../src/cpython/tasks/found-task.ts";
import { openTrio } from "../../src/cpython/trio/trio-reader.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { pythonModules } from "../support/python-packages.ts";
import { startTarget } from "../support/target.ts";
import { expectNoHarm, inTruthsForm, type TaskTruth } from "../support/task-truth.ts";

/** What trio_shapes.py says of itself. */
interface Truth {
  readonly version: string;
  readonly tasks: readonly TaskTruth[];
  /** By the task's name. */
  readonly waits: Readonly<Record<string, Omit<Awaited, "since" | "until">>>;
}

const interpreters = [...requireInterpreters(), ...requireI686Interpreters([11, 14])];
describe.each(interpreters)("trio on CPython $version, words of $wordSize bytes", (interpreter) => {
  const modules = pythonModules(interpreter, "trio");

  it.skipIf(modules === null)("has the tasks that it says it has, where it says they are", async () => {
    await using target = await startTarget(interpreter, "trio_shapes.py", [], { env: { PYTHONPATH: modules! } });
    const truth = JSON.parse(target.ready) as Truth;
    const image = openProcessImage(target.pid)!;
    const runtime = findRuntime(image);
    if (!runtime.ok) throw new Error(JSON.stringify(runtime.error));
    const { layout } = runtime.value;
    const opened = openTrio(image.memory, layout, readInterpreters(image.memory, runtime.value)![0]!);
    if (!opened?.ok) throw new Error(String(opened?.error));
    const reader = opened.value;

    const addresses = reader.list(image.memory)!;
    const byAddress = (a: { address: number }, b: { address: number }): number => a.address - b.address;
    const found = addresses.map((address) => reader.read(image.memory, address)!);
    expect(truth.tasks.length).toBeGreaterThan(25);
    expect(found.map((task) => inTruthsForm(image.memory, layout, task)).toSorted(byAddress)).toEqual(truth.tasks.toSorted(byAddress));
    expect(new Set(found.map(({ thread }) => thread)).size).toBe(2);

    const named = new Map(found.map((task) => [task.name, task]));
    const waits = Object.keys(truth.waits).map((name) => {
      const { since: _since, until: _until, ...rest } = named.get(name)?.waitsFor ?? ({} as Awaited);
      return [name, rest];
    });
    expect(Object.fromEntries(waits)).toEqual(truth.waits);
    expect(found.filter(({ isWhole }) => !isWhole)).toEqual([]);
    const sleeps = named.get("sleeps")!.waitsFor!;
    expect(sleeps.until! - sleeps.since!).toBeCloseTo(1000);
    expect(Number(process.hrtime.bigint()) / 1e9 - sleeps.since!).toSatisfy((age: number) => age > 0 && age < 60);

    expectNoHarm(image.memory, reader, addresses, 20);
    // What was read wrong is forgotten in time.
    for (let round = 0; round < 64; round++) reader.list(image.memory);
    expect(found.map(({ address }) => reader.read(image.memory, address)?.name)).toEqual(found.map(({ name }) => name));
  });
});
