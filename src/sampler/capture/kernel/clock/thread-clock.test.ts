import fc from "fast-check";
import { expect, it } from "vitest";
import { DrawnPeriods } from "./thread-clock.ts";

it("draws periods around the interval that come out even", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10_000, max: 3_600_000_000_000 }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 8, maxLength: 8 }),
      (interval, draws) => {
        const left = [...draws];
        const periods = new DrawnPeriods(interval, () => left.shift()!);
        const drawn = Array.from({ length: 16 }, () => periods.draw());
        for (const period of drawn) expect(Math.abs(period / interval - 1)).toBeLessThanOrEqual(0.2501);
        expect(drawn.reduce((sum, period) => sum + period, 0)).toBe(16 * interval);
      },
    ),
  );
});

it("draws by lot", () => {
  const periods = new DrawnPeriods(1e6);
  expect(new Set(Array.from({ length: 100 }, () => periods.draw())).size).toBeGreaterThan(50);
});
