import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "../../src/profile/tables.ts";
import { boxAt, firstEndingAfter, pathTo, rowCount, rowOf } from "./boxes.ts";
import { layOutFlame } from "./flame-boxes.ts";
import { makeTree, randomTree } from "./made-trees.ts";

//  0 root: 1 a 60, 2 b 40; below a: 3 c 25, 4 d 30; below d: 5 e 30
const boxes = layOutFlame(makeTree([NONE, 0, 0, 1, 1, 4], [0, 5, 40, 25, 0, 30]), 0);

describe("layOutFlame", () => {
  test("puts the heaviest child first, right below its parent", () => {
    expect([...boxes.rowStart]).toEqual([0, 2, 4, 5]);
    expect([...boxes.node]).toEqual([1, 2, 4, 3, 5]);
    expect([...boxes.start]).toEqual([0, 60, 0, 30, 0]);
    expect([...boxes.end]).toEqual([60, 100, 30, 55, 30]);
    expect([...boxes.parent]).toEqual([NONE, NONE, 0, 0, 2]);
    expect(boxes.extent).toBe(100);
  });

  test("has no boxes for what took no time", () => {
    expect(layOutFlame(makeTree([NONE, 0, 0], [0, 0, 3]), 0).length).toBe(1);
    const empty = layOutFlame(makeTree([], []), 0);
    expect([empty.length, rowCount(empty), empty.extent]).toEqual([0, 0, 0]);
  });

  test("rows are sorted, do not overlap, and children stay inside their parents", () => {
    fc.assert(
      fc.property(randomTree, (tree) => {
        const laidOut = layOutFlame(tree, 0);
        expect(laidOut.length).toBe([...tree.total].filter((total, node) => node > 0 && total > 0).length);
        for (let row = 0; row < rowCount(laidOut); row++) {
          for (let box = laidOut.rowStart[row]!; box < laidOut.rowStart[row + 1]!; box++) {
            const parent = laidOut.parent[box]!;
            expect(rowOf(laidOut, box)).toBe(row);
            if (box > laidOut.rowStart[row]!) expect(laidOut.start[box]).toBeGreaterThanOrEqual(laidOut.end[box - 1]! - 1e-9);
            if (parent !== NONE) {
              expect(rowOf(laidOut, parent)).toBe(row - 1);
              expect(laidOut.start[box]).toBeGreaterThanOrEqual(laidOut.start[parent]!);
              expect(laidOut.end[box]).toBeLessThanOrEqual(laidOut.end[parent]! + 1e-9);
            }
          }
        }
      }),
    );
  });
});

describe("boxAt", () => {
  test("finds the box at a place, and none in gaps and outside", () => {
    expect(boxAt(boxes, 0, 59.9)).toBe(0);
    expect(boxAt(boxes, 0, 60)).toBe(1);
    expect(boxAt(boxes, 1, 54)).toBe(3);
    expect(boxAt(boxes, 1, 57)).toBe(NONE);
    expect(boxAt(boxes, 0, 100)).toBe(NONE);
    expect(boxAt(boxes, -1, 5)).toBe(NONE);
    expect(boxAt(boxes, 3, 5)).toBe(NONE);
  });

  test("agrees with looking at every box", () => {
    fc.assert(
      fc.property(randomTree, fc.nat(6), fc.double({ min: 0, max: 1, noNaN: true }), (tree, row, share) => {
        const laidOut = layOutFlame(tree, 0);
        const position = share * laidOut.extent;
        const all = [...laidOut.node.keys()];
        const expected = all.find((box) => rowOf(laidOut, box) === row && laidOut.start[box]! <= position && position < laidOut.end[box]!);
        expect(boxAt(laidOut, row, position)).toBe(expected ?? NONE);
      }),
    );
  });
});

test("pathTo goes from the top to the box", () => {
  expect(pathTo(boxes, 4)).toEqual([0, 2, 4]);
  expect(pathTo(boxes, NONE)).toEqual([]);
});

test("firstEndingAfter stays in its range", () => {
  expect(firstEndingAfter(boxes, 2, 4, 1000)).toBe(4);
  expect(firstEndingAfter(boxes, 2, 4, -1)).toBe(2);
});
