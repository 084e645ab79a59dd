import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryChanges } from "./memory-changes.ts";

test("every change is handed out once, when it is due, to its own process", () => {
  const changes = new MemoryChanges();
  changes.add([
    { time: 1, process: 0, bytes: 100 },
    { time: 2, process: 1, bytes: 500 },
    { time: 3, process: 0, bytes: 140 },
    { time: 9, process: 0, bytes: 90 },
  ]);
  expect([changes.take(0, 0), changes.take(0, 2), changes.take(0, 5), changes.take(0, 5), changes.take(1, 5)]).toEqual([0, 0, 40, 0, 0]);
  changes.add([{ time: 12, process: 1, bytes: 490 }]);
  expect([changes.take(1, 10), changes.take(0, 10), changes.take(1, 12)]).toEqual([0, -50, -10]);
});

test("changes add up to what the process has more in the end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2 ** 40), fc.boolean()), { minLength: 1 }), (steps) => {
      const changes = new MemoryChanges();
      let sum = 0;
      for (const [time, [bytes, isTaken]] of steps.entries()) {
        changes.add([{ time, process: 3, bytes }]);
        if (isTaken) sum += changes.take(3, time);
      }
      sum += changes.take(3, steps.length);
      expect(sum).toBe(steps.at(-1)![0] - steps[0]![0]);
    }),
  );
});
