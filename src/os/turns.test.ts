import { getPriority, setPriority } from "node:os";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { askForShortTurns } from "./turns.ts";

/** From /proc/thread-self/stat: how nice it is (field 19), real-time priority and policy (40 and 41). */
function facts(): { readonly nice: number; readonly policy: readonly string[] } {
  const fields = readFileSync("/proc/thread-self/stat", "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return { nice: Number(fields[16]), policy: fields.slice(37, 39) };
}

test("asking for short turns may make this thread more urgent, and changes nothing else", () => {
  const before = facts();
  const priority = getPriority();
  askForShortTurns();
  const after = facts();
  expect(after.policy).toEqual(before.policy);
  // Without the right to, it stays as it was.
  expect([before.nice, -20]).toContain(after.nice);
  if (after.nice !== before.nice) setPriority(priority);
});
