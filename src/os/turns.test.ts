import { getPriority } from "node:os";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { askForShortTurns } from "./turns.ts";

test("asking for short turns changes nothing else: not how nice we are, not the policy", () => {
  // Fields 40 and 41: real-time priority and policy.
  const facts = (): unknown => [
    getPriority(),
    readFileSync("/proc/thread-self/stat", "latin1")
      .replace(/^.*\) /s, "")
      .split(" ")
      .slice(37, 39),
  ];
  const before = facts();
  askForShortTurns();
  expect(facts()).toEqual(before);
});
