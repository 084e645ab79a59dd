import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { exampleBlocks, recordingOf } from "../../test/golden/example-recording.ts";
import { exampleTaskBlocks } from "../../test/golden/example-tasks.ts";
import { withModestTimes } from "../../test/golden/totals.ts";
import { type CallTree, NodeKind, buildCallTree } from "./call-tree.ts";
import { foldTasks, groupByTask } from "./fold-tasks.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { type Summary, summarize } from "./stack-weights.ts";
import type { Tables } from "./tables-builder.ts";
import { foldTaskName } from "./task-names.ts";

const byThread = { by: "function", splitThreads: true, inverted: false, showCollections: true } as const;

function summary(blocks: Parameters<typeof stableBlocks>[0]): Summary {
  return summarize(recordingOf([...stableBlocks(blocks)]), { mode: "wall" });
}

/** "Task-* > main 20", without processes and threads. */
function paths(tables: Tables, tree: CallTree): string[] {
  const all: string[] = [];
  for (let node = 0; node < tree.length; node++) {
    const above = all[tree.parent[node]!] ?? "";
    const name = tree.kind[node] === NodeKind.function ? tables.strings[tables.functions.name[tree.ref[node]!]!]! : "";
    all.push(above === "" ? name : `${above}>${name}`);
  }
  return all.map((path, node) => `${path} ${tree.own[node]! / 1e6}`).filter((line) => !line.endsWith(" 0"));
}

describe("tasks in stacks", () => {
  it("are one where their names differ in numbers only", () => {
    const { tables, weights } = summary(exampleTaskBlocks);
    const folded = foldTasks(tables);
    expect(paths(folded, buildCallTree(folded, weights, byThread)).sort()).toEqual([
      "run>Task-*>main>Task-*>handle 30",
      "run>Task-*>main>Task-*>handle>parse; 20",
      "run>Task-*>main>reader>reader 50",
      "run>request *>handle 20",
    ]);
    expect(foldTasks(summary(exampleBlocks).tables)).toEqual(summary(exampleBlocks).tables);
  });

  it("can be what stacks begin with", () => {
    const { tables, weights } = summary(exampleTaskBlocks);
    const shown = groupByTask(foldTasks(tables));
    expect(paths(shown, buildCallTree(shown, weights, byThread)).sort()).toEqual([
      "Task-*>handle 30",
      "Task-*>handle>parse; 20",
      "reader>reader 50",
      "request *>handle 20",
    ]);
  });

  it("have the same time in every shape", () => {
    fc.assert(
      fc.property(arbitraryBlocks, (blocks) => {
        const { tables, weights } = summary(withModestTimes(blocks));
        const folded = foldTasks(tables);
        const totals = [tables, folded, groupByTask(tables), groupByTask(folded)].map((shape) => buildCallTree(shape, weights, byThread).total[0]);
        expect(new Set(totals).size).toBe(1);
      }),
    );
  });
});

it.each([
  ["Task-12", "Task-*"],
  ["Greenlet-3", "Greenlet-*"],
  ["worker 3 of 10", "worker * of *"],
  ["<Greenlet at 0x7f3a91c0: run>", "<Greenlet at *: run>"],
  ["reader", "reader"],
  ["", ""],
])("a task called %j is one of %j", (name, folded) => {
  expect(foldTaskName(name)).toBe(folded);
});
