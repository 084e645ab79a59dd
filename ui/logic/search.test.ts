import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "../../src/profile/tables.ts";
import { makeTree, randomTree } from "./made-trees.ts";
import { findMatches, parseQuery } from "./search.ts";

function matches(query: string, text: string): boolean | string | null {
  const parsed = parseQuery(query);
  return parsed.ok ? (parsed.value?.(text) ?? null) : parsed.error;
}

describe("parseQuery", () => {
  test.each([
    ["load", "Loader.LOAD_day", true],
    ["a.b", "aXb", false],
    ["a.b", "xa.by", true],
    ["/a.b/", "aXb", true],
    ["/^load/", "reload", false],
    ["/LOAD/", "load", true],
    ["/LOAD/c", "load", false],
    ["/srv/app", "/srv/app/main.py", true],
    ["/", "a/b", true],
    ["//", "a//b", true],
    ["/ü/", "Über", true],
    ["/(/", "(", "not a valid pattern"],
    ["  ", "anything", null],
  ])("%s on %s: %s", (query, text, expected) => expect(matches(query, text)).toBe(expected));

  test("any text finds itself, literally", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        fc.pre(text.trim() !== "" && !/^\/.+\/c?$/.test(text.trim()));
        expect(matches(text, `before ${text} after`)).toBe(true);
      }),
    );
  });
});

describe("findMatches", () => {
  test("counts a match below a match once", () => {
    const tree = makeTree([NONE, 0, 1, 2, 0], [0, 10, 20, 30, 40]);
    const found = findMatches(tree, (node) => node === 1 || node === 3 || node === 4);
    expect(found.share).toBe(1);
    expect(found.outermost).toEqual([1, 4]);
    expect(findMatches(tree, (node) => node === 2)).toEqual({ share: 0.5, outermost: [2] });
  });

  test("the share is that of the time with a match on the way down", () => {
    fc.assert(
      fc.property(randomTree, fc.nat(), (tree, seed) => {
        const isMatch = (node: number): boolean => node > 0 && (node * 7 + seed) % 5 === 0;
        let expected = 0;
        for (let node = 0; node < tree.length; node++) {
          let at = node;
          while (at !== NONE && !isMatch(at)) at = tree.parent[at]!;
          if (at !== NONE) expected += tree.own[node]!;
        }
        const whole = tree.total[0]!;
        expect(findMatches(tree, isMatch).share).toBeCloseTo(whole > 0 ? expected / whole : 0);
      }),
    );
  });

  test("nothing recorded, nothing found", () => {
    expect(findMatches(makeTree([], []), () => true)).toEqual({ share: 0, outermost: [] });
  });
});
