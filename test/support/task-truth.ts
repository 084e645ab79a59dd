import { expect } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address } from "../../src/base/units.ts";
import { readCode } from "../../src/cpython/code.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import type { FoundTask, TaskReader } from "../../src/cpython/tasks/found-task.ts";

/** What a library of tasks says of one of its tasks. Addresses are `id()`s. */
export interface TaskTruth extends Omit<FoundTask, "kind" | "stack" | "isWhole" | "waitsFor"> {
  /** The outermost first. */
  readonly frames: readonly (readonly [code: Address, line: number])[];
}

/** What a reader found, in the truth's form. */
export function inTruthsForm(memory: MemoryReader, layout: Layout, task: FoundTask): TaskTruth {
  const { kind: _kind, stack, isWhole: _isWhole, waitsFor: _waitsFor, ...rest } = task;
  const frames = Array.from({ length: stack.length }, (_, index) => {
    const code = readCode(memory, layout, stack.code[index]!);
    return [stack.code[index]!, code ? locate(code, stack.instruction[index]! - code.instructions).line : -1] as const;
  });
  return { ...rest, frames: frames.toReversed() };
}

/**
 * Has tasks read through memory in which bytes here and there are others: nothing may be thrown, and no answer may be without end. A reader that has
 * read the truth before is harder to fool than a new one: give both.
 */
export function expectNoHarm(memory: MemoryReader, reader: TaskReader, tasks: readonly Address[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const damaged: MemoryReader = {
      read(address, into) {
        if (!memory.read(address, into)) return false;
        for (let at = 0; at < into.length; at++) {
          const noise = Math.imul((address + at + round * 7919) % 2 ** 31, 0x85eb_ca6b) >>> 0;
          if (noise % 199 === 0) into[at] = noise >>> 16;
        }
        return true;
      },
    };
    expect(reader.list(damaged)?.length ?? 0).toBeLessThan(1 << 20);
    for (const task of tasks) expect(reader.read(damaged, task)?.stack.length ?? 0).toBeLessThan(1 << 20);
  }
}
