import { describe, expect, test } from "vitest";
import { runtimeOf } from "../../../../test/images/runtime-of.ts";
import { minorOf, SavedImage, savedVersions } from "../../../../test/images/saved-image.ts";
import { walkThread } from "../../../../test/images/walk.ts";
import type { MemoryReader } from "../../../base/memory.ts";
import type { Address } from "../../../base/units.ts";
import { WALKED, walkFrames } from "../../../cpython/frames.ts";
import { readInterpreters, readThreadStates } from "../../../cpython/interpreters.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { readPointer } from "../../../cpython/objects/piece.ts";
import { RawStack } from "../../../cpython/raw-stack.ts";
import { CopyPlan } from "./copy-plan.ts";

/** What a capture does, over memory that stands still: copy what the plan says, walk, tell the plan what was missing. Returns how many copies it took. */
function capture(memory: MemoryReader, layout: Layout, plan: CopyPlan, thread: Address, stack: RawStack): number {
  for (let copies = 1; copies < 100; copies++) {
    if (layout.thread.dataStackChunk !== null) plan.followChunks(readPointer(memory, layout, thread + layout.thread.dataStackChunk)!);
    plan.refresh();
    const { pieces } = plan;
    const bytes = new Uint8Array(pieces.size);
    for (let index = 0; index < pieces.count; index++) {
      expect(memory.read(pieces.addresses[index]!, bytes.subarray(pieces.offsets[index], pieces.offsets[index]! + pieces.lengths[index]!))).toBe(true);
    }
    const pointer = readPointer(memory, layout, thread + layout.thread.frame)!;
    const frame = layout.thread.cframeCurrentFrame === null ? pointer : readPointer(memory, layout, pointer + layout.thread.cframeCurrentFrame)!;
    const missing = walkFrames(layout, new DataView(bytes.buffer), 0, pieces, frame, stack);
    if (missing === WALKED) return copies;
    expect(plan.discover(missing)).toBe(true);
  }
  throw new Error("never complete");
}

describe.each(savedVersions)("a plan for CPython %s", (version) => {
  const image = SavedImage.load(version);
  const runtime = runtimeOf(image, image.truth);
  const { layout } = runtime;
  const threads = [...readThreadStates(image, runtime, readInterpreters(image, runtime)![0]!)!.keys()];

  test("learns where all frames are, and then has them in one copy", () => {
    for (const thread of threads) {
      const plan = new CopyPlan(image, layout);
      const stack = new RawStack();
      expect(capture(image, layout, plan, thread, stack)).toBeLessThan(10);
      plan.trim(stack);
      expect(capture(image, layout, plan, thread, stack)).toBe(1);
      // Frames that do not show are in the copy, too: those that do are among them, in order.
      const codes = [...stack.code.subarray(0, stack.length)];
      for (const { code } of walkThread(image, layout, thread)) {
        const at = codes.indexOf(code);
        expect(at).toBeGreaterThanOrEqual(0);
        codes.splice(0, at + 1);
      }
    }
  });

  test("says that a frame cannot be read", () => {
    expect(new CopyPlan(image, layout).discover(0xdead_0000)).toBe(false);
  });

  test("has an end where frames go in a circle", () => {
    const { frame } = layout;
    const link = frame.kind === "stack" ? frame.previous : frame.back;
    // Two frames in a page of nothing, each the other's caller.
    const memory: MemoryReader = {
      read(address, into) {
        into.fill(0);
        if (address % 4096 !== 0) return false;
        new DataView(into.buffer, into.byteOffset).setBigUint64(link, address === 0x10000 ? 0x20000n : 0x10000n, true);
        return true;
      },
    };
    const plan = new CopyPlan(memory, layout);
    expect(plan.discover(0x10000)).toBe(true);
    plan.refresh();
    expect(plan.pieces.count).toBe(2);
  });
});

describe.each(savedVersions.filter((version) => minorOf(version) >= 11))("chunks of CPython %s that lie", (version) => {
  const image = SavedImage.load(version);
  const { layout } = runtimeOf(image, image.truth);

  test("do not make it copy without end", () => {
    if (layout.frame.kind !== "stack") throw new Error("no chunks");
    const at = layout.frame.chunk;
    // Every page is a chunk that claims to be huge and full; the next one is behind it.
    const memory: MemoryReader = {
      read(address, into) {
        into.fill(0);
        const view = new DataView(into.buffer, into.byteOffset);
        const set = (offset: number, word: number): void =>
          layout.wordSize === 4 ? view.setUint32(offset, Math.min(word, 0xffff_fff0), true) : view.setBigUint64(offset, BigInt(word), true);
        set(at.previous, address + 4096);
        set(at.size, 2 ** 45);
        set(at.top, 2 ** 42);
        return true;
      },
    };
    const plan = new CopyPlan(memory, layout);
    plan.followChunks(0x10000);
    plan.refresh();
    expect(plan.pieces.count).toBeGreaterThan(0);
    expect(plan.pieces.size).toBeLessThanOrEqual(8 << 20);
  });
});
