/**
 * Does any stack come out that never existed? Each program of test/programs/tears, on a CPU of its own, sampled as fast as each way
 * of capturing can, on each version; every stack is judged (test/support/stack-judge.ts).
 *
 *   npm run build && npx tsx bench/impossible.ts [--samples 20000] [--ways remote,kernel] [--programs lines,threads] [3.11 3.13 ...]
 *
 * `--samples` is for each version and way, shared among the programs. What was done is kept in `--state FOLDER` (.cache/impossible): the
 * same command goes on where it was left, and one that asks for more adds to it. `--fresh` begins anew. Prints a table of docs/fidelity.md.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Interpreter, requireInterpreters } from "../test/support/interpreters.ts";
import { listFiles, projectRoot } from "../test/support/source-tree.ts";
import { countImpossible, countTold, countWhole, emptyJudged, type Judged } from "../test/support/recording-judge.ts";
import { StackJudge } from "../test/support/stack-judge.ts";
import { Known } from "../src/profile/tables.ts";
import { onFirstCpu, possibleStacksOf, recordTears, tearingWays } from "../test/support/tears.ts";
import { startTarget } from "../test/support/target.ts";
import { UnverifiedReader } from "../test/support/unverified-reader.ts";
import { describeMachine, useOwnCpu } from "./machine.ts";

/** A reader that believes whatever it copies: shows that the judge catches one. Takes a tenth of the samples. */
const unverified = "unverified";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: "string", default: "20000" },
    ways: { type: "string", default: [...Object.keys(tearingWays), unverified].join(",") },
    programs: { type: "string", default: "" },
    state: { type: "string", default: join(projectRoot, ".cache/impossible") },
    fresh: { type: "boolean", default: false },
  },
});
const programs = listTears().filter((program) => values.programs === "" || values.programs.split(",").some((name) => program.endsWith(`${name}.py`)));
const ways = values.ways.split(",").filter((way) => way === unverified || way in tearingWays);
const samplesOf = (way: string): number => Math.ceil(Number(values.samples) / programs.length / (way === unverified ? 10 : 1));

/** The programs whose stacks tear, as `startTarget` wants them. */
function listTears(): readonly string[] {
  const found = listFiles("test/programs/tears").filter((path) => path.endsWith(".py") && !path.endsWith("/ready.py"));
  return ["two_trees.py", ...found.map((path) => path.slice("test/programs/".length))];
}

/** What one version, way and program came to so far. Survives a restart. */
class Cell {
  readonly judged: Judged;
  /** Why there is nothing more to be had of it. */
  obstacle = "";
  readonly #file: string;

  constructor(name: string) {
    this.#file = join(values.state, `${name}.json`);
    const kept = existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Judged & { examples: Record<string, number> }) : null;
    this.judged = kept === null ? emptyJudged() : { ...kept, examples: new Map(Object.entries(kept.examples)) };
  }

  get samples(): number {
    return countTold(this.judged);
  }

  save(): void {
    writeFileSync(this.#file, JSON.stringify({ ...this.judged, examples: Object.fromEntries(this.judged.examples) }));
  }
}

async function fill(cell: Cell, interpreter: Interpreter, program: string, way: string): Promise<void> {
  const judge = new StackJudge(possibleStacksOf(interpreter, program, values.state));
  const each = samplesOf(way);
  if (way === unverified && cell.samples < each) {
    await using target = await startTarget(...onFirstCpu(interpreter, program));
    new UnverifiedReader(target.pid).judge(judge, each - cell.samples, cell.judged);
    cell.save();
  }
  // Found out in the first seconds, in which much is seen for the first time.
  let rate = 0;
  for (let failures = 0; cell.samples < each && failures < 3;) {
    const before = cell.samples;
    const seconds = rate === 0 ? 3 : Math.min(20, Math.max(0.5, (1.1 * (each - before)) / rate));
    try {
      await recordTears(interpreter, program, tearingWays[way]!, { seconds, judge, judged: cell.judged });
    } catch (error) {
      cell.obstacle = (error as Error).message.split("\n").at(-1)!;
    }
    if (cell.samples === before) failures++;
    else rate = (cell.samples - before) / seconds;
    cell.save();
  }
}

useOwnCpu();
if (values.fresh) rmSync(values.state, { recursive: true, force: true });
mkdirSync(values.state, { recursive: true });
console.log(`${describeMachine()}; ${values.samples} samples for each version and way, of ${programs.length} programs`);
console.log("\n| Python | way | whole | of these impossible: functions, lines | partial | of these impossible: functions, lines | lost | samples/s |");
console.log("|---|---|---|---|---|---|---|---|");
const examples: string[] = [];
for (const interpreter of requireInterpreters()) {
  if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
  for (const way of ways) {
    const total = { whole: 0, partial: 0, lost: 0, of: [0, 0, 0, 0] };
    const began = performance.now();
    let made = 0;
    for (const program of programs) {
      const name = program.replace(/^.*\/|\.py$/g, "");
      const cell = new Cell(`${interpreter.version}-${way}-${name}`);
      const before = cell.samples;
      await fill(cell, interpreter, program, way);
      made += cell.samples - before;
      const { judged } = cell;
      total.whole += countWhole(judged);
      total.partial += judged.known[Known.partial]!;
      total.lost += judged.known[Known.lost]!;
      [judged.whole.functions, judged.whole.lines, judged.partial.functions, judged.partial.lines].forEach((count, index) => (total.of[index]! += count));
      if (cell.samples < samplesOf(way)) examples.push(`${interpreter.version} ${way} ${name}: only ${cell.samples} samples. ${cell.obstacle}`);
      if (way !== unverified && countImpossible(judged) > 0)
        examples.push(...[...judged.examples].map(([text, count]) => `${interpreter.version} ${way} ${name}: ${count} x ${text}`));
    }
    const rate = made === 0 ? "-" : Math.round((1000 * made) / (performance.now() - began));
    console.log(
      `| ${[interpreter.version, way, total.whole, total.of.slice(0, 2).join(", "), total.partial, total.of.slice(2).join(", "), total.lost, rate].join(" | ")} |`,
    );
  }
}
for (const text of examples) console.log(`\n${text}`);
