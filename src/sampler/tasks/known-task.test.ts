import { expect, test } from "vitest";
import { RawStack } from "../../cpython/raw-stack.ts";
import type { FoundTask } from "../../cpython/tasks/found-task.ts";
import { isSameLife } from "./known-task.ts";

const running: FoundTask = {
  kind: "asyncio",
  address: 0x1000,
  serial: 7,
  name: "Task-7",
  state: "running",
  loop: 0x100,
  thread: 0x10,
  stack: new RawStack(),
  isWhole: true,
  rootFrame: 0x2000,
  rootCode: 0x3000,
  waitsFor: null,
  awaitedBy: [0x1100],
  parent: 0,
};
const { serial: _, ...withoutNumber } = running;
const named: FoundTask = { ...withoutNumber, name: "request" };

test("a task that has its number still is the same one, though others have begun to wait for it if it runs", () => {
  expect(isSameLife(running, running)).toBe(true);
  expect(isSameLife(running, { ...running, awaitedBy: [] })).toBe(true);
  expect(isSameLife(running, { ...running, state: "waiting" })).toBe(true);
  expect(isSameLife(running, { ...running, state: "waiting", awaitedBy: [] })).toBe(false);
});

test("a task that runs where another one has ended is not told to have run under other names, or for others", () => {
  const next = { ...running, serial: 8, name: "Task-8" };
  expect(isSameLife(running, next)).toBe(true);
  expect(isSameLife(running, { ...next, awaitedBy: [0x1200] })).toBe(false);
  expect(isSameLife(running, { ...next, state: "waiting" })).toBe(false);
  for (const kind of ["trio", "curio"] as const) expect(isSameLife({ ...running, kind }, { ...next, kind })).toBe(false);
  expect(isSameLife(named, named)).toBe(true);
  expect(isSameLife(named, { ...named, name: "other request" })).toBe(false);
  expect(isSameLife(named, { ...named, awaitedBy: [0x1200] })).toBe(false);
  expect(isSameLife(named, running)).toBe(false);
  expect(isSameLife(running, named)).toBe(false);
  expect(isSameLife(named, { ...named, rootFrame: 0x2100 })).toBe(false);
});

test("nothing is known of a named task that does not run any more, and of a greenlet only what its thread's stack has", () => {
  expect(isSameLife(named, { ...named, state: "waiting" })).toBe(false);
  const greenlet: FoundTask = { ...named, kind: "greenlet", awaitedBy: [] };
  expect(isSameLife(greenlet, { ...greenlet, state: "waiting" })).toBe(true);
  expect(isSameLife(greenlet, { ...greenlet, state: "waiting", rootCode: 0x3100 })).toBe(false);
});
