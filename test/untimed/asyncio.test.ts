import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Address } from "../../src/base/units.ts";
import { AsyncioReader } from "../../src/cpython/asyncio/asyncio-reader.ts";
import { readCode } from "../../src/cpython/code.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { readInterpreters, readThreadStates } from "../../src/cpython/interpreters.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import type { RawStack } from "../../src/cpython/raw-stack.ts";
import type { RuntimeLocation } from "../../src/cpython/runtime-location.ts";
import type { Awaited, FoundTask } from "../../src/cpython/tasks/found-task.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { Footprint } from "../../src/sampler/tasks/footprint.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { compiledModule, pythonModules } from "../support/python-packages.ts";
import { startTarget, type Target } from "../support/target.ts";
import { expectNoHarm } from "../support/task-truth.ts";

/** What test/programs/asyncio_truth.py says. */
interface TaskTruth {
  readonly id: Address;
  readonly name: string;
  readonly loop?: Address;
  readonly thread?: number | null;
  readonly state: string;
  readonly frames?: readonly (readonly [name: string, line: number])[];
  readonly isWhole?: boolean;
  readonly awaitedBy: readonly string[];
  readonly parent: string | null;
  readonly waitsFor: readonly (string | null)[] | null;
}

interface Truth {
  readonly tasks: readonly TaskTruth[];
  readonly all: readonly Address[];
}

function findPython(pid: number): RuntimeLocation {
  const image = openProcessImage(pid);
  if (image === null) throw new Error("the target is gone");
  using _ = { [Symbol.dispose]: () => image.close() };
  const found = findRuntime(image);
  if (!found.ok) throw new Error(JSON.stringify(found.error));
  return found.value;
}

/** The readers of all interpreters, the main one first. */
function openReaders(memory: RemoteMemory, python: RuntimeLocation): readonly AsyncioReader[] {
  return readInterpreters(memory, python)!
    .toReversed()
    .flatMap(({ address }) => {
      const opened = AsyncioReader.open(memory, python.layout, address);
      if (opened?.ok === false) throw new Error(opened.error);
      return opened === null ? [] : [opened.value];
    });
}

/** Names are qualified from 3.11 on. */
function framesOf(memory: RemoteMemory, { layout }: RuntimeLocation, stack: RawStack): [string, number][] {
  return Array.from({ length: stack.length }, (_, index): [string, number] => {
    const code = readCode(memory, layout, stack.code[index]!);
    if (code === null) return ["?", 0];
    return [code.name.replace(/.*\./, ""), locate(code, stack.instruction[index]! - code.instructions).line];
  }).toReversed();
}

/** What was read of each task, in the form of the truth. */
function readAll(
  memory: RemoteMemory,
  python: RuntimeLocation,
  truth: Truth,
): { readonly tasks: readonly (TaskTruth | null)[]; readonly listed: readonly Address[] } {
  const [reader] = openReaders(memory, python);
  const listed = reader!.list(memory)!;
  const found = new Map<Address, FoundTask | null>(listed.map((address) => [address, reader!.read(memory, address)]));
  const interpreter = readInterpreters(memory, python)!.at(-1)!;
  const threads = readThreadStates(memory, python, interpreter)!;
  const nameOf = (address: Address): string => found.get(address)?.name ?? `0x${address.toString(16)}`;
  const tasks = truth.tasks.map(({ id, waitsFor }) => {
    const task = found.get(id);
    if (!task) return null;
    return {
      id,
      name: task.name,
      loop: task.loop,
      thread: threads.get(task.thread)?.threadId ?? null,
      state: task.state,
      frames: framesOf(memory, python, task.stack),
      awaitedBy: task.awaitedBy.map(nameOf).toSorted(),
      parent: task.parent === 0 ? null : nameOf(task.parent),
      waitsFor: task.waitsFor && describeAwaited(task.waitsFor, nameOf).map((part, index) => (waitsFor?.[index] === null ? null : part)),
      isWhole: task.isWhole,
    };
  });
  return { tasks, listed };
}

function describeAwaited({ kind, typeName, detail, object }: Awaited, nameOf: (task: Address) => string): string[] {
  return [kind, typeName, detail, ...(kind === "task" ? [nameOf(object)] : [])];
}

const everyPython = [...requireInterpreters(), ...requireI686Interpreters([9, 11])];

