import { type CallTree, type CallTreeOptions, buildCallTree } from "./call-tree.ts";
import type { StackWeights } from "./stack-weights.ts";
import type { Tables } from "./tables-builder.ts";

/** One tree of two recordings, on joined tables. The three differ in their weights only: a node is the same node in all. */
export interface ComparedTrees {
  readonly before: CallTree;
  readonly after: CallTree;
  /** The mean of both: as wide as a box has to be so that whatever is in either can be seen. */
  readonly mean: CallTree;
}

/** The weights' indices are those of `tables`; times before are scaled already. */
export function buildComparedTrees(tables: Tables, before: StackWeights, after: StackWeights, options: CallTreeOptions): ComparedTrees {
  // A tree has two weights at each node. Here the first is the time before, and the second, in place of samples, the time after.
  const tree = buildCallTree(tables, bothSides(before, after), options);
  const mean = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, node) => (value + b[node]!) / 2);
  return {
    before: tree,
    after: { ...tree, own: tree.ownSamples, total: tree.totalSamples },
    mean: { ...tree, own: mean(tree.own, tree.ownSamples), total: mean(tree.total, tree.totalSamples) },
  };
}

function bothSides(before: StackWeights, after: StackWeights): StackWeights {
  const isBefore = (row: number): boolean => row < before.length;
  const at = (row: number): number => (isBefore(row) ? row : row - before.length);
  const side = (row: number): StackWeights => (isBefore(row) ? before : after);
  return {
    length: before.length + after.length,
    threadAt: (row) => side(row).threadAt(at(row)),
    stackAt: (row) => side(row).stackAt(at(row)),
    isCollectingAt: (row) => side(row).isCollectingAt(at(row)),
    timeAt: (row) => (isBefore(row) ? before.timeAt(row) : 0),
    samplesAt: (row) => (isBefore(row) ? 0 : after.timeAt(at(row))),
    squaresAt: (row) => side(row).squaresAt(at(row)),
  };
}
