import fc from "fast-check";
import { expect, test } from "vitest";
import { NONE } from "../../src/profile/tables.ts";
import { rowCount } from "./boxes.ts";
import { layOutFlame } from "./flame-boxes.ts";
import { makeTree, randomTree } from "./made-trees.ts";
import { paintRow, type Window } from "./visible-boxes.ts";

function painted(boxes: ReturnType<typeof layOutFlame>, row: number, window: Window, pixels: number): [box: number, x: number, width: number][] {
  const calls: [number, number, number][] = [];
  paintRow(boxes, row, window, pixels, (box, x, width) => calls.push([box, x, width]));
  return calls;
}

test("clips boxes to the window and scales them to pixels", () => {
  const boxes = layOutFlame(makeTree([NONE, 0, 0, 0], [0, 50, 30, 20]), 0);
  expect(painted(boxes, 0, { start: 25, end: 75 }, 100)).toEqual([
    [0, 0, 50],
    [1, 50, 50],
  ]);
});

test("a hundred thousand boxes cost no more calls than there are pixels", () => {
  const count = 100_000;
  const boxes = layOutFlame(makeTree([NONE, ...new Array<number>(count).fill(0)], [0, ...new Array<number>(count).fill(1)]), 0);
  const calls = painted(boxes, 0, { start: 0, end: count }, 300);
  expect(calls.length).toBeLessThanOrEqual(300);
  expect(new Set(calls.map(([, x]) => x)).size).toBe(300);
});

test("no box of a pixel or more is left out, nothing is painted twice or outside", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(randomTree, share, share, fc.integer({ min: 1, max: 50 }), (tree, a, b, pixels) => {
      const boxes = layOutFlame(tree, 0);
      const window = { start: Math.min(a, b) * boxes.extent, end: Math.max(a, b) * boxes.extent + 1 };
      for (let row = 0; row < rowCount(boxes); row++) {
        const calls = painted(boxes, row, window, pixels);
        const seen = new Set(calls.map(([box]) => box));
        expect(seen.size).toBe(calls.length);
        for (const [, x, width] of calls) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x + width).toBeLessThanOrEqual(pixels + 1e-6);
        }
        const scale = pixels / (window.end - window.start);
        for (let box = boxes.rowStart[row]!; box < boxes.rowStart[row + 1]!; box++) {
          const visible = Math.min(boxes.end[box]!, window.end) - Math.max(boxes.start[box]!, window.start);
          if (visible * scale > 2) expect(seen.has(box)).toBe(true);
        }
      }
    }),
  );
});
