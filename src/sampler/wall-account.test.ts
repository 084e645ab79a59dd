import { describe, expect, it } from "vitest";
import { Schedule } from "./schedule.ts";
import { WallAccount } from "./wall-account.ts";

const millisecond = 1e6;

/** Sums up what a thread weighs that is there from `from` to `to`, while each round begins `delay(deadline)` late. */
function lifeOf(from: number, to: number, delay: (deadline: number) => number): number {
  const schedule = new Schedule(millisecond, 0);
  const account = new WallAccount();
  let sum = 0;
  let isMet = false;
  for (let now = 0; ;) {
    now = Math.max(now, schedule.deadline) + delay(schedule.deadline);
    if (now >= to) return sum + account.settle();
    const weighedTo = schedule.begin(now);
    const { reached } = schedule;
    const round = { boottime: now, monotonic: now, weighedTo, reached, firstWeight: millisecond };
    if (now < from) continue;
    if (!isMet) account.begin(round);
    isMet = true;
    sum += account.weigh(round);
  }
}

describe("WallAccount", () => {
  const stall = (at: number, length: number) => (deadline: number) => (deadline >= at && deadline < at + millisecond ? length : 0);

  it("sums up to the life of a thread, to an interval", () => {
    for (let round = 0; round < 100; round++)
      expect(Math.abs(lifeOf(30.3 * millisecond, 60.4 * millisecond, () => 0) - 30.1 * millisecond)).toBeLessThanOrEqual(2 * millisecond);
  });

  it("does so for a thread that is met or ends while rounds are made up for", () => {
    for (let round = 0; round < 100; round++) {
      // What the sampler could not see, from the stall to the first round after it, is not in the thread's life.
      const met = lifeOf(30.3 * millisecond, 90 * millisecond, stall(20 * millisecond, 15 * millisecond));
      expect(Math.abs(met - 54.5 * millisecond)).toBeLessThanOrEqual(2 * millisecond);
      const ended = lifeOf(10 * millisecond, 36 * millisecond, stall(20 * millisecond, 15 * millisecond));
      expect(Math.abs(ended - 26 * millisecond)).toBeLessThanOrEqual(2 * millisecond);
    }
  });

  it("weighs nothing for rounds from before a thread was met", () => {
    const account = new WallAccount();
    account.begin({ boottime: 0, monotonic: 0, weighedTo: 3000, reached: 9000, firstWeight: 1000 });
    expect(account.weigh({ boottime: 0, monotonic: 0, weighedTo: 3000, reached: 9000, firstWeight: 1000 })).toBe(0);
    expect(account.weigh({ boottime: 0, monotonic: 0, weighedTo: 9000, reached: 9000, firstWeight: 1000 })).toBe(1000);
    expect(account.owedAt(9500)).toBe(500);
    expect(account.settle()).toBe(0);
  });
});
