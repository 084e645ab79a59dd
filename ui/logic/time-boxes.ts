import { NONE } from "../../src/profile/tables.ts";
import type { Nanoseconds } from "../../src/base/units.ts";
import type { Boxes } from "./boxes.ts";

/** Enough for any picture, and a bound on memory: some 130 MB. */
const usualMost = 4_000_000;

/** Samples in time order, as far as they are shown. A node of NONE: nothing to show, a gap. */
export interface TimedNodes {
  readonly length: number;
  /** When the stretch that the sample stands for ended, and how long it was. */
  readonly time: ArrayLike<Nanoseconds>;
  readonly wall: ArrayLike<Nanoseconds>;
  /** The innermost node of the sample's stack. */
  readonly node: ArrayLike<number>;
  /** Which of `tops` the sample belongs to. */
  readonly lane: ArrayLike<number>;
}

export interface TimeBoxes extends Boxes {
  /** From when on boxes are missing because there would be too many; null: none are. */
  readonly cutAt: Nanoseconds | null;
}

/**
 * Time order: the stack of each thread over the clock, one lane of rows for each of `tops` (the node every path of
 * the lane begins with), one below the other. Neighbouring samples share the boxes of the callers they share;
 * `tolerance` is the gap up to which they are neighbours, and drawn without it, unless a sample that is not shown lies between.
 */
export function layOutTime(
  parentOf: Int32Array,
  tops: readonly number[],
  samples: TimedNodes,
  extent: Nanoseconds,
  tolerance: Nanoseconds,
  mostBoxes: number = usualMost,
): TimeBoxes {
  const lanes = tops.map(() => ({ openNodes: [] as number[], openBoxes: [] as number[], end: 0, rows: 0 }));
  const start: number[] = [];
  const end: number[] = [];
  const node: number[] = [];
  const parent: number[] = [];
  const laneOfBox: number[] = [];
  const depth: number[] = [];
  const path: number[] = [];
  let cutAt: Nanoseconds | null = null;
  const closeFrom = (lane: (typeof lanes)[number], shared: number): void => {
    for (let d = shared; d < lane.openBoxes.length; d++) end[lane.openBoxes[d]!] = lane.end;
    lane.openNodes.length = lane.openBoxes.length = shared;
  };

  for (let i = 0; i < samples.length; i++) {
    const laneIndex = samples.lane[i]!;
    const lane = lanes[laneIndex];
    const leaf = samples.node[i]!;
    if (lane === undefined) continue;
    const time = samples.time[i]!;
    if (leaf === NONE) {
      closeFrom(lane, 0);
      lane.end = Math.max(lane.end, time);
      continue;
    }
    const began = Math.max(time - samples.wall[i]!, lane.end);
    if (!(time > began)) continue;
    const isNeighbour = lane.openBoxes.length > 0 && began - lane.end <= tolerance;
    const from = isNeighbour ? lane.end : began;
    // Innermost first; the tree is finite and parents have smaller indices, so this ends.
    path.length = 0;
    for (let at = leaf; at !== NONE; at = at === tops[laneIndex] ? NONE : parentOf[at]!) path.push(at);
    path.reverse();

    let shared = 0;
    if (isNeighbour) while (shared < path.length && lane.openNodes[shared] === path[shared]) shared++;
    closeFrom(lane, shared);
    if (start.length + path.length - shared > mostBoxes) {
      cutAt = from;
      break;
    }
    for (let d = shared; d < path.length; d++) {
      lane.openNodes.push(path[d]!);
      lane.openBoxes.push(start.length);
      parent.push(d === 0 ? NONE : lane.openBoxes[d - 1]!);
      start.push(from);
      end.push(time);
      node.push(path[d]!);
      laneOfBox.push(laneIndex);
      depth.push(d);
    }
    lane.rows = Math.max(lane.rows, path.length);
    lane.end = time;
  }
  for (const lane of lanes) for (const box of lane.openBoxes) end[box] = lane.end;

  let rows = 0;
  const firstRow = lanes.map((lane) => (rows += lane.rows) - lane.rows);
  return { ...sortByRow(rows, (box) => firstRow[laneOfBox[box]!]! + depth[box]!, start, end, node, parent), extent, cutAt };
}

/** Within a row the order of making is the order of starting, so a counting sort by row is all. */
function sortByRow(
  rows: number,
  rowOfBox: (box: number) => number,
  start: readonly number[],
  end: readonly number[],
  node: readonly number[],
  parent: readonly number[],
): Omit<Boxes, "extent"> {
  const length = start.length;
  const rowStart = new Int32Array(rows + 1);
  for (let box = 0; box < length; box++) rowStart[rowOfBox(box) + 1]!++;
  for (let row = 0; row < rows; row++) rowStart[row + 1]! += rowStart[row]!;
  const next = rowStart.slice();
  const place = new Int32Array(length);
  for (let box = 0; box < length; box++) place[box] = next[rowOfBox(box)]!++;
  const sorted = {
    length,
    rowStart,
    start: new Float64Array(length),
    end: new Float64Array(length),
    node: new Int32Array(length),
    parent: new Int32Array(length),
  };
  for (let box = 0; box < length; box++) {
    const to = place[box]!;
    sorted.start[to] = start[box]!;
    sorted.end[to] = end[box]!;
    sorted.node[to] = node[box]!;
    sorted.parent[to] = parent[box] === NONE ? NONE : place[parent[box]!]!;
  }
  return sorted;
}
