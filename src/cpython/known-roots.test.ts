import { expect, test } from "vitest";
import { KnownRoots } from "./known-roots.ts";
import { RawStack } from "./raw-stack.ts";

const shim = 0;

/** Newest frame first. */
function stackOf(...frames: readonly (readonly [frame: number, code: number])[]): RawStack {
  const stack = new RawStack();
  for (const [frame, code] of frames) stack.push(frame, code, 0, false);
  return stack;
}

test("knows the frame that stands on the interpreter's own at the root, with its code", () => {
  const roots = new KnownRoots();
  roots.note(stackOf([300, 3], [200, 2], [100, shim]));
  expect([roots.has(200, 2), roots.has(200, 3), roots.has(300, 3)]).toEqual([true, false, false]);
  roots.note(stackOf([200, 4], [100, shim]));
  expect([roots.has(200, 2), roots.has(200, 4)]).toEqual([false, true]);
});

test("learns nothing of a stack that has no such frame, and never keeps more than it needs", () => {
  const roots = new KnownRoots();
  roots.note(stackOf([200, 2], [100, 1]));
  roots.note(stackOf([200, shim], [100, shim]));
  roots.note(stackOf([100, shim]));
  roots.note(stackOf());
  expect([roots.has(100, 1), roots.has(200, 2), roots.has(200, shim), roots.has(100, shim)]).toEqual([false, false, false, false]);
  for (let frame = 1; frame <= 3000; frame++) roots.note(stackOf([frame, 7], [9000, shim]));
  const kept = Array.from({ length: 3000 }, (_, index) => index + 1).filter((frame) => roots.has(frame, 7));
  expect(kept.length).toBeLessThanOrEqual(1024);
  expect(roots.has(3000, 7)).toBe(true);
});

test("takes for a root what is like most that were there, wherever it lies", () => {
  const roots = new KnownRoots();
  const isUsual = (root: number, shimCode: number): boolean => {
    const stack = stackOf([300, 3]);
    stack.push(root, shim, shimCode, false);
    return roots.isUsual(stack);
  };
  for (let times = 0; times < 3; times++) expect(isUsual(100 + times, 77)).toBe(true);
  expect([isUsual(100, 5), isUsual(900, 6), isUsual(900, 77), roots.isUsual(stackOf([200, 2]))]).toEqual([false, false, true, true]);
  // What was at first seen by accident does not stay.
  for (let times = 0; times < 9; times++) isUsual(100, 5);
  expect([isUsual(100, 5), isUsual(100, 77)]).toEqual([true, false]);
  for (let code = 1000; code < 1200; code++) isUsual(100, code);
  for (let times = 0; times < 9; times++) isUsual(100, 77);
  expect(isUsual(100, 77)).toBe(true);
});

test("takes nothing for a root at first sight that the interpreter's own frame cannot have for code", () => {
  const asked: number[] = [];
  const roots = new KnownRoots((code) => asked.push(code) > 0 && code === 77);
  const isUsual = (shimCode: number): boolean => {
    const stack = stackOf([300, 3]);
    stack.push(100, shim, shimCode, false);
    return roots.isUsual(stack);
  };
  expect([isUsual(5), isUsual(77), isUsual(5), isUsual(77)]).toEqual([false, true, false, true]);
  expect(asked).toEqual([5, 77, 5]);
});
