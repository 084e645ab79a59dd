import fc from "fast-check";
import { expect, it } from "vitest";
import { PauseBudget } from "./pause-budget.ts";

/** Pauses whenever it may, `each` apart. */
function pauseAll(lengths: readonly number[], each: number): { readonly spent: number; readonly time: number; readonly pauses: number } {
  const budget = new PauseBudget(0);
  let [time, spent, pauses] = [0, 0, 0];
  for (const length of lengths) {
    time += each;
    if (!budget.allows(time, spent)) continue;
    pauses++;
    spent += length;
    time += length;
  }
  return { spent, time, pauses };
}

it("spends about 1 % on pauses of 50 us every millisecond, a fifth of what is wanted", () => {
  const { spent, time, pauses } = pauseAll(Array<number>(10_000).fill(50_000), 1e6);
  expect(spent / time).toBeCloseTo(0.01, 3);
  expect(pauses).toBeGreaterThan(1900);
});

it("never spends more than 1 % and the last pause, whatever they take", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1000, max: 30_000_000 }), { minLength: 1, maxLength: 500 }),
      fc.integer({ min: 10_000, max: 1e8 }),
      (lengths, each) => {
        const { spent, time } = pauseAll(lengths, each);
        expect(spent).toBeLessThanOrEqual(time * 0.01 + Math.max(...lengths));
      },
    ),
  );
});

it("saves up no more than a second's worth", () => {
  const budget = new PauseBudget(0);
  expect(budget.allows(3600e9, 0)).toBe(true);
  expect(budget.allows(3600e9, 10e6)).toBe(false);
});
