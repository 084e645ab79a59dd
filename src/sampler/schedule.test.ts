import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Schedule } from "./schedule.ts";

describe("Schedule", () => {
  it("does not drift, however late each round begins within its interval", () => {
    const schedule = new Schedule(1000, 5000, () => 0.25);
    for (let round = 0; round < 100; round++) schedule.begin(schedule.deadline + ((round * 37) % 1000));
    expect(schedule).toMatchObject({ deadline: 5000 + 100 * 1000 + 250, due: 100, late: 0 });
  });

  it("drops the rounds that went by, and counts them", () => {
    const schedule = new Schedule(1000, 0, () => 0.5);
    expect(schedule.begin(3750)).toBe(3000);
    expect(schedule).toMatchObject({ deadline: 4500, due: 4, late: 3 });
    expect(schedule.begin(4500)).toBe(4000);
    expect(schedule).toMatchObject({ deadline: 5500, due: 5, late: 3 });
  });

  it("looks at every part of the interval equally often", () => {
    const schedule = new Schedule(1000, 0);
    const quarters = [0, 0, 0, 0];
    for (let round = 0; round < 10_000; round++) quarters[Math.floor((schedule.deadline - schedule.begin(schedule.deadline)) / 250)]!++;
    for (const count of quarters) expect(Math.abs(count - 2500)).toBeLessThan(300);
  });

  it("has one round in every interval, or counts it as late", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat(5e6), { maxLength: 50 }), (interval, delays) => {
        const start = 1e9;
        const schedule = new Schedule(interval, start);
        for (const delay of delays) {
          const now = schedule.deadline + delay;
          const began = schedule.begin(now);
          expect(began).toBe(start + (schedule.due - 1) * interval);
          expect(now - began).toBeLessThan(2 * interval);
          expect(schedule.deadline - began).toBeGreaterThanOrEqual(interval);
          expect(schedule.deadline - began).toBeLessThan(2 * interval);
        }
        expect(schedule.due - schedule.late).toBe(delays.length);
      }),
    );
  });
});
