import fc from "fast-check";
import { expect, test } from "vitest";
import { ticksFor } from "./ticks.ts";

test("round moments", () => {
  expect(ticksFor({ start: 0, end: 9e9 }).map((tick) => tick / 1e9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(ticksFor({ start: 1.05e9, end: 1.35e9 }).map((tick) => tick / 1e6)).toEqual([1050, 1100, 1150, 1200, 1250, 1300, 1350]);
});

test("always some, never many, all inside", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e14, noNaN: true }), fc.double({ min: 100, max: 1e14, noNaN: true }), (start, span) => {
      const ticks = ticksFor({ start, end: start + span });
      expect(ticks.length).toBeGreaterThanOrEqual(4);
      expect(ticks.length).toBeLessThanOrEqual(11);
      for (const tick of ticks) expect(tick >= start - 1 && tick <= start + span + 1).toBe(true);
    }),
  );
});
