import { NONE } from "../../src/profile/tables.ts";

export type BoxIndex = number;
/** Where a box stands on the horizontal axis: nanoseconds, of weight in a flame graph, of the clock in time order. */
export type Position = number;
/** Depth from the top, from 0. */
export type RowIndex = number;

/**
 * What the canvas paints, and all that it knows: rows of boxes as columns, the same for a flame graph and for time
 * order. The boxes of row `r` are `rowStart[r] .. rowStart[r + 1]`, by position, and do not overlap, so whatever lies
 * at a place is found by binary search and the cost of a picture depends on pixels, not on boxes.
 */
export interface Boxes {
  readonly length: number;
  /** One longer than there are rows. */
  readonly rowStart: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The node of the tree that the box shows. */
  readonly node: Int32Array;
  /** The box above; NONE in row 0. */
  readonly parent: Int32Array;
  /** Where the axis ends; it begins at 0. */
  readonly extent: Position;
}

export function rowCount(boxes: Boxes): number {
  return boxes.rowStart.length - 1;
}

export function rowOf(boxes: Boxes, box: BoxIndex): RowIndex {
  let low = 0;
  let high = rowCount(boxes) - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (boxes.rowStart[middle]! <= box) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first box of `[from, to)` that ends behind `position`; `to` when none does. Boxes of one row. */
export function firstEndingAfter(boxes: Boxes, from: BoxIndex, to: BoxIndex, position: Position): BoxIndex {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boxes.end[middle]! > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The box at a place, NONE where there is only background. */
export function boxAt(boxes: Boxes, row: RowIndex, position: Position): BoxIndex {
  if (row < 0 || row >= rowCount(boxes)) return NONE;
  const to = boxes.rowStart[row + 1]!;
  const box = firstEndingAfter(boxes, boxes.rowStart[row]!, to, position);
  return box < to && boxes.start[box]! <= position ? box : NONE;
}

/** From the top down to the box itself. */
export function pathTo(boxes: Boxes, box: BoxIndex): BoxIndex[] {
  const path: BoxIndex[] = [];
  for (let at = box; at !== NONE; at = boxes.parent[at]!) path.push(at);
  return path.reverse();
}
