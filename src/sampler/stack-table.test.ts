import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NONE } from "../profile/tables.ts";
import { StackTable } from "./stack-table.ts";

/** Root first. */
function add(table: StackTable, frames: readonly number[]): number {
  return frames.reduce((parent, frame) => table.intern(parent, frame), NONE);
}

function framesOf(table: StackTable, stack: number): number[] {
  const frames: number[] = [];
  for (let at = stack; at !== NONE; at = table.parent[at]!) frames.unshift(table.frame[at]!);
  return frames;
}

const stacks = fc.array(fc.array(fc.nat(20), { maxLength: 30 }), { maxLength: 400 });

describe("StackTable", () => {
  it("has each stack once, parents first, and gives back what was put in", () => {
    fc.assert(
      fc.property(stacks, (all) => {
        const table = new StackTable();
        const indices = all.map((frames) => add(table, frames));
        all.forEach((frames, index) => expect(framesOf(table, indices[index]!)).toEqual(frames));
        all.forEach((frames, index) => expect(add(table, frames)).toBe(indices[index]));
        const prefixes = new Set(all.flatMap((frames) => frames.map((_, depth) => frames.slice(0, depth + 1).join())));
        expect(table.length).toBe(prefixes.size);
        for (let stack = 0; stack < table.length; stack++) expect(table.parent[stack]).toBeLessThan(stack);
      }),
    );
  });

  it("keeps a hundred thousand apart", () => {
    const table = new StackTable();
    let wrong = 0;
    for (let round = 0; round < 2; round++) for (let frame = 0; frame < 100_000; frame++) if (table.intern(frame - 1, frame) !== frame) wrong++;
    expect(wrong).toBe(0);
    expect(table.length).toBe(100_000);
  });

  it("forgets everything when cleared, what was proved too", () => {
    const table = new StackTable();
    table.markProved(add(table, [1, 2]));
    expect(table.isProved(add(table, [1, 2]))).toBe(true);
    table.clear();
    expect(table.length).toBe(0);
    expect(table.isProved(add(table, [1, 2]))).toBe(false);
  });

  it("cuts a stack at the lowest of some frames, and leaves others as they are", () => {
    fc.assert(
      fc.property(stacks, fc.uniqueArray(fc.nat(20)), (all, bad) => {
        const table = new StackTable();
        const indices = all.map((frames) => add(table, frames));
        const cut = table.cutter(new Set(bad), 99);
        all.forEach((frames, index) => {
          const at = frames.findIndex((frame) => bad.includes(frame));
          expect(framesOf(table, cut(indices[index]!))).toEqual(at < 0 ? frames : [...frames.slice(0, at), 99]);
        });
      }),
    );
  });
});
