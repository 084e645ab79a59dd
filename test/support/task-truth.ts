import { expect } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Result } from "../../src/base/result.ts";
import type { Address } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import { findRuntime } from "../../src/cpython/find-runtime.ts";
import { type Interpreter as PythonInterpreter, readInterpreters } from "../../src/cpython/interpreters.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import type { Awaited, FoundTask, TaskReader } from "../../src/cpython/tasks/found-task.ts";
import { openProcessImage } from "../../src/os/process-image.ts";
import type { Interpreter } from "./interpreters.ts";
import { startTarget, type Target } from "./target.ts";

/** What a program says of its tasks. */
interface Truth {
  readonly tasks: readonly TaskTruth[];
  /** By the task's name, of those that it says it of. */
  readonly waits: Readonly<Record<string, Omit<Awaited, "since" | "until">>>;
}

/** Addresses are `id()`s. */
interface TaskTruth extends Omit<FoundTask, "kind" | "stack" | "isWhole" | "waitsFor"> {
  /** The outermost first. */
  readonly frames: readonly (readonly [code: Address, line: number])[];
}

type Open = (memory: MemoryReader, layout: Layout, interpreter: PythonInterpreter) => Result<TaskReader> | null;

/** Starts a program that stands still and says all about its tasks; what a reader finds must be that. Gives it, by name. */
export async function expectTasksToBeTrue(interpreter: Interpreter, program: string, modules: string, open: Open): Promise<ReadonlyMap<string, FoundTask>> {
  await using target = await startTarget(interpreter, program, [], { env: { PYTHONPATH: modules } });
  const truth = JSON.parse(target.ready) as Truth;
  using opened = openIn(target, open);
  const { memory, layout } = opened;
  if (!opened.reader?.ok) throw new Error(String(opened.reader?.error));
  const reader = opened.reader.value;

  const addresses = reader.list(memory)!;
  const found = addresses.map((address) => reader.read(memory, address)!);
  expect(truth.tasks.length).toBeGreaterThan(25);
  expect(found.map((task) => inTruthsForm(memory, layout, task)).toSorted(byAddress)).toEqual(truth.tasks.toSorted(byAddress));
  expect(found.filter(({ isWhole }) => !isWhole)).toEqual([]);
  const named = new Map(found.map((task) => [task.name, task]));
  const waits = Object.keys(truth.waits).map((name) => {
    const { since: _since, until: _until, ...rest } = named.get(name)?.waitsFor ?? ({} as Awaited);
    return [name, rest];
  });
  expect(Object.fromEntries(waits)).toEqual(truth.waits);

  expectNoHarm(memory, reader, addresses, 4);
  // What was read wrong is forgotten in time.
  for (let round = 0; round < 64; round++) reader.list(memory);
  expect(found.map(({ address }) => reader.read(memory, address))).toEqual(found);
  return named;
}

/** What opening the library in a program's first interpreter gives. */
export function openIn(target: Target, open: Open): Disposable & { readonly memory: MemoryReader; readonly layout: Layout; readonly reader: ReturnType<Open> } {
  const image = openProcessImage(target.pid)!;
  const runtime = findRuntime(image);
  if (!runtime.ok) throw new Error(JSON.stringify(runtime.error));
  const { memory } = image;
  const { layout } = runtime.value;
  return { memory, layout, reader: open(memory, layout, readInterpreters(memory, runtime.value)![0]!), [Symbol.dispose]: () => image.close() };
}

function byAddress(a: TaskTruth, b: TaskTruth): number {
  return a.address - b.address;
}

function inTruthsForm(memory: MemoryReader, layout: Layout, task: FoundTask): TaskTruth {
  const { kind: _kind, stack, isWhole: _isWhole, waitsFor: _waitsFor, ...rest } = task;
  const frames = Array.from({ length: stack.length }, (_, index) => {
    const code = readCode(memory, layout, stack.code[index]!);
    return [stack.code[index]!, code ? locate(code, stack.instruction[index]! - code.instructions).line : -1] as const;
  });
  return { ...rest, awaitedBy: rest.awaitedBy.toSorted((a, b) => a - b), frames: frames.toReversed() };
}

/** Has tasks read through memory in which bytes here and there are others: nothing may be thrown, and no answer may be without end. */
export function expectNoHarm(memory: MemoryReader, reader: TaskReader, tasks: readonly Address[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const damaged: MemoryReader = {
      read(address, into) {
        if (!memory.read(address, into)) return false;
        for (let at = 0; at < into.length; at++) {
          const noise = Math.imul((address + at + round * 7919) % 2 ** 31, 0x85eb_ca6b) >>> 0;
          if (noise % 199 === 0) into[at] = noise >>> 16;
        }
        return true;
      },
    };
    expect(reader.list(damaged)?.length ?? 0).toBeLessThan(1 << 20);
    for (const task of tasks) expect(reader.read(damaged, task)?.stack.length ?? 0).toBeLessThan(1 << 20);
  }
}
