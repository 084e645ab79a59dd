import fc from "fast-check";
import { expect, it } from "vitest";
import { arbitraryBlocks } from "../../test/golden/arbitrary-blocks.ts";
import { recordingOf } from "../../test/golden/example-recording.ts";
import { withModestTimes } from "../../test/golden/totals.ts";
import { type CallTree, buildCallTree } from "./call-tree.ts";
import { buildComparedTrees } from "./compare-trees.ts";
import { joinProfiles } from "./join-profiles.ts";
import { joinTables, joinWeights } from "./join-tables.ts";
import { loadProfile } from "./profile.ts";
import { stableBlocks } from "./stable-blocks.ts";
import { StackWeightsBuilder, summarize } from "./stack-weights.ts";
import type { Block, Recording } from "./tables.ts";

const recorded = (blocks: readonly Block[]): Recording => recordingOf([...stableBlocks(withModestTimes(blocks))]);

/** Times by the way from the root, without order. */
function spelled(tree: CallTree): Map<string, number> {
  const paths: string[] = [];
  const all = new Map<string, number>();
  for (let node = 0; node < tree.length; node++) {
    paths.push(`${node === 0 ? "" : paths[tree.parent[node]!]!}/${tree.kind[node]}:${tree.ref[node]}`);
    if (tree.total[node]! > 0) all.set(paths[node]!, tree.total[node]!);
  }
  return all;
}

it("has in each tree what that recording has alone, and half of both in their mean", () => {
  fc.assert(
    fc.property(arbitraryBlocks, arbitraryBlocks, fc.boolean(), (first, second, inverted) => {
      const options = { by: "function", splitThreads: true, inverted, showCollections: true } as const;
      const [before, after] = [summarize(recorded(first), { mode: "wall" }), summarize(recorded(second), { mode: "wall" })];
      const tables = joinTables(before.tables, after.tables);
      const [weightsBefore, weightsAfter] = [joinWeights(before.weights, tables.before, 0.5), joinWeights(after.weights, tables.after)];
      const trees = buildComparedTrees(tables, weightsBefore, weightsAfter, options);
      expect(spelled(trees.before)).toEqual(spelled(buildCallTree(tables, weightsBefore, options)));
      expect(spelled(trees.after)).toEqual(spelled(buildCallTree(tables, weightsAfter, options)));
      for (let node = 0; node < trees.mean.length; node++) {
        expect(trees.mean.total[node]).toBeCloseTo((trees.before.total[node]! + trees.after.total[node]!) / 2);
      }
    }),
  );
});

it("counts joined profiles as it counts their summaries", () => {
  fc.assert(
    fc.property(arbitraryBlocks, arbitraryBlocks, fc.constantFrom("wall", "cpu"), (first, second, mode) => {
      const joined = joinProfiles(loadProfile(recorded(first)), loadProfile(recorded(second)));
      const [before, after] = [summarize(recorded(first), { mode }), summarize(recorded(second), { mode })];
      const tables = joinTables(before.tables, after.tables);
      const options = { by: "function", splitThreads: true, inverted: false, showCollections: true } as const;
      for (const side of ["before", "after"] as const) {
        const weights = new StackWeightsBuilder({ mode }, joined[side]);
        weights.add(joined[side]);
        const expected = buildCallTree(tables, joinWeights({ before, after }[side].weights, tables[side]), options);
        const counted = spelled(buildCallTree(joined[side], weights, options));
        expect([...counted.keys()].sort()).toEqual([...spelled(expected).keys()].sort());
        for (const [path, time] of spelled(expected)) expect(counted.get(path)).toBeCloseTo(time);
      }
    }),
  );
});
