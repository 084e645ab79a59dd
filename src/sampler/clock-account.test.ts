import fc from "fast-check";
import { expect, it } from "vitest";
import { ClockAccount } from "./clock-account.ts";

const ms = 1e6;

it("a busy thread: every row weighs a period, and what ticks were missed is made up for", () => {
  const account = new ClockAccount();
  account.count(0, 0);
  const weights: number[] = [];
  for (let round = 1; round <= 200; round++) {
    // Two of twenty ticks are missed.
    for (let copy = 0; copy < 18; copy++) weights.push(account.weighOnCpu(ms));
    account.count(20 * ms, round * 20 * ms);
  }
  expect(Math.abs(weights.reduce((sum, weight) => sum + weight) - 200 * 20 * ms)).toBeLessThan(5 * ms);
  expect(Math.min(...weights)).toBeGreaterThanOrEqual(ms);
  expect(Math.max(...weights)).toBeLessThan(1.4 * ms);
});

it("a thread that mostly sleeps: looks weigh what it slept, copies what it ran", () => {
  const account = new ClockAccount();
  account.count(0, 5 * ms);
  account.count(20 * ms, 7 * ms);
  expect(account.weighOnCpu(ms)).toBeGreaterThanOrEqual(ms);
  expect(account.weighOffCpu()).toBe(18 * ms);
  // Found on a CPU: the time off it waits for the next look that finds it off.
  account.count(20 * ms, 9 * ms);
  account.count(20 * ms, 9 * ms);
  expect(account.weighOffCpu()).toBe(38 * ms);
  expect(account.weighOffCpu()).toBe(0);
});

it("no row weighs less than nothing, and all rows together what was counted", () => {
  const step = fc.record({ wall: fc.nat(20 * ms), used: fc.nat(20 * ms), copies: fc.nat(30), isOff: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), (steps) => {
      const account = new ClockAccount();
      account.count(0, 0);
      const sums = { on: 0, off: 0, wall: 0, cpu: 0 };
      for (const { wall, used, copies, isOff } of steps) {
        for (let copy = 0; copy < copies; copy++) {
          const weight = account.weighOnCpu(ms);
          expect(weight).toBeGreaterThanOrEqual(0);
          sums.on += weight;
        }
        sums.wall += wall;
        sums.cpu += used;
        account.count(wall, sums.cpu);
        if (isOff) sums.off += account.weighOffCpu();
      }
      const { onCpu, offCpu } = account.takeRest(Number.POSITIVE_INFINITY);
      expect(sums.on + onCpu).toBeCloseTo(sums.cpu, 0);
      expect(sums.off + offCpu).toBeGreaterThanOrEqual(sums.wall - sums.cpu - 1);
    }),
  );
});
