import fc from "fast-check";
import { NONE } from "../../src/profile/tables.ts";
import type { WeightedTree } from "./flame-boxes.ts";

/** For tests: a tree from the parent and the own time of each node, parents first, node 0 the root. */
export function makeTree(parents: readonly number[], own: readonly number[]): WeightedTree & { readonly own: Float64Array } {
  const length = parents.length;
  const parent = Int32Array.from(parents);
  const total = Float64Array.from(own);
  const firstChild = new Int32Array(length).fill(NONE);
  const nextSibling = new Int32Array(length).fill(NONE);
  for (let node = length - 1; node > 0; node--) {
    const above = parent[node]!;
    total[above]! += total[node]!;
    nextSibling[node] = firstChild[above]!;
    firstChild[above] = node;
  }
  return { length, parent, firstChild, nextSibling, own: Float64Array.from(own), total };
}

/** Up to 60 nodes, any shape, some without time. */
export const randomTree: fc.Arbitrary<ReturnType<typeof makeTree>> = fc
  .array(fc.tuple(fc.nat(), fc.nat(20)), { maxLength: 60 })
  .map((nodes) => makeTree([NONE, ...nodes.map(([at], index) => at % (index + 1))], [0, ...nodes.map(([, own]) => own)]));
