import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Schedule } from "./schedule.ts";

describe("Schedule", () => {
  it("does not drift, however late each round begins within its interval", () => {
    const schedule = new Schedule(1000, 5000);
    for (let round = 0; round < 100; round++) schedule.begin(schedule.deadline + ((round * 37) % 1000));
    expect(schedule).toMatchObject({ deadline: 5000 + 100 * 1000, due: 100, late: 0 });
  });

  it("drops the rounds that went by, and counts them", () => {
    const schedule = new Schedule(1000, 0);
    schedule.begin(3500);
    expect(schedule).toMatchObject({ deadline: 4000, due: 4, late: 3 });
    schedule.begin(4000);
    expect(schedule).toMatchObject({ deadline: 5000, due: 5, late: 3 });
  });

  it("is always ahead of the round that began, at a whole interval from the start, and counts every interval once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat(5e6), { maxLength: 50 }), (interval, delays) => {
        const start = 1e9;
        const schedule = new Schedule(interval, start);
        for (const delay of delays) {
          const now = schedule.deadline + delay;
          schedule.begin(now);
          expect(schedule.deadline).toBeGreaterThan(now);
          expect(schedule.deadline - now).toBeLessThanOrEqual(interval);
        }
        expect(schedule.deadline).toBe(start + schedule.due * interval);
        expect(schedule.due - schedule.late).toBe(delays.length);
      }),
    );
  });
});
