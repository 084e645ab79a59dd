import fc from "fast-check";
import { expect, test } from "vitest";
import { FunctionKind } from "../../profile/tables.ts";
import type { WhereFrame, WhereTask } from "../where.ts";
import { findCircles } from "./circles.ts";

type Task = Parameters<typeof findCircles>[0][number];

function task(id: number, awaitedBy: readonly number[] = [], more: Partial<WhereTask> = {}): Task {
  return { id, kind: "asyncio", state: "waiting", awaitedBy, waitsFor: null, frames: [], ...more };
}

function frame(name: string, file = "/usr/lib/python3.12/asyncio/tasks.py"): WhereFrame {
  return { name, file, line: 1, endLine: 1, column: 0, endColumn: 0, kind: FunctionKind.python };
}

const untimed = { waited: null, left: null };
const rings = (tasks: readonly Task[]): number[][] => findCircles(tasks).map((circle) => [...circle.tasks]);

test("tells who waits for whom, once round", () => {
  // 1 waits for 2, 2 for 3, 3 for 1; 4 waits for 1 from outside, 5 is waited for by 3.
  expect(findCircles([task(1, [3, 4]), task(2, [1]), task(3, [2]), task(4), task(5, [3])])).toEqual([{ tasks: [1, 2, 3], exits: [] }]);
});

test("no circle: lines, diamonds, nothing, tasks that are not in the list", () => {
  expect(rings([])).toEqual([]);
  expect(rings([task(1), task(2, [1]), task(3, [1]), task(4, [2, 3])])).toEqual([]);
  expect(rings([task(1, [99]), task(2, [1, 77])])).toEqual([]);
});

test("one that waits for itself, and two circles", () => {
  expect(rings([task(1, [1]), task(2, [3]), task(3, [2])])).toEqual([[1], [2, 3]]);
});

test("of a knot of circles the shortest through its first task", () => {
  // 1 -> 2 -> 3 -> 1 and 1 -> 4 -> 1.
  expect(rings([task(1, [3, 4]), task(2, [1]), task(3, [2]), task(4, [1])])).toEqual([[1, 4]]);
});

test("by what is waited for, by who holds a lock", () => {
  const waitsForTask = { kind: "task", object: 2, typeName: "Task", detail: "", ...untimed } as const;
  const waitsForLock = { kind: "lock", object: 70, typeName: "Lock", detail: "", heldBy: 1, ...untimed } as const;
  expect(rings([task(1, [], { waitsFor: waitsForTask }), task(2, [], { waitsFor: waitsForLock })])).toEqual([[1, 2]]);
  expect(rings([task(1, [], { waitsFor: waitsForLock })])).toEqual([[1]]);
  expect(rings([task(1, [], { waitsFor: { ...waitsForLock, heldBy: 0 } })])).toEqual([]);
});

test("a task that could go on, or has ended, closes no circle", () => {
  for (const state of ["ready", "running", "created"] as const) expect(rings([task(1, [2], { state }), task(2, [1])])).toEqual([]);
  expect(rings([task(1, [2], { state: "finished" }), task(2, [1])])).toEqual([]);
});

test("ways out: a timeout, the first of several", () => {
  const waiting = task(1, [2], { frames: [frame("main", "/srv/app.py"), frame("wait_for")] });
  const either = task(2, [1], { frames: [frame("main", "/srv/app.py"), frame("wait"), frame("_wait")] });
  const exits = [
    { task: 1, why: "timeout" },
    { task: 2, why: "first-of-several" },
  ];
  expect(findCircles([waiting, either])).toEqual([{ tasks: [1, 2], exits }]);
  expect(findCircles([task(4, [4], { waitsFor: { kind: "future", object: 9, typeName: "Future", detail: "", waited: 0, left: 5e9 } })])).toMatchObject([
    { exits: [{ task: 4, why: "timeout" }] },
  ]);
  const namedAlike = task(3, [3], { frames: [frame("wait_for", "/srv/app.py")] });
  expect(findCircles([namedAlike])).toEqual([{ tasks: [3], exits: [] }]);
});

test("ten thousand in a line, and in one circle", () => {
  const line = Array.from({ length: 10_000 }, (_, index) => task(index + 1, index === 0 ? [] : [index]));
  expect(rings(line)).toEqual([]);
  expect(rings([task(1, [10_000]), ...line.slice(1)])).toEqual([line.map(({ id }) => id)]);
});

test("whatever waits for whatever: each circle is one, and there is one whenever some task reaches itself", () => {
  const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 });
  const property = fc.property(edges, (pairs) => {
    const tasks = Array.from({ length: 12 }, (_, id) =>
      task(
        id,
        pairs.filter(([, to]) => to === id).map(([from]) => from),
      ),
    );
    const waits = (from: number, to: number): boolean => pairs.some(([a, b]) => a === from && b === to);
    const reaches = (from: number): Set<number> => {
      const seen = new Set<number>();
      const next = [from];
      for (let at = next.pop(); at !== undefined; at = next.pop())
        for (const [a, b] of pairs) {
          if (a !== at || seen.has(b)) continue;
          seen.add(b);
          next.push(b);
        }
      return seen;
    };
    const found = rings(tasks);
    for (const ring of found) ring.forEach((id, index) => expect(waits(id, ring[(index + 1) % ring.length]!)).toBe(true));
    const inCircles = tasks.filter(({ id }) => reaches(id).has(id));
    const knots = new Set(inCircles.map(({ id }) => inCircles.find((other) => reaches(id).has(other.id) && reaches(other.id).has(id))!.id));
    expect(found.length).toBe(knots.size);
  });
  fc.assert(property);
});
