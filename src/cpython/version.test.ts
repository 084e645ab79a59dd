import { expect, it } from "vitest";
import { formatVersion, parseVersion } from "./version.ts";

it.each([
  [0x030d00f0, "3.13.0"],
  [0x030f00c1, "3.15.0rc1"],
  [0x030e00a4, "3.14.0a4"],
  [0x030912f0, "3.9.18"],
])("%i is %s", (hex, text) => {
  expect(formatVersion(hex)).toBe(text);
  expect(parseVersion(text)).toBe(hex);
});

it("takes a version without its micro part, and one from a checkout", () => {
  expect(parseVersion("3.9")).toBe(0x030900f0);
  expect(parseVersion("3.12.1+")).toBe(0x030c01f0);
});

it.each(["", "3", "3.x", "3.9.1.2", "300.1.2", "v3.9"])("%j is no version", (text) => {
  expect(parseVersion(text)).toBeNull();
});
