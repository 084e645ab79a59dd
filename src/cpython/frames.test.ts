import { describe, expect, test } from "vitest";
import { runtimeOf } from "../../test/images/runtime-of.ts";
import { SavedImage, savedVersions } from "../../test/images/saved-image.ts";
import { walkThread } from "../../test/images/walk.ts";
import type { Address } from "../base/units.ts";
import { readCode } from "./code.ts";
import { ENDLESS, FREED, WALKED, walkFrames } from "./frames.ts";
import { readInterpreters, readThreadStates } from "./interpreters.ts";
import { readPointer } from "./objects/piece.ts";
import { Pieces } from "./pieces.ts";
import { RawStack } from "./raw-stack.ts";

describe.each(savedVersions)("frames of CPython %s", (version) => {
  const image = SavedImage.load(version);
  const runtime = runtimeOf(image, image.truth);
  const { layout } = runtime;
  const { headerSize } = layout.frame;
  const link = layout.frame.kind === "stack" ? layout.frame.previous : layout.frame.back;
  const threads = [...readThreadStates(image, runtime, readInterpreters(image, runtime)![0]!)!.keys()];

  function newestFrame(thread: Address): Address {
    const pointer = readPointer(image, layout, thread + layout.thread.frame)!;
    return layout.thread.cframeCurrentFrame === null ? pointer : readPointer(image, layout, pointer + layout.thread.cframeCurrentFrame)!;
  }

  /** A copy of these frames, behind `gap` bytes of something else. */
  function copyOf(frames: readonly Address[], gap = 0): { pieces: Pieces; view: DataView } {
    const pieces = new Pieces();
    for (const frame of frames) pieces.add(frame, headerSize);
    const bytes = new Uint8Array(gap + pieces.size);
    frames.forEach((frame, index) =>
      expect(image.read(frame, bytes.subarray(gap + pieces.offsets[index]!, gap + pieces.offsets[index]! + headerSize))).toBe(true),
    );
    return { pieces, view: new DataView(bytes.buffer) };
  }

  function addresses(thread: Address): Address[] {
    const frames: Address[] = [];
    for (let frame = newestFrame(thread); frame !== 0; frame = readPointer(image, layout, frame + link)!) frames.push(frame);
    return frames;
  }

  test("are those that walking by the book finds, in the second copy too", () => {
    expect(threads.length).toBeGreaterThan(2);
    for (const thread of threads) {
      const frames = addresses(thread);
      const { pieces, view } = copyOf(frames.toReversed(), 96);
      const stack = new RawStack();
      expect(walkFrames(layout, view, 96, pieces, frames[0] ?? 0, stack)).toBe(WALKED);
      expect([...stack.frame.subarray(0, stack.length)]).toEqual(frames);
      const shown = Array.from({ length: stack.length }, (_, index) => index).flatMap((index) => {
        const code = stack.code[index] === 0 ? null : readCode(image, layout, stack.code[index]!)!;
        if (code === null) return [];
        const offset = stack.instruction[index]! - code.instructions;
        return offset < code.firstTraceable && stack.inGenerator[index] === 0 ? [] : [{ code: stack.code[index], offset }];
      });
      expect(shown).toEqual(walkThread(image, layout, thread).map(({ code, offset }) => ({ code, offset })));
    }
  });

  const frames = threads.map(addresses).toSorted((a, b) => b.length - a.length)[0]!;

  test("that were not copied are named, the first one that is missed", () => {
    expect(frames.length).toBeGreaterThan(3);
    const { pieces, view } = copyOf(frames.filter((_, index) => index !== 2));
    const stack = new RawStack();
    expect(walkFrames(layout, view, 0, pieces, frames[0]!, stack)).toBe(frames[2]);
    expect(stack.length).toBe(2);
  });

  test("do not end at a frame object that was freed (3.8 to 3.10): that is not the root", () => {
    const { pieces, view } = copyOf(frames);
    view.setBigUint64((frames.length - 1) * headerSize + (layout.frame.kind === "heap" ? layout.frame.references : 0), 0n, true);
    expect(walkFrames(layout, view, 0, pieces, frames[0]!, new RawStack())).toBe(layout.frame.kind === "heap" ? FREED : WALKED);
  });

  test("in a circle are an end, not a loop", () => {
    const { pieces, view } = copyOf(frames);
    view.setBigUint64((frames.length - 1) * headerSize + link, BigInt(frames[0]!), true);
    const stack = new RawStack();
    expect(walkFrames(layout, view, 0, pieces, frames[0]!, stack)).toBe(ENDLESS);
    expect(stack.length).toBe(frames.length + 1);
  });
});
