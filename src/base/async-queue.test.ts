import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AsyncQueue } from "./async-queue.ts";

describe("AsyncQueue", () => {
  it("hands out what was pushed, in order, however pushing and taking take turns", async () => {
    const step = fc.record({ items: fc.array(fc.nat(), { maxLength: 4 }), pause: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, fails) => {
        const queue = new AsyncQueue<number>();
        const taken: number[] = [];
        const taking = (async () => {
          for await (const item of queue) {
            taken.push(item);
            if (item % 2 === 0) await Promise.resolve();
          }
        })();
        for (const { items, pause } of steps) {
          for (const item of items) queue.push(item);
          if (pause) await new Promise(setImmediate);
        }
        if (fails) queue.fail(new Error("torn"));
        else queue.end();
        queue.push(-1);
        const failure = await taking.then(
          () => null,
          (error: Error) => error.message,
        );
        expect(failure).toBe(fails ? "torn" : null);
        expect(taken).toEqual(steps.flatMap(({ items }) => items));
      }),
    );
  });

  it("says when the loop was left", async () => {
    let isClosed = false;
    const queue = new AsyncQueue<number>(() => (isClosed = true));
    queue.push(1);
    queue.push(2);
    for await (const item of queue) if (item === 1) break;
    expect(isClosed).toBe(true);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});
