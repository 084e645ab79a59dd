import { expect, it } from "vitest";
import { isLoopEntered } from "./loop-entry.ts";
import { python311 } from "./layouts/python-3.11.ts";
import { python310 } from "./layouts/python-3.10.ts";
import { RawStack } from "./raw-stack.ts";
import { emptyThreadState } from "./thread-state.ts";

const thread = 0x5000;
const inThreadState = { ...emptyThreadState(), frame: thread + 300 };
const onStack = { ...emptyThreadState(), frame: 0x7fff_0000_1000 };

function stackOf(...codes: readonly number[]): RawStack {
  const stack = new RawStack();
  codes.forEach((code, index) => stack.push(0x9000 + index, code, 0, false));
  return stack;
}

it("believes no frame only of the outermost loop, and no frame of the interpreter's own on top", () => {
  expect(isLoopEntered(python311, thread, inThreadState, stackOf())).toBe(true);
  expect(isLoopEntered(python311, thread, onStack, stackOf())).toBe(false);
  expect(isLoopEntered(python311, thread, onStack, stackOf(0, 0x100))).toBe(false);
  expect(isLoopEntered(python311, thread, onStack, stackOf(0x100, 0))).toBe(true);
});

it("has nothing to say of versions whose thread state points to the frame itself", () => {
  expect(isLoopEntered(python310, thread, onStack, stackOf())).toBe(true);
});
