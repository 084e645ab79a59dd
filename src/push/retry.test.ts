import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delayAfter, parseRetryAfter } from "./retry.ts";

describe("trying again", () => {
  it("takes twice as long after each failure, up to a minute, give or take the half", () => {
    expect([1, 2, 3, 7, 50].map((failures) => [delayAfter(failures, null, 0), delayAfter(failures, null, 1)])).toEqual([
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });

  it("waits as long as the server asks for, within reason", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(10 ** 9), fc.double({ min: 0, max: 1, noNaN: true }), (failures, asked, random) => {
        const delay = delayAfter(failures + 1, asked, random);
        expect(delay).toBeGreaterThanOrEqual(Math.min(asked, 900_000));
        expect(delay).toBeLessThanOrEqual(901_000);
      }),
    );
  });

  it("understands seconds and dates", () => {
    const now = Date.parse("Sun, 06 Nov 1994 08:49:37 GMT");
    expect(parseRetryAfter("120", now)).toBe(120_000);
    expect(parseRetryAfter("Sun, 06 Nov 1994 08:50:07 GMT", now)).toBe(30_000);
    expect(parseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now)).toBe(0);
    for (const text of [null, "", "soon", "-5", "1.5", "9".repeat(20)]) expect(parseRetryAfter(text, now)).toBeNull();
  });
});
