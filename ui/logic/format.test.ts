import { expect, test } from "vitest";
import { formatCount, formatShare, formatTime } from "./format.ts";

test.each([
  [0, "0 s"],
  [999, "999 ns"],
  [1500, "1.50 µs"],
  [999_499, "999 µs"],
  [999_600, "1.00 ms"],
  [45_600_000, "45.6 ms"],
  [999_600_000, "1.00 s"],
  [59.94e9, "59.9 s"],
  [59.96e9, "1 min 00 s"],
  [725e9, "12 min 05 s"],
  [3599.6e9, "1 h 00 min"],
  [86400e9, "24 h 00 min"],
  [Number.NaN, "0 s"],
])("%d ns: %s", (time, text) => expect(formatTime(time)).toBe(text));

test.each([
  [0, "0 %"],
  [0.0002, "< 0.1 %"],
  [0.1234, "12.3 %"],
  [0.9999, "> 99.9 %"],
  [1, "100 %"],
  [Number.NaN, "0 %"],
])("share %d: %s", (share, text) => expect(formatShare(share)).toBe(text));

test.each([
  [7, "7"],
  [1234, "1 234"],
  [1234567, "1 234 567"],
])("count %d: %s", (count, text) => expect(formatCount(count).replaceAll("\u2009", " ")).toBe(text));