describe.concurrent.each(everyPython)("asyncio on CPython $version, words of $wordSize bytes", (interpreter) => {
  const kinds = ["native", "python", "subclass", ...(interpreter.minor >= 12 ? ["eager"] : [])];
  test.each(kinds)("every task of every loop is what the program says of it, %s ones", async (kind) => {
    await using target = await startTarget(interpreter, "asyncio_truth.py", [kind]);
    expectTruth(target);
    if (kind === "native") expectDamageToBeForgotten(target);
  });

  test("what an answer rests on stays the same while other tasks run", async () => {
    await using target = await startTarget(interpreter, "asyncio_beside.py");
    const memory = new RemoteMemory(target.pid);
    const [reader] = openReaders(memory, findPython(target.pid));
    const read = reader!.list(memory)!.map((address) => {
      const print = new Footprint(memory);
      return { task: reader!.read(print, address), print };
    });
    await setTimeout(300);
    const busy = read.find(({ task }) => task?.name === "busy")!.task!.address;
    const standing = read.filter(({ task }) => task?.state === "waiting" && task.address !== busy && !task.awaitedBy.includes(busy));
    expect(standing.length).toBeGreaterThan(790);
    expect(standing.filter(({ print }) => !print.isStill(memory)).map(({ task }) => task?.name)).toEqual([]);
    // That one changes, sooner or later.
    const print = new Footprint(memory);
    await expect
      .poll(async () => {
        print.clear();
        reader!.read(print, busy);
        await setTimeout(5);
        return print.isStill(memory);
      })
      .toBe(false);
  });

  test("tasks of a loop in another interpreter are told once, and apart where each has its own", async () => {
    await using target = await startTarget(interpreter, "asyncio_in_subinterpreter.py");
    const memory = new RemoteMemory(target.pid);
    const python = findPython(target.pid);
    const names = openReaders(memory, python).map((reader) =>
      reader
        .list(memory)!
        .map((task) => reader.read(memory, task)?.name ?? "?")
        .filter((name) => !name.startsWith("Task-"))
        .toSorted(),
    );
    expect(names).toEqual(interpreter.minor >= 12 ? [["slept outside"], ["inside", "slept inside"]] : [["inside", "slept inside", "slept outside"]]);
  });
});

describe.concurrent.each(requireInterpreters())("other people's asyncio on CPython $version", (interpreter) => {
  const anyio = pythonModules(interpreter, "anyio");
  const uvloop = compiledModule(interpreter, "uvloop");
  const env = { PYTHONPATH: [anyio, uvloop].join(":") };

  test.skipIf(uvloop === null)("tasks of uvloop's loops are what the program says of them", async () => {
    await using target = await startTarget(interpreter, "asyncio_truth.py", ["native", "uvloop"], { env });
    expectTruth(target);
  });

  test.skipIf(anyio === null || uvloop === null).each(["asyncio", "uvloop"])("anyio's task groups and what they wait for, on %s", async (loop) => {
    await using target = await startTarget(interpreter, "anyio_truth.py", [loop], { env });
    expectTruth(target);
  });
});

function expectTruth(target: Target): void {
  const truth = JSON.parse(target.ready) as Truth;
  const memory = new RemoteMemory(target.pid);
  const { tasks, listed } = readAll(memory, findPython(target.pid), truth);
  // A task that has ended is listed as long as something holds it, to 3.13.
  const expected = truth.tasks.map((task) => (task.state === "finished" && !listed.includes(task.id) ? null : task));
  expect(tasks).toMatchObject(expected);
  expect(truth.all.filter((task) => !listed.includes(task))).toEqual([]);
  const alive = new Set(truth.tasks.flatMap(({ id, state }) => (state === "finished" ? [] : id)));
  expect([...alive].filter((task) => !listed.includes(task))).toEqual([]);
}

/** What is read wrong does no harm, and not for long. */
function expectDamageToBeForgotten(target: Target): void {
  const memory = new RemoteMemory(target.pid);
  const [reader] = openReaders(memory, findPython(target.pid));
  const listed = reader!.list(memory)!;
  const found = listed.map((task) => reader!.read(memory, task));
  expectNoHarm(memory, reader!, listed, 4);
  for (let round = 0; round < 64; round++) reader!.list(memory);
  expect(listed.map((task) => reader!.read(memory, task))).toEqual(found);
}
