import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, exampleMeta, recordingOf, sampleColumns, waitColumns } from "../../test/golden/example-recording.ts";
import { emptyBlock } from "./empty-block.ts";
import { ProfileBuilder, durationOf, loadProfile } from "./profile.ts";
import { StableTables, stableBlocks } from "./stable-blocks.ts";
import { TablesBuilder, type Tables } from "./tables-builder.ts";
import { type Block, FunctionKind, NONE } from "./tables.ts";

/** Every sample spelled out, with what its indices mean by the tables as they stand in its block. */
function spelledOut(blocks: Iterable<Block>): unknown[] {
  let tables = new TablesBuilder();
  const all: unknown[] = [];
  for (const block of blocks) {
    if (block.restartsTables) tables = new TablesBuilder();
    tables.add(block);
    const { samples } = block;
    for (let row = 0; row < samples.length; row++) {
      const { process, tid, interpreter, startTime } = tables.threads[samples.thread[row]!]!;
      const { pid, executable, commandLine, startTime: processStart } = tables.processes[process]!;
      const thread = [pid, executable, commandLine, processStart, tid, interpreter, startTime];
      all.push([samples.time[row], thread, frames(tables, samples.stack[row]!), samples.wall[row], samples.cpu[row], samples.state[row], samples.known[row]]);
    }
  }
  return all;
}

function frames(tables: Tables, stack: number): unknown[] {
  const all: unknown[] = [];
  for (let at = stack; at !== NONE; at = tables.stacks.parent[at]!) {
    const frame = tables.stacks.frame[at]!;
    const index = tables.frames.function[frame]!;
    const { functions } = tables;
    all.push([tables.strings[functions.name[index]!], tables.strings[functions.file[index]!], functions.firstLine[index], functions.kind[index]]);
    all.push([tables.frames.line[frame], tables.frames.endLine[frame], tables.frames.column[frame], tables.frames.endColumn[frame]]);
  }
  return all;
}

describe("stableBlocks", () => {
  it("changes indices, not what they mean, and lets nobody see a restart", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const stable = [...stableBlocks(blocks)];
        expect(stable.some(({ restartsTables }) => restartsTables)).toBe(false);
        expect(spelledOut(stable)).toEqual(spelledOut(blocks));
      }),
    );
  });

  it("adds nothing that was there before the restart", () => {
    const stable = [...stableBlocks(exampleBlocks)];
    const last = stable[2]!;
    expect([last.strings, last.processes, last.threads, last.renames]).toEqual([["run"], [], [], []]);
    expect([last.functions.length, last.frames.length, last.stacks.length]).toEqual([1, 1, 1]);
    expect([Array.from(last.samples.thread), Array.from(last.samples.stack)]).toEqual([
      [1, 0],
      [6, 1],
    ]);
  });

  it("has one task for all that differ in numbers, and one function with such a name, when there are very many", () => {
    const names = ["Task-1", "Task-2", "Task-3", "Task-4", "reader", "Task-5"];
    const block: Block = {
      ...emptyBlock,
      strings: ["", ...names],
      processes: exampleBlocks[0]!.processes,
      threads: exampleBlocks[0]!.threads.slice(0, 1),
      tasks: names.map((name, at) => ({ thread: 0, kind: "asyncio", name, coroutine: "f", address: at, startTime: 0 })),
      taskRenames: [
        { time: 1, task: 1, name: "writer" },
        { time: 1, task: 3, name: "Task-44" },
      ],
      functions: { length: 6, name: [1, 2, 3, 4, 5, 6], file: [0, 0, 0, 0, 0, 0], firstLine: [0, 0, 0, 0, 0, 0], kind: names.map(() => FunctionKind.task) },
      samples: sampleColumns(names.map((_, task) => [task, 0, NONE, 1, 1, 0, 0, task])),
      waits: waitColumns([[0, 1, 0, 5, NONE, 1, 1, 1, 0, 6]]),
    };
    const tables = new StableTables({ tasks: 2, functions: 3 });
    const stable = tables.translate(block);
    expect(stable.tasks.map(({ name }) => name)).toEqual(["Task-1", "Task-2", "Task-*", "reader"]);
    expect(stable.taskRenames.map(({ task, name }) => [task, name])).toEqual([[1, "writer"]]);
    expect([...stable.samples.task, ...stable.waits.task]).toEqual([0, 1, 2, 2, 3, 2, 2]);
    expect(Array.from(stable.functions.name, (index) => stable.strings[index])).toEqual(["Task-1", "Task-2", "Task-3", "Task-*", "reader"]);
    expect(stable.strings).not.toContain("Task-4");
    // Told again, they are the same.
    const again = tables.translate({ ...block, restartsTables: true });
    expect([again.tasks, again.strings, again.functions.length, again.taskRenames.length]).toEqual([[], [], 0, 2]);
    expect(Array.from(again.samples.task)).toEqual(Array.from(stable.samples.task));
  });

  it("tells of a name that came with a restart", () => {
    const [first, , last] = exampleBlocks;
    expect([...stableBlocks([first!, last!])][1]!.renames).toEqual([{ time: 7_000_000, thread: 1, name: "wörker" }]);
  });
});

describe("a profile", () => {
  it("is the blocks, joined", () => {
    const profile = loadProfile(recordingOf([...stableBlocks(exampleBlocks)]));
    expect(profile.samples.length).toBe(10);
    expect(Array.from(profile.samples.time.subarray(0, 10))).toEqual([1, 1.0005, 2.0001, 2.0006, 3.0004, 4, 5, 6, 7, 7].map((ms) => Math.round(ms * 1e6)));
    expect(profile.threadNames).toEqual(["MainThread", "wörker"]);
    expect([profile.isComplete, profile.quality.length, durationOf(profile)]).toEqual([true, 3, 7_250_000]);
    expect(durationOf(new ProfileBuilder(exampleMeta))).toBe(0);
  });
});
