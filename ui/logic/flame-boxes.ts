import { NONE } from "../../src/profile/tables.ts";
import type { CallTree, NodeIndex } from "../../src/profile/call-tree.ts";
import type { Boxes } from "./boxes.ts";

/** As much of a call tree as its picture needs. */
export type WeightedTree = Pick<CallTree, "length" | "parent" | "firstChild" | "nextSibling" | "total">;

/**
 * Left-heavy order: below each box its children, the heaviest first. Walking the tree level by level puts the boxes
 * straight into rows, sorted by position. The children of `top` are row 0; nodes without weight get no box.
 */
export function layOutFlame(tree: WeightedTree, top: NodeIndex): Boxes {
  const node = new Int32Array(tree.length);
  const parent = new Int32Array(tree.length);
  const start = new Float64Array(tree.length);
  const end = new Float64Array(tree.length);
  const rowStart = [0];
  let length = 0;

  const children: NodeIndex[] = [];
  // Equal siblings stand in the order of their indices, so that the same recording always looks the same.
  const heaviestFirst = (a: NodeIndex, b: NodeIndex): number => tree.total[b]! - tree.total[a]! || a - b;
  const append = (above: NodeIndex, parentBox: number, from: number): number => {
    children.length = 0;
    for (let child = tree.firstChild[above]!; child !== NONE; child = tree.nextSibling[child]!) {
      if (tree.total[child]! > 0) children.push(child);
    }
    if (children.length > 1) children.sort(heaviestFirst);
    let position = from;
    for (const child of children) {
      node[length] = child;
      parent[length] = parentBox;
      start[length] = position;
      position += tree.total[child]!;
      end[length] = position;
      length++;
    }
    return position;
  };

  const extent = tree.length === 0 ? 0 : append(top, NONE, 0);
  for (let row = 0; length > rowStart[row]!; row++) {
    rowStart.push(length);
    const rowEnd = length;
    for (let box = rowStart[row]!; box < rowEnd; box++) append(node[box]!, box, start[box]!);
  }
  return {
    length,
    rowStart: Int32Array.from(rowStart),
    start: start.subarray(0, length),
    end: end.subarray(0, length),
    node: node.subarray(0, length),
    parent: parent.subarray(0, length),
    extent,
  };
}
