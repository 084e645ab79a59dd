import { expect, test } from "vitest";
import { NONE } from "../../src/profile/tables.ts";
import { layOutFlame } from "./flame-boxes.ts";
import { makeTree } from "./made-trees.ts";
import { neighbour } from "./navigate.ts";
import { layOutTime } from "./time-boxes.ts";

// Row 0: a b; row 1: (a:) c d (b:) e; row 2: (d:) f
const boxes = layOutFlame(makeTree([NONE, 0, 0, 1, 1, 2, 4], [0, 0, 0, 40, 0, 10, 20]), 0);
const nodeOf = (box: number): number => boxes.node[box]!;
const boxOf = (node: number): number => boxes.node.indexOf(node);

test.each([
  [1, "down", 3],
  [3, "right", 4],
  [4, "right", 5],
  [5, "left", 4],
  [4, "down", 6],
  [6, "up", 4],
  [1, "up", 1],
  [6, "down", 6],
  [3, "left", 3],
  [5, "down", 5],
] as const)("from node %i %s to node %i", (from, direction, to) => expect(nodeOf(neighbour(boxes, boxOf(from), direction))).toBe(to));

test("begins at the top left, and stays nowhere in an empty picture", () => {
  expect(neighbour(boxes, NONE, "down")).toBe(0);
  expect(neighbour(layOutFlame(makeTree([], []), 0), NONE, "down")).toBe(NONE);
});

test("in time order down leads to the longest call, not to the first", () => {
  const samples = { length: 2, time: [10, 40], wall: [10, 30], node: [1, 2], lane: [0, 0] };
  const time = layOutTime(Int32Array.from([NONE, 0, 0]), [0], samples, 40, 1);
  expect(time.node[neighbour(time, 0, "down")]).toBe(2);
});
