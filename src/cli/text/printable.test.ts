import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, fitWidth, printable } from "./printable.ts";

test.each([
  ["naïve_函数 😀", "naïve_函数 😀"],
  ["\x1b[31mred", "\\x1b[31mred"],
  ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
  ["\x9b31m", "\\x9b31m"],
  ["a\nb\tc\rd\x7f", "a\\nb\\tc\\rd\\x7f"],
  ["\u202egnp.exe", "\\u202egnp.exe"],
  ["\u2066x\u2069\u200f\u061c", "\\u2066x\\u2069\\u200f\\u061c"],
  ["a\u2028b", "a\\u2028b"],
  ["\ud800", "\\ud800"],
  ["\u{e0041}", "\\u{e0041}"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("nothing that a terminal obeys comes through", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test("width counts columns, not characters", () => {
  expect(displayWidth("abc")).toBe(3);
  expect(displayWidth("函数")).toBe(4);
  expect(displayWidth("e\u0301")).toBe(1);
  expect(displayWidth("😀")).toBe(2);
});

test("text is cut to the columns that there are", () => {
  expect(fitWidth("abcdef", 6)).toBe("abcdef");
  expect(fitWidth("abcdefg", 6)).toBe("abcde…");
  expect(fitWidth("abcdefg", 6, "end")).toBe("…cdefg");
  expect(fitWidth("函数函数", 6)).toBe("函数…");
});

test("cut text never exceeds the columns", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 30 }), fc.constantFrom("start" as const, "end" as const), (text, width, keep) => {
      expect(displayWidth(fitWidth(printable(text), width, keep))).toBeLessThanOrEqual(width);
    }),
  );
});
