import { describe, expect, test } from "vitest";
import { KnownRoots } from "../../../cpython/known-roots.ts";
import type { HeapFrameLayout } from "../../../cpython/layout.ts";
import { tables } from "../../../cpython/layouts/registry.ts";
import { RawStack } from "../../../cpython/raw-stack.ts";
import { addressOf } from "../../../os/libc.ts";
import { RemoteMemory } from "../../../os/remote-memory.ts";
import { RootCheck } from "./root-check.ts";

const heapTables = tables.flatMap((layout) => (layout.frame.kind === "heap" && layout.wordSize === 8 ? [{ layout, frame: layout.frame }] : []));
const size = 128;

/** Frame objects in our own memory, newest first, and the stack that they are. */
function makeFrames(layout: HeapFrameLayout, count: number): { stack: RawStack; view: DataView } {
  const buffer = new ArrayBuffer(count * size);
  const view = new DataView(buffer);
  const first = addressOf(buffer);
  const stack = new RawStack();
  for (let index = 0; index < count; index++) {
    const at = index * size;
    view.setBigInt64(at + layout.references, 1n, true);
    view.setBigInt64(at + layout.back, index + 1 < count ? BigInt(first + at + size) : 0n, true);
    view.setBigInt64(at + layout.code, BigInt(4096 + index), true);
    view.setInt32(at + layout.lastInstruction, 10 + index, true);
    stack.push(first + at, 4096 + index, (10 + index) * layout.instructionUnit, false);
  }
  return { stack, view };
}

describe.each(heapTables)("frames that copies agree on ($layout.versionHex)", ({ layout, frame }) => {
  const check = new RootCheck(new RemoteMemory(process.pid), layout);
  const roots = new KnownRoots();
  /** Of twelve frames of which ten are agreed on: what is left after `change`, told where a frame begins in the view. */
  const countAfter = (change: (view: DataView) => void): number => {
    const { stack, view } = makeFrames(frame, 12);
    change(view);
    return check.count(stack, 10, roots);
  };

  test("stand as long as nothing changed, and whatever is above them", () => {
    expect(countAfter(() => {})).toBe(10);
    expect(countAfter((view) => view.setInt32(size + frame.lastInstruction, 99, true))).toBe(10);
  });

  test("end where one went on: what stands on it was called from somewhere else", () => {
    expect(countAfter((view) => view.setInt32(2 * size + frame.lastInstruction, 99, true))).toBe(10);
    expect(countAfter((view) => view.setInt32(5 * size + frame.lastInstruction, 99, true))).toBe(7);
  });

  test("end below one that is linked to another, has other code, or was freed", () => {
    expect(countAfter((view) => view.setBigInt64(5 * size + frame.back, 8n, true))).toBe(6);
    expect(countAfter((view) => view.setBigInt64(5 * size + frame.code, 8n, true))).toBe(6);
    expect(countAfter((view) => view.setBigInt64(5 * size + frame.references, 0n, true))).toBe(6);
  });

  test("are looked for further down when the newest of them are all gone; of none, nothing is said", () => {
    expect(countAfter((view) => new Uint8Array(view.buffer, 0, 10 * size).fill(0))).toBe(2);
    expect(countAfter((view) => new Uint8Array(view.buffer).fill(0))).toBe(0);
  });
});
