import { expect, test } from "vitest";
import { LynceusError } from "../../base/errors.ts";
import { planOutputs } from "./output-plan.ts";

function planned(paths: readonly string[], format: string | null = null): readonly (readonly [string | null, string, boolean])[] {
  return planOutputs(paths, format).map(({ path, format: { name }, isGzipped }) => [path, name, isGzipped] as const);
}

function failure(paths: readonly string[], format: string | null = null): LynceusError {
  try {
    planOutputs(paths, format);
  } catch (error) {
    if (error instanceof LynceusError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("extensions decide, -F overrides, .gz comes after either", () => {
  expect(planned([])).toEqual([[null, "html", false]]);
  expect(planned([], "lyn")).toEqual([[null, "lyn", false]]);
  expect(planned(["a.lyn", "b.HTML", "%(pid).collapsed.gz"])).toEqual([
    ["a.lyn", "lyn", false],
    ["b.HTML", "html", false],
    ["%(pid).collapsed.gz", "collapsed", true],
  ]);
  expect(planned(["-"], "austin")).toEqual([["-", "austin", false]]);
  expect(planned(["a.txt.gz"], "austin")).toEqual([["a.txt.gz", "austin", true]]);
});

test.each([
  ["a.colapsed", "no format goes by the name a.colapsed", "did you mean a.collapsed? known extensions: "],
  ["a/b.speedscop.json.gz", "no format goes by the name a/b.speedscop.json.gz", "did you mean a/b.speedscope.json.gz? "],
  ["a.lny.gz", "no format goes by the name a.lny.gz", "did you mean a.lyn.gz? "],
  ["profile", "no format goes by the name profile", "known extensions: .lyn "],
  ["out.d/profile", "no format goes by the name out.d/profile", "known extensions: .lyn "],
  ["-", "stdout has no extension that could tell the format", "-F austin"],
  ["", "the name of the output is empty", "profile.html"],
])("%j is refused", (path, message, hint) => {
  const error = failure([path]);
  expect(error).toMatchObject({ code: "bad-arguments", message });
  expect(error.hint).toContain(hint);
});

test("an unknown format", () => {
  expect(failure(["a"], "asutin")).toMatchObject({ code: "bad-arguments", message: "asutin is no format that can be written" });
  expect(failure(["a"], "asutin").hint).toMatch(/^did you mean austin\? formats: lyn, html/);
});

test("the same file twice", () => {
  expect(failure(["a.lyn", "b.html", "a.lyn"]).message).toBe("a.lyn is given twice as an output");
});
