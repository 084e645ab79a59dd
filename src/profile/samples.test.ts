import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks } from "../../test/golden/example-recording.ts";
import { readSamples } from "./samples.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { type Block, FunctionKind, Known } from "./tables.ts";

/** Names are left out: after a restart a thread may be told of before its name is. */
function spelledOut(blocks: Iterable<Block>): unknown[] {
  return [...readSamples(blocks)].map(({ process, thread, ...rest }) => ({ ...rest, tid: thread.tid, pid: process.pid, commandLine: process.commandLine }));
}

describe("readSamples", () => {
  it("says the same of a sampler's blocks, which restart their tables, and of a recording's, which do not", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        expect(spelledOut(blocks)).toEqual(spelledOut(stableBlocks(blocks)));
      }),
    );
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
