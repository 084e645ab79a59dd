import { expect, it } from "vitest";
import { StackJudge, type PossibleStacks, type ToldFrame, type Verdict } from "./stack-judge.ts";

/**
 *   1 def red(): leaf()          4 def main():             main calls red on line 5 and Blue.go on line 6,
 *   2 class Blue:                5     red()               each of them calls leaf
 *   3     def go(self): leaf()   6     Blue().go()
 */
const possible: PossibleStacks = {
  functions: [
    ["<module>", "/a.py", 1, [1, 2, 4, 8]],
    ["main", "/a.py", 4, [4, 5, 6]],
    ["red", "/a.py", 1, [1]],
    ["Blue.go", "/a.py", 3, [3]],
    ["leaf", "/a.py", 9, [0, 9, 10]],
  ],
  stacks: [
    [-1, 0, 0],
    [0, 8, 1],
    [1, 5, 2],
    [2, 1, 4],
    [1, 6, 3],
    [4, 3, 4],
  ],
  startsThreads: false,
};
const judge = new StackJudge(possible);

/** "main:5 red:1" */
function told(text: string): ToldFrame[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((frame) => ({ name: frame.split(":")[0]!, line: Number(frame.split(":")[1]) }));
}

const cases: readonly (readonly [string, Verdict])[] = [
  ["<module>:8 main:5 red:1 leaf:10", "possible"],
  ["<module>:8 main:6 Blue.go:3 leaf:9", "possible"],
  // Told by a profiler that knows no qualified names; on an instruction that has no line.
  ["<module>:8 main:6 go:3 leaf:0", "possible"],
  ["<module>:8 main:4", "possible"],
  ["<module>:2", "possible"],
  // The caller is on the line of the other one, on a line that calls nothing, on a line of somebody else.
  ["<module>:8 main:6 red:1", "impossible line"],
  ["<module>:8 main:4 red:1", "impossible line"],
  ["<module>:2 main:5 red:1", "impossible line"],
  ["<module>:8 main:5 red:1 leaf:3", "impossible line"],
  ["<module>:7", "impossible line"],
  // Both trees, a gap, no root, too much, an unknown function, nothing.
  ["<module>:8 main:5 red:1 Blue.go:3", "impossible function"],
  ["<module>:8 main:5 leaf:9", "impossible function"],
  ["main:5 red:1 leaf:9", "impossible function"],
  ["<module>:8 main:5 red:1 leaf:9 leaf:9", "impossible function"],
  ["<module>:8 main:5 green:1", "impossible function"],
  ["", "impossible function"],
];

it.each(cases)("%s: %s", (text, verdict) => {
  expect(judge.judge(told(text), false)).toBe(verdict);
  // A part of a stack says less, but what it says has to be right; nothing is not wrong.
  expect(judge.judge(told(text), true)).toBe(text === "" ? "possible" : verdict);
});

it("compares the file and where the function begins, if it is told", () => {
  const stack = (file: string, firstLine: number): ToldFrame[] => [{ name: "<module>", line: 8, file, firstLine }];
  expect(judge.judge(stack("/a.py", 1), false)).toBe("possible");
  expect(judge.judge(stack("/b.py", 1), false)).toBe("impossible function");
  expect(judge.judge(stack("/a.py", 2), false)).toBe("impossible function");
});

it("lets a thread have no frame only where threads come and go", () => {
  expect(new StackJudge({ ...possible, startsThreads: true }).judge([], false)).toBe("possible");
});

it("tells deep recursion by its depth", () => {
  const stacks = Array.from({ length: 1000 }, (_, depth) => [depth - 1, depth === 0 ? 0 : 5, 0] as const);
  const deep = new StackJudge({ functions: [["f", "/a.py", 4, [4, 5]]], stacks, startsThreads: false });
  const frames = Array.from({ length: 1000 }, () => ({ name: "f", line: 5 }));
  expect(deep.judge(frames, false)).toBe("possible");
  expect(deep.judge([...frames, { name: "f", line: 5 }], false)).toBe("impossible function");
});
