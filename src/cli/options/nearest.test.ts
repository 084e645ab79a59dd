import { expect, test } from "vitest";
import { findNearest } from "./nearest.ts";

const formats = ["html", "lyn", "austin", "collapsed"];

test.each([
  ["htm", "html"],
  ["hmtl", "html"],
  ["HTML", "html"],
  ["colapsed", "collapsed"],
  ["asutin", "austin"],
  ["lyb", "lyn"],
])("%s was meant to be %s", (text, meant) => {
  expect(findNearest(text, formats)).toBe(meant);
});

test.each(["", "svg", "xxxxxxxx", "a".repeat(100_000)])("nothing is near %.20j", (text) => {
  expect(findNearest(text, formats)).toBeNull();
});
