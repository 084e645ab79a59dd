import { describe, expect, test } from "vitest";
import { NONE } from "../../src/profile/tables.ts";
import { boxAt, rowCount, rowOf } from "./boxes.ts";
import { layOutTime } from "./time-boxes.ts";

//  0 root -> 1 thread A -> 2 main -> 3 f, 4 g ; 0 -> 5 thread B -> 6 loop
const parentOf = Int32Array.from([NONE, 0, 1, 2, 2, 0, 5]);
const tops = [1, 5];

/** Rows of [time, wall, node, lane]. */
function layOut(rows: readonly (readonly [number, number, number, number])[], tolerance = 0.5) {
  const column = (index: number): number[] => rows.map((row) => row[index]!);
  return layOutTime(parentOf, tops, { length: rows.length, time: column(0), wall: column(1), node: column(2), lane: column(3) }, 100, tolerance);
}

/** By row, what is there: [node, start, end]. */
function shown(boxes: ReturnType<typeof layOut>): number[][][] {
  return Array.from({ length: rowCount(boxes) }, (_, row) => {
    const all = [...boxes.node.keys()].filter((box) => rowOf(boxes, box) === row);
    return all.map((box) => [boxes.node[box]!, boxes.start[box]!, boxes.end[box]!]);
  });
}

describe("layOutTime", () => {
  test("neighbouring samples share the callers that they share", () => {
    expect(
      shown(
        layOut([
          [10, 10, 3, 0],
          [20, 10, 3, 0],
          [30, 10, 4, 0],
          [40, 10, 2, 0],
        ]),
      ),
    ).toEqual([
      [[1, 0, 40]],
      [[2, 0, 40]],
      [
        [3, 0, 20],
        [4, 20, 30],
      ],
    ]);
  });

  test("lanes stand one below the other, however their samples alternate", () => {
    const boxes = layOut([
      [10, 10, 3, 0],
      [11, 10, 6, 1],
      [20, 10, 3, 0],
      [21, 10, 6, 1],
    ]);
    expect(shown(boxes)).toEqual([[[1, 0, 20]], [[2, 0, 20]], [[3, 0, 20]], [[5, 1, 21]], [[6, 1, 21]]]);
    expect(boxes.parent[boxAt(boxes, 3, 5)]).toBe(NONE);
    expect(boxes.node[boxes.parent[boxAt(boxes, 4, 5)]!]).toBe(5);
  });

  test("a gap is a gap, and the same call after it is another one", () => {
    const boxes = layOut([
      [10, 10, 2, 0],
      [20, 10, NONE, 0],
      [30, 10, 2, 0],
    ]);
    expect(shown(boxes)[1]).toEqual([
      [2, 0, 10],
      [2, 20, 30],
    ]);
    expect(boxAt(boxes, 1, 15)).toBe(NONE);
  });

  test("a gap within the tolerance is none", () => {
    const boxes = layOut([
      [10, 10, 2, 0],
      [20.4, 10, 2, 0],
    ]);
    expect(shown(boxes)[1]).toEqual([[2, 0, 20.4]]);
  });

  test("nor does one within it part different calls, but a sample that is not shown does", () => {
    const boxes = layOut([
      [10, 10, 3, 0],
      [20.4, 10, 4, 0],
      [20.5, 0.1, NONE, 0],
      [30.5, 10, 4, 0],
    ]);
    expect(shown(boxes)[2]).toEqual([
      [3, 0, 10],
      [4, 10, 20.4],
      [4, 20.5, 30.5],
    ]);
  });

  test("samples without length, going back in time, or of no lane do no harm", () => {
    const boxes = layOut([
      [10, 10, 2, 0],
      [10, 0, 3, 0],
      [8, 5, 4, 0],
      [12, 50, 3, 0],
      [13, 1, 3, NONE],
    ]);
    expect(shown(boxes)).toEqual([[[1, 0, 12]], [[2, 0, 12]], [[3, 10, 12]]]);
  });

  test("nothing gives nothing", () => {
    const boxes = layOut([]);
    expect([boxes.length, rowCount(boxes), boxes.cutAt]).toEqual([0, 0, null]);
  });
});

test("stops, and says where, before there are too many boxes", () => {
  // Two disjoint paths, 20 deep, in turn.
  const depth = 20;
  const parent = new Int32Array(2 * depth + 1);
  for (let node = 1; node < parent.length; node++) parent[node] = node === 1 || node === depth + 1 ? 0 : node - 1;
  parent[0] = NONE;
  const length = 300;
  const time = Array.from({ length }, (_, i) => i + 1);
  const node = Array.from({ length }, (_, i) => (i % 2 === 0 ? depth : 2 * depth));
  const boxes = layOutTime(
    parent,
    [0],
    { length, time, wall: new Array<number>(length).fill(1), node, lane: new Array<number>(length).fill(0) },
    length,
    0.5,
    1010,
  );
  expect(boxes.length).toBe(1 + 50 * depth);
  expect(boxes.cutAt).toBe(50);
  expect(Math.max(...boxes.end)).toBeLessThanOrEqual(boxes.cutAt!);
});
