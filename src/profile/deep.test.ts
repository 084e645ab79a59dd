import { expect, it } from "vitest";
import { recordingOf } from "../../test/golden/example-recording.ts";
import { BlockBuilder } from "./block-builder.ts";
import { buildCallTree } from "./call-tree.ts";
import { formatReport } from "./report.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { summarize } from "./stack-weights.ts";
import { FunctionKind, Known, NONE, State } from "./tables.ts";

const depth = 10_000;

it("recursion 10,000 deep breaks no view", () => {
  const builder = new BlockBuilder();
  const thread = builder.thread(builder.process(1), 0, 1, "");
  const frames = [builder.frame("even", "a.py", 1, FunctionKind.python), builder.frame("odd", "a.py", 2, FunctionKind.python)];
  let stack = NONE;
  for (let level = 0; level < depth; level++) stack = builder.stack(stack, frames[level % 2]!);
  for (let time = 1; time <= 3; time++) builder.sample({ time, thread, stack, wall: 1, cpu: 1, state: State.onCpu, known: Known.verified });
  const recording = recordingOf([...stableBlocks([builder.take()])]);

  const { rows } = formatReport(recording, { mode: "wall", by: "function", limit: null });
  expect(rows.map(({ name, own, total }) => [name, own, total])).toEqual([
    ["odd", 3, 3],
    ["even", 0, 3],
  ]);
  const { tables, weights } = summarize(recording, { mode: "cpu" });
  const options = { by: "function", splitThreads: true, showCollections: false } as const;
  expect(buildCallTree(tables, weights, { ...options, inverted: false }).length).toBe(3 + depth);
  expect(buildCallTree(tables, weights, { ...options, inverted: true, maxDepth: 100 }).length).toBe(3 + 100);
});

it("what restarts bring in is bounded", () => {
  const restart = (round: number) => {
    const builder = new BlockBuilder();
    builder.thread(builder.process(1), 0, 1, "");
    for (let row = 0; row < 2 ** 19; row++) builder.process(round * 2 ** 19 + row);
    return { ...builder.take(), restartsTables: true };
  };
  expect(() => [...stableBlocks([restart(1), restart(2), restart(3)])]).toThrow(/more than 1048576 different processes/);
});
