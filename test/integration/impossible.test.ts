import { describe, expect, it } from "vitest";
import { requireInterpreters, type Interpreter } from "../support/interpreters.ts";
import { temporaryFolder } from "../support/lynceus.ts";
import { countImpossible, countTold, emptyJudged } from "../support/recording-judge.ts";
import { StackJudge } from "../support/stack-judge.ts";
import { onFirstCpu, possibleStacksOf, recordTears, tearingWays } from "../support/tears.ts";
import { startTarget } from "../support/target.ts";
import { UnverifiedReader } from "../support/unverified-reader.ts";

// A moment each: bench/impossible.ts takes a million samples.
const seconds = 0.4;
const leastSamples = 50;

function judgeOf(interpreter: Interpreter, program: string): StackJudge {
  using folder = temporaryFolder();
  return new StackJudge(possibleStacksOf(interpreter, program, folder.path));
}

/** Those that found most. Each version has one, from outside or in whatever way is best here. */
const programs = ["tears/generators.py", "tears/coroutines.py", "tears/exceptions.py", "two_trees.py"];

describe("no stack that never existed", () => {
  const cases = requireInterpreters().map((interpreter, index) => {
    const round = Math.floor(index / programs.length);
    return [interpreter.version, programs[index % programs.length]!, ["remote", "auto"][(index + round) % 2]!, interpreter] as const;
  });
  it.each(cases)("CPython %s, %s, %s", async (_version, program, way, interpreter) => {
    const judge = judgeOf(interpreter, program);
    const judged = emptyJudged();
    // More than once only where the machine has no time for it.
    for (let tries = 0; tries < 5 && countTold(judged) < leastSamples; tries++) {
      await recordTears(interpreter, program, tearingWays[way]!, { seconds, judge, judged });
    }
    expect([...judged.examples.keys()]).toEqual([]);
    expect(countImpossible(judged)).toBe(0);
    expect(countTold(judged)).toBeGreaterThanOrEqual(leastSamples);
  });
});

it("names what runs where code objects are made and freed in one place, or nothing", async () => {
  const interpreter = requireInterpreters().at(-1)!;
  const judge = judgeOf(interpreter, "tears/made_code.py");
  const judged = await recordTears(interpreter, "tears/made_code.py", tearingWays["auto"]!, { seconds, judge });
  expect([...judged.examples.keys()]).toEqual([]);
});

it("is judged by one that catches a reader which does not verify", async () => {
  const interpreter = requireInterpreters().find(({ minor }) => minor === 11) ?? requireInterpreters().at(-1)!;
  const judge = judgeOf(interpreter, "two_trees.py");
  await using target = await startTarget(...onFirstCpu(interpreter, "two_trees.py"));
  const reader = new UnverifiedReader(target.pid);
  const judged = emptyJudged();
  // Where the two share a CPU, the program stands still whenever it is read: so more than once where the machine is busy.
  for (let tries = 0; tries < 50 && countImpossible(judged) < 10; tries++) reader.judge(judge, 2000, judged);
  expect(countImpossible(judged)).toBeGreaterThanOrEqual(10);
});
