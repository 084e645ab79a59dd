import fc from "fast-check";
import { expect, test } from "vitest";
import { formatChange, formatRatio, relativeChange } from "./change.ts";
import { colourOfChange } from "./palette.ts";

/** Whole nanoseconds, as all weights are. */
const time = fc.integer({ min: 0, max: 2 ** 40 });

test("a change is between gone and new, and the other way round the opposite", () => {
  fc.assert(
    fc.property(time, time, time, (before, after, whole) => {
      const change = relativeChange(before, after, whole);
      expect(Math.abs(change)).toBeLessThanOrEqual(1);
      expect(relativeChange(after, before, whole)).toBeCloseTo(-change, 9);
      for (const theme of ["light", "dark"] as const) expect(colourOfChange(theme, change)).toMatch(/^hsl\(\d+ [\d.]+% [\d.]+%\)$/);
    }),
  );
  expect(relativeChange(0, 5e8, 1e9)).toBe(1);
  expect(relativeChange(5e8, 0, 1e9)).toBe(-1);
  expect(relativeChange(0, 1e3, 1e9)).toBeLessThan(0.01);
});

test("is said in words", () => {
  expect(formatChange(1e9, 1.5e9)).toBe("+500 ms");
  expect(formatChange(1.5e9, 1e9)).toBe("\u2212500 ms");
  expect([formatRatio(0, 1), formatRatio(1, 0), formatRatio(0, 0)]).toEqual(["new", "gone", ""]);
  expect([formatRatio(4, 5), formatRatio(5, 4), formatRatio(1, 20)]).toEqual(["+25.0 %", "\u221220.0 %", "20.0 times"]);
});
