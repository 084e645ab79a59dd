import { describe, expect, it } from "vitest";
import { FunctionKind, Known, NONE, type Block } from "../profile/tables.ts";
import { Recorder } from "./recorder.ts";

const place = { line: 7, endLine: 8, column: 1, endColumn: 4 };

function addSample(recorder: Recorder, name: string): void {
  const frame = recorder.internFrame(recorder.internFunction(name, "a.py", 1, FunctionKind.python), place);
  recorder.samples.push(1, 0, recorder.stacks.intern(NONE, frame), 1, 0, Known.verified, NONE);
}

function newThread(recorder: Recorder): number {
  return recorder.addThread({ process: 0, tid: 1, interpreter: 0, name: "", startTime: 0 });
}

function sizes({ strings, functions, frames, stacks, samples }: Block): number[] {
  return [strings.length, functions.length, frames.length, stacks.length, samples.length];
}

describe("Recorder", () => {
  it("hands out what is new, once", () => {
    const recorder = new Recorder();
    addSample(recorder, "f");
    addSample(recorder, "f");
    expect(sizes(recorder.takeBlock([], null))).toEqual([2, 1, 1, 1, 2]);
    addSample(recorder, "f");
    addSample(recorder, "g");
    expect(sizes(recorder.takeBlock([], null))).toEqual([1, 1, 1, 1, 2]);
    expect(sizes(recorder.takeBlock([], null))).toEqual([0, 0, 0, 0, 0]);
  });

  it("tells apart what differs in anything", () => {
    const recorder = new Recorder();
    const func = (name: string, file: string, line: number): number => recorder.internFunction(name, file, line, FunctionKind.python);
    expect(new Set([func("a", "b", 1), func("b", "a", 1), func("a", "b", 2), func("a,b", "", 1), func("", "a,b", 1), func("__proto__", "b", 1)]).size).toBe(6);
    expect(recorder.internFunction("a", "b", 1, FunctionKind.marker)).toBe(6);
    const frames = [place, { ...place, line: 8 }, { ...place, endLine: 9 }, { ...place, column: 2 }, { ...place, endColumn: 5 }];
    expect(frames.map((one) => recorder.internFrame(0, one))).toEqual([0, 1, 2, 3, 4]);
    expect(frames.map((one) => recorder.internFrame(0, one))).toEqual([0, 1, 2, 3, 4]);
  });

  it("begins its tables anew when the text in them is too much, and says so with the next block", () => {
    const recorder = new Recorder();
    newThread(recorder);
    expect(newThread(recorder)).toBe(1);
    for (let index = 0; index < 40; index++) addSample(recorder, `${index}`.padEnd(1 << 20, "x"));
    const big = recorder.takeBlock([], null);
    expect(big.restartsTables).toBe(false);
    expect(sizes(big)).toEqual([41, 40, 40, 40, 40]);
    expect(recorder.epoch).toBe(1);
    expect(newThread(recorder)).toBe(0);
    addSample(recorder, "f");
    const next = recorder.takeBlock([], null);
    expect(next.restartsTables).toBe(true);
    expect(sizes(next)).toEqual([2, 1, 1, 1, 1]);
    expect([next.functions.name[0], next.frames.function[0], next.stacks.parent[0], next.stacks.frame[0], next.samples.stack[0]]).toEqual([0, 0, NONE, 0, 0]);
    expect(recorder.takeBlock([], null).restartsTables).toBe(false);
  });

  it("hands out tasks, their names and their waits once, and who ran at a sample", () => {
    const recorder = new Recorder();
    const row = { thread: newThread(recorder), kind: "asyncio", name: "Task-1", coroutine: "main", address: 4096, startTime: 5 } as const;
    const [task, other] = [recorder.addTask(row), recorder.addTask({ ...row, address: 8192 })];
    recorder.renameTask(6, other, "reader");
    addSample(recorder, "f");
    recorder.samples.setTask(0, task, 0);
    addSample(recorder, "f");
    const wait = {
      start: 1,
      end: 3,
      thread: 0,
      task: other,
      stack: 0,
      wall: 1,
      whole: 2,
      samples: 2,
      known: Known.verified,
      what: recorder.internString("Lock"),
    };
    // More than it has room for at first.
    for (let count = 0; count < 1000; count++) recorder.waits.push({ ...wait, end: 3 + count });
    const block = recorder.takeBlock([], null);
    expect([block.tasks.length, block.taskRenames]).toEqual([2, [{ time: 6, task: other, name: "reader" }]]);
    expect([Array.from(block.samples.task), Array.from(block.samples.sharedOut)]).toEqual([
      [task, NONE],
      [0, 0],
    ]);
    expect([block.waits.length, block.waits.end.length, block.waits.end[999], block.strings[block.waits.what[999]!]]).toEqual([1000, 1000, 1002, "Lock"]);
    const next = recorder.takeBlock([], null);
    expect([next.tasks, next.taskRenames, next.waits.length]).toEqual([[], [], 0]);
  });

  it("begins anew after a million stacks", () => {
    const recorder = new Recorder();
    let stack = NONE;
    for (let depth = 0; depth < (1 << 20) + 1; depth++) stack = recorder.stacks.intern(stack, 0);
    expect(recorder.takeBlock([], null).stacks.length).toBe((1 << 20) + 1);
    expect(recorder.epoch).toBe(1);
    expect(recorder.stacks.length).toBe(0);
  });
});
