import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runtimeOf } from "../../../test/images/runtime-of.ts";
import { SavedImage, savedVersions } from "../../../test/images/saved-image.ts";
import type { MemoryReader } from "../../base/memory.ts";
import { PagedMemory } from "../objects/paged-memory.ts";
import { OwnFields } from "../objects/own-fields.ts";
import { RawStack } from "../raw-stack.ts";
import { AsyncioReader } from "./asyncio-reader.ts";
import { AwaitedFinder } from "./awaited.ts";
import { Callbacks } from "./callbacks.ts";
import type { Asyncio } from "./find-asyncio.ts";
import { Futures } from "./futures.ts";
import { KnownCodes } from "./known-codes.ts";
import { Loops } from "./loops.ts";
import { taskLayoutOf } from "./object-layout.ts";
import { TaskLists } from "./task-lists.ts";
import { WaiterFinder } from "./waiters.ts";

/** Memory without end in which every word is one of a few: the same word is a type, a flag, a length and a pointer at once. */
function madeOf(words: readonly number[]): MemoryReader {
  return {
    read(address, into) {
      if (into.length > 1 << 16) return true;
      for (let at = 0; at < into.length; at++) {
        const index = Math.floor((address + at) / 8);
        const word = words[Math.abs(Math.imul(index % 2 ** 31, 0x9e37_79b1) >>> 8) % words.length]!;
        into[at] = Math.floor(word / 2 ** (8 * ((address + at) % 8))) & 0xff;
      }
      return true;
    },
  };
}

const typeTask = 0x7f00_3900_0010;
const typeFuture = 0x7f00_3900_1000;
const word = fc.oneof(fc.constantFrom(0, 1, 2, 8, typeTask, typeFuture, 0x3f00_0000, 2 ** 47 - 4096), fc.integer({ min: 0, max: 300 }), fc.nat(2 ** 31));
/** `tp_basicsize` and `tp_dictoffset` of `_asyncio.Task`, 3.8 to 3.15. */
const shapes: Readonly<Record<number, readonly (readonly [basicSize: number, dictOffset: number])[]>> = {
  8: [
    [144, 88],
    [184, 96],
    [192, 104],
    [176, 104],
    [176, 104],
    [144, -1],
    [168, -1],
    [168, -1],
  ],
  4: [
    [80, 48],
    [100, 52],
    [104, 56],
    [96, 56],
    [96, 56],
    [76, -1],
    [88, -1],
    [88, -1],
  ],
};

describe.each(savedVersions)("CPython %s", (version) => {
  const image = SavedImage.load(version);
  const { layout } = runtimeOf(image, image.truth);
  const minor = (layout.versionHex >>> 16) & 0xff;
  const [basicSize, dictOffset] = shapes[layout.wordSize]![minor - 8]!;
  const taskLayout = taskLayoutOf(layout.versionHex, layout.wordSize, { basicSize, dictOffset })!;
  const offsets = taskLayout.node === null ? null : { runningLoop: 320, threadTasks: 336, interpreterTasks: 8000 };
  const native = { future: typeFuture, task: typeTask, layout: taskLayout, offsets };
  const asyncio: Asyncio = { none: 8, native, pythonTask: 0x1000, pythonFuture: 0x2000, weakSets: [0x10_0000], eagerSets: [0x20_0000] };

  test("no words that memory is made of lead astray, or far", () => {
    const property = fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
      const memory = madeOf(words);
      AsyncioReader.open(memory, layout, 0x1000);
      const codes = new KnownCodes(memory, layout);
      const callbacks = new Callbacks(memory, layout, codes);
      const own = new OwnFields(memory, layout);
      const futures = new Futures(memory, layout, asyncio, own);
      const waiters = new WaiterFinder(layout, futures, callbacks, own);
      const awaited = new AwaitedFinder(layout, futures, codes, callbacks, own);
      const loops = new Loops(layout, 0x1000, native);
      loops.refresh(memory);
      expect(new TaskLists(layout, 0x1000, asyncio).list(memory, new PagedMemory(memory), loops.threads)?.length ?? 0).toBeLessThanOrEqual(1 << 19);
      const stack = new RawStack();
      stack.push(0x5000, 0x6000, 0x6100, true);
      for (const address of [0x1000, 0x4008, typeTask]) {
        const found = futures.read(memory, address);
        if (found !== null) expect(waiters.find(memory, found).awaitedBy.length).toBeLessThanOrEqual(1 << 14);
        expect(awaited.find(memory, address, found, stack).detail.length).toBeLessThan(1000);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});

test("tasks of a size that no known release has are not read", () => {
  expect(taskLayoutOf(0x030b_07f0, 8, { basicSize: 200, dictOffset: 104 })).toBeNull();
  expect(taskLayoutOf(0x030e_00f0, 8, { basicSize: 176, dictOffset: -1 })).toBeNull();
  expect(taskLayoutOf(0x030d_00f0, 4, { basicSize: 76, dictOffset: -1 })).toMatchObject({ state: 48, waiter: 60, name: 68 });
});
