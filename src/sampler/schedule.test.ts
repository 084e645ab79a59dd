import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Schedule } from "./schedule.ts";

const millisecond = 1e6;

describe("Schedule", () => {
  it("does not drift, however late each round begins within its interval", () => {
    const schedule = new Schedule(1000, 5000, () => 0.25);
    for (let round = 0; round < 100; round++) schedule.begin(schedule.deadline + ((round * 37) % 750));
    expect(schedule).toMatchObject({ deadline: 5000 + 100 * 1000 + 250, due: 100, late: 0 });
  });

  it("makes up for rounds whose interval went by, with pauses, until it is in time again", () => {
    const schedule = new Schedule(millisecond, 0, () => 0.5);
    let now = 5.2 * millisecond;
    for (let round = 0; round < 10; round++) {
      expect(schedule.begin(now)).toBe(round * millisecond);
      // A quarter of an interval at a time until the deadline of the interval in which it is.
      now = schedule.deadline;
      const inTime = (round + 1.5) * millisecond;
      expect(now).toBe(Math.max(inTime, (5.2 + 0.25 * (round + 1)) * millisecond));
    }
    expect(schedule).toMatchObject({ due: 10, late: 0, deadline: 10.5 * millisecond });
  });

  it("drops the rounds that went by more than half a second ago, and counts them", () => {
    const schedule = new Schedule(millisecond, 0, () => 0.5);
    expect(schedule.begin(550.75 * millisecond)).toBe(50 * millisecond);
    expect(schedule).toMatchObject({ due: 51, late: 50, reached: 550 * millisecond });
  });

  it("drops what it can never make up for", () => {
    const schedule = new Schedule(millisecond, 0, () => 0.5);
    for (let round = 0; round < 300; round++) schedule.begin(Math.max(schedule.deadline, round * 3 * millisecond));
    expect(schedule.due).toBe(397);
    expect(schedule.late).toBe(97);
  });

  it("counts what it did not get to make up for", () => {
    const schedule = new Schedule(millisecond, 0, () => 0.5);
    schedule.begin(20.7 * millisecond);
    schedule.end(21 * millisecond);
    expect(schedule).toMatchObject({ due: 20, late: 19 });
    const inTime = new Schedule(millisecond, 0, () => 0.5);
    inTime.begin(0.6 * millisecond);
    inTime.end(2.4 * millisecond);
    expect(inTime).toMatchObject({ due: 1, late: 0 });
  });

  it("drops what is a whole interval late where that is longer", () => {
    const schedule = new Schedule(1000 * millisecond, 0, () => 0.5);
    expect(schedule.begin(3750 * millisecond)).toBe(3000 * millisecond);
    expect(schedule).toMatchObject({ deadline: 4500 * millisecond, due: 4, late: 3 });
    expect(schedule.begin(4500 * millisecond)).toBe(4000 * millisecond);
    expect(schedule).toMatchObject({ deadline: 5500 * millisecond, due: 5, late: 3 });
  });

  it("looks at every part of the interval equally often", () => {
    const schedule = new Schedule(1000, 0);
    const quarters = [0, 0, 0, 0];
    for (let round = 0; round < 10_000; round++) quarters[Math.floor((schedule.deadline - schedule.begin(schedule.deadline)) / 250)]!++;
    for (const count of quarters) expect(Math.abs(count - 2500)).toBeLessThan(300);
  });

  it("has one round in every interval, or counts it as late, and is never further behind than it says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e8 }), fc.array(fc.nat(1e9), { maxLength: 50 }), (interval, delays) => {
        const start = 1e9;
        const schedule = new Schedule(interval, start);
        for (const delay of delays) {
          const now = schedule.deadline + delay;
          const began = schedule.begin(now);
          expect(began).toBe(start + (schedule.due - 1) * interval);
          expect(now - began).toBeLessThanOrEqual(2 * interval + 500 * millisecond);
          expect(schedule.deadline - began).toBeGreaterThanOrEqual(interval);
          expect(schedule.deadline - Math.max(now, began + interval)).toBeLessThan(interval);
        }
        expect(schedule.due - schedule.late).toBe(delays.length);
      }),
    );
  });
});
