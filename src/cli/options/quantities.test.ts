import { describe, expect, test } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import { exposureRule, intervalRule, parseCount, parseDuration, parseRate, timeoutRule } from "./quantities.ts";

describe("durations", () => {
  test.each([
    ["100", 100e3],
    ["100us", 100e3],
    ["1ms", 1e6],
    ["1.5 ms", 1.5e6],
    [".5ms", 5e5],
    ["2s", 2e9],
    ["1h", 3600e9],
    ["1us", 1e3],
    ["1000ns", 1e3],
    ["1MS", 1e6],
    ["5µs", 5e3],
  ])("%s is %d ns", (text, expected) => {
    expect(parseDuration(text, intervalRule)).toBe(expected);
  });

  test("a plain number is in the option's own unit", () => {
    expect(parseDuration("30", exposureRule)).toBe(30e9);
    expect(parseDuration("100", timeoutRule)).toBe(100e6);
  });

  test.each(["0", "-1", "-1ms", "0.1us", "2h", "3601s", "99999999999999999999"])("%s is out of bounds", (text) => {
    const error = failure(() => parseDuration(text, intervalRule));
    expect(error.message).toBe(`--interval must be from 1us to 1h, not "${text}"`);
    expect(error.code).toBe("bad-arguments");
  });

  test.each(["1x", "", "ms", "1m", "1 2", "1e3", "NaN", "0x10", "1msms", "--rate", "constructor"])("%j is no duration", (text) => {
    const error = failure(() => parseDuration(text, intervalRule));
    expect(error.message).toBe(`--interval takes a duration, not "${text}"`);
    expect(error.hint).toContain("100us or 1ms");
    expect(error.hint).toContain("microseconds");
  });

  test("absurd input stays one short line", () => {
    expect(failure(() => parseDuration("9".repeat(1e6), intervalRule)).message.length).toBeLessThan(120);
  });
});

describe("rates", () => {
  test.each([
    ["1khz", 1e6],
    ["250", 4e6],
    ["1000Hz", 1e6],
    ["1.5kHz", 666667],
    ["1mhz", 1e3],
  ])("%s is an interval of %d ns", (text, expected) => {
    expect(parseRate(text)).toBe(expected);
  });

  test.each(["0", "-5", "2mhz", "0.0001", "fast", "1ms"])("%s is refused", (text) => {
    expect(failure(() => parseRate(text)).hint).toContain("1khz");
  });
});

test("counts", () => {
  expect(parseCount("20", "--limit", 1)).toBe(20);
  for (const text of ["0", "-1", "1.5", "many", "", "1e3", "12345678901"]) {
    expect(failure(() => parseCount(text, "--limit", 1)).message).toContain("--limit takes a whole number from 1 on");
  }
});

function failure(run: () => unknown): LynceusError {
  try {
    run();
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
