import { expect, test } from "vitest";
import { formatCount, formatDuration, formatRate, formatShare } from "./numbers.ts";

test.each([
  [0, "0 us"],
  [1_500, "1.5 us"],
  [12_345_678, "12.3 ms"],
  [999_600_000, "1 s"],
  [4_050_000_000, "4.05 s"],
  [60_000_000_000, "60 s"],
  [185_000_000_000, "3 min 05 s"],
  [3_599_600_000_000, "1 h 00 min"],
  [7_500_000_000_000, "2 h 05 min"],
])("%d ns is %s", (duration, text) => {
  expect(formatDuration(duration)).toBe(text);
});

test.each([
  [0, "0 Hz"],
  [997.2, "997 Hz"],
  [999.9, "1 kHz"],
  [20_123, "20.1 kHz"],
])("%d per second is %s", (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

test.each([
  [0, 100, "0 %"],
  [0, 0, "0 %"],
  [1, 1e6, "<0.01 %"],
  [1, 400, "0.25 %"],
  [1, 8, "12.5 %"],
  [9_999, 10_000, "100 %"],
  [100, 100, "100 %"],
])("%d of %d is %s", (part, whole, text) => {
  expect(formatShare(part, whole)).toBe(text);
});

test("counts are grouped", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
});
