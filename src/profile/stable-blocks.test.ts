import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, exampleMeta, recordingOf } from "../../test/golden/example-recording.ts";
import { ProfileBuilder, durationOf, loadProfile } from "./profile.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { TablesBuilder, type Tables } from "./tables-builder.ts";
import { type Block, NONE } from "./tables.ts";

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
