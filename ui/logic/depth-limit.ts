import type { StackWeights } from "../../src/profile/stack-weights.ts";
import { NONE, type StackColumns } from "../../src/profile/tables.ts";

/**
 * Upside down every stack is a path of its own, so a deep recursion needs a node for every pair of depths. Gives the
 * largest depth at which all paths together stay below `mostNodes`; Infinity when nothing has to be cut.
 */
export function findDepthLimit(stacks: StackColumns, weights: StackWeights, mostNodes: number): number {
  const depthOf = new Int32Array(stacks.length);
  let deepest = 0;
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack]!;
    depthOf[stack] = parent === NONE ? 1 : depthOf[parent]! + 1;
    deepest = Math.max(deepest, depthOf[stack]!);
  }
  const pathsOfDepth = new Float64Array(deepest + 1);
  for (let row = 0; row < weights.length; row++) {
    const stack = weights.stackAt(row);
    pathsOfDepth[stack === NONE ? 0 : depthOf[stack]!]! += 1;
  }
  let reaching = weights.length - pathsOfDepth[0]!;
  let nodes = 0;
  for (let depth = 1; depth <= deepest; depth++) {
    nodes += reaching;
    if (nodes > mostNodes) return Math.max(1, depth - 1);
    reaching -= pathsOfDepth[depth]!;
  }
  return Infinity;
}
