import { NONE } from "../../src/profile/tables.ts";
import { rowCount, rowOf, type BoxIndex, type Boxes } from "./boxes.ts";

export type Direction = "up" | "down" | "left" | "right";

/** The box an arrow key leads to; the box itself where there is nothing that way. Down leads to the widest child. */
export function neighbour(boxes: Boxes, box: BoxIndex, direction: Direction): BoxIndex {
  if (box === NONE) return boxes.length > 0 ? 0 : NONE;
  const row = rowOf(boxes, box);
  switch (direction) {
    case "up":
      return boxes.parent[box] === NONE ? box : boxes.parent[box]!;
    case "left":
      return box > boxes.rowStart[row]! ? box - 1 : box;
    case "right":
      return box + 1 < boxes.rowStart[row + 1]! ? box + 1 : box;
    case "down":
      return row + 1 < rowCount(boxes) ? widestChild(boxes, box, row + 1) : box;
  }
}

function widestChild(boxes: Boxes, box: BoxIndex, childRow: number): BoxIndex {
  const to = boxes.rowStart[childRow + 1]!;
  // Parents of a row's boxes never decrease, so the children are one run of it.
  let low = boxes.rowStart[childRow]!;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boxes.parent[middle]! >= box) high = middle;
    else low = middle + 1;
  }
  let widest = box;
  let width = 0;
  for (let child = low; child < to && boxes.parent[child] === box; child++) {
    if (boxes.end[child]! - boxes.start[child]! <= width) continue;
    width = boxes.end[child]! - boxes.start[child]!;
    widest = child;
  }
  return widest;
}
