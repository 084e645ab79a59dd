import { describe, expect, it } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import { openCurio } from "../../src/cpython/curio/curio-reader.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import type { FoundTask } from "../../src/cpython/tasks/found-task.ts";
import { openTrio } from "../../src/cpython/trio/trio-reader.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { Footprint } from "../../src/sampler/tasks/footprint.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { pythonModules } from "../support/python-packages.ts";
import { startTarget } from "../support/target.ts";
import { openIn } from "../support/task-truth.ts";

/** One of each kind of frames. */
const interpreters = requireInterpreters().filter((_, index, all) => index === 0 || index === all.length - 1);
/** Suspended tasks with frames that were proved, whose colours are compared. */
const wanted = 1000;

describe.each([
  ["trio", openTrio],
  ["curio", openCurio],
] as const)("tasks of %s that swap as fast as they can", (library, open) => {
  it.each(interpreters)("have no stacks that never were (CPython $version)", async (interpreter) => {
    const modules = pythonModules(interpreter, library);
    if (modules === null) return;
    await using target = await startTarget(interpreter, "library_swaps.py", [library], { env: { PYTHONPATH: modules } });
    using opened = openIn(target, open);
    if (!opened.reader?.ok) throw new Error(String(opened.reader?.error));
    const reader = opened.reader.value;
    const memory = new RemoteMemory(target.pid);
    const coloursOf = colourReader(memory, opened.layout);

    let compared = 0;
    let withWaiters = 0;
    const mixed: string[] = [];
    while (compared < wanted) {
      for (const address of reader.list(memory) ?? []) {
        const print = new Footprint(memory);
        const task = reader.read(print, address);
        if (task === null || task.state === "running" || !print.isStill(memory)) continue;
        // Parents live on, and have their names from the start.
        const waiters = task.awaitedBy.flatMap((waiter) => reader.read(memory, waiter)?.name ?? []);
        const colours = coloursOf(task, waiters);
        if (colours.size > 1) mixed.push([...waiters, task.name, task.state].join(" "));
        if (task.stack.length > 1 && colours.size > 0) compared++;
        if (colours.size > 0 && waiters.length > 0) withWaiters++;
      }
    }
    expect(mixed).toEqual([]);
    expect(withWaiters).toBeGreaterThan(0);
  });
});

/** The colours of a task's name and functions, and of those that wait for it. */
function colourReader(memory: MemoryReader, layout: Layout): (task: FoundTask, waiters: readonly string[]) => Set<string> {
  const names = new Map<Address, string>();
  const nameOf = (code: Address): string => {
    let name = names.get(code);
    if (name === undefined) names.set(code, (name = readCode(memory, layout, code)?.name ?? ""));
    return name;
  };
  return ({ name, stack }, waiters) => {
    const functions = Array.from({ length: stack.length }, (_, index) => nameOf(stack.code[index]!));
    return new Set([name, ...waiters, ...functions].flatMap((each) => /^(red|blue)[_-]/.exec(each)?.[1] ?? []));
  };
}
