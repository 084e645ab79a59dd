import { describe, expect, it } from "vitest";
import { countCommonRoots, isWithin, RawStack } from "./raw-stack.ts";

/** From the root up: [frame, code, instruction]. */
function stackOf(...frames: readonly (readonly [number, number, number])[]): RawStack {
  const stack = new RawStack();
  for (const [frame, code, instruction] of frames.toReversed()) stack.push(frame, code, instruction, false);
  return stack;
}

describe("countCommonRoots", () => {
  it("counts all frames of equal stacks, though the newest moved on", () => {
    expect(countCommonRoots(stackOf([1, 10, 5], [2, 20, 6]), stackOf([1, 10, 5], [2, 20, 9]))).toBe(2);
  });

  it("stops at another instruction below the newest frame", () => {
    expect(countCommonRoots(stackOf([1, 10, 5], [2, 20, 6]), stackOf([1, 10, 7], [2, 20, 6]))).toBe(0);
  });

  it("stops where one is at a call and the other is running", () => {
    expect(countCommonRoots(stackOf([1, 10, 5]), stackOf([1, 10, 7], [2, 20, 6]))).toBe(0);
  });

  it("stops at another code object in the same place", () => {
    expect(countCommonRoots(stackOf([1, 10, 5], [2, 20, 6], [3, 30, 1]), stackOf([1, 10, 5], [2, 21, 6], [3, 30, 1]))).toBe(1);
  });
});

describe("RawStack", () => {
  it.each([0, 3, 64])("grows and copies from a capacity of %i", (capacity) => {
    const stack = new RawStack(capacity);
    expect(stack.frame.length).toBe(capacity);
    for (let index = 0; index < 1000; index++) stack.push(index, index * 2, index * 3, index % 2 === 1);
    const copy = new RawStack(capacity);
    copy.copyFrom(stack);
    expect(countCommonRoots(stack, copy)).toBe(1000);
    expect(copy.inGenerator.slice(0, 4)).toEqual(new Uint8Array([0, 1, 0, 1]));
  });
});

describe("isWithin", () => {
  it("holds for the oldest frames of a longer stack, the newest of them at another instruction", () => {
    expect(isWithin(stackOf([1, 10, 5], [2, 20, 9]), stackOf([1, 10, 5], [2, 20, 6], [3, 30, 1]))).toBe(true);
  });

  it("does not where a frame below the newest is at another instruction, or anything else differs", () => {
    expect(isWithin(stackOf([1, 10, 7], [2, 20, 6]), stackOf([1, 10, 5], [2, 20, 6], [3, 30, 1]))).toBe(false);
    expect(isWithin(stackOf([1, 10, 5], [2, 21, 6]), stackOf([1, 10, 5], [2, 20, 6], [3, 30, 1]))).toBe(false);
    expect(isWithin(stackOf([1, 10, 5], [2, 20, 6], [3, 30, 1]), stackOf([1, 10, 5], [2, 20, 6]))).toBe(false);
  });
});

describe("append", () => {
  it("adds the older frames of another stack, however many", () => {
    const old = new RawStack();
    for (let frame = 1000; frame > 0; frame--) old.push(frame, 10 * frame, frame + 5, frame % 2 === 1);
    const stack = stackOf([2000, 7, 8]);
    stack.append(old, 3);
    expect([stack.length, stack.frame[0], stack.frame[1], stack.code[1], stack.instruction[997]]).toEqual([998, 2000, 997, 9970, 6]);
    expect(stack.inGenerator.slice(0, 4)).toEqual(new Uint8Array([0, 1, 0, 1]));
  });
});
