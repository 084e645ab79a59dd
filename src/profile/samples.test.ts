import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks } from "../../test/golden/example-recording.ts";
import { exampleTaskBlocks } from "../../test/golden/example-tasks.ts";
import { type Sample, type Wait, readSamples, readWaits } from "./samples.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { type Block, FunctionKind, Known } from "./tables.ts";

/** Names are left out: after a restart a thread, or a task, may be told of before its name is. */
function spelledOut(blocks: Block[]): unknown[] {
  const plain = <T extends Sample | Wait>({ process, thread, task, ...rest }: T): unknown => ({
    ...rest,
    tid: thread.tid,
    pid: process.pid,
    commandLine: process.commandLine,
    task: task === null ? null : [task.kind, task.address, task.startTime],
  });
  return [...readSamples(blocks), ...readWaits(blocks)].map(plain);
}

describe("readSamples", () => {
  it("says the same of a sampler's blocks, which restart their tables, and of a recording's, which do not", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        expect(spelledOut([...blocks])).toEqual(spelledOut([...stableBlocks(blocks)]));
      }),
    );
  });

  it("gives samples and waits their tasks, with the names that these have by then", () => {
    const samples = [...readSamples(exampleTaskBlocks)];
    expect(samples.map(({ task, sharedOut }) => [task?.name ?? null, sharedOut / 1e6])).toEqual([
      ["Task-2", 10],
      ["Task-2", 10],
      ["Task-2", 10],
      [null, 20],
      [null, 20],
      ["request 12", 0],
    ]);
    const waits = [...readWaits(exampleTaskBlocks)];
    expect(waits.map(({ task, what, wall, whole, stack }) => [task.name, what, wall / 1e6, whole / 1e6, stack.at(-1)!.name])).toEqual([
      ["Task-1", "another task", 0, 60, "main"],
      ["reader", "Lock", 30, 60, "reader"],
      ["Task-1", "another task", 0, 40, "main"],
      ["Task-2", "sleep", 20, 40, "handle"],
      ["reader", "Lock", 20, 40, "reader"],
    ]);
  });

  it("gives every sample its thread, its stack from the root on, and how it is known", () => {
    const samples = [...readSamples(exampleBlocks)];
    expect(samples.length).toBe(exampleBlocks.reduce((sum, block) => sum + block.samples.length, 0));
    const deep = samples.find(({ stack }) => stack.length > 1)!;
    expect(deep.stack[0]).toMatchObject({ name: "main", file: "/app/app.py", line: 5, kind: FunctionKind.python });
    expect(deep.thread.name).toBe("MainThread");
    expect(Object.values(Known)).toContain(deep.known);
    // The same stack is the same array: whoever counts stacks may use it as a key.
    const same = samples.filter(({ stack }) => stack === deep.stack);
    expect(same.length).toBeGreaterThan(0);
  });
});
