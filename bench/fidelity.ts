/**
 * How many of a profiler's stacks never existed:
 *
 *   npm run build && npx tsx bench/fidelity.ts [--seconds 10] [--program tears/lines.py] [--no-peers] [--source remote] [3.11 3.13 ...]
 *
 * test/programs/two_trees.py or another program that tears, on a CPU of its own, is sampled every millisecond, by Lynceus and by those other
 * profilers that this machine has (README.md), and every stack is judged. Prints a table of docs/fidelity.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Pid, Seconds } from "../src/base/units.ts";
import { openRecording } from "../src/formats/open-recording.ts";
import { bytesSource } from "../src/formats/recording/byte-source.ts";
import { Known } from "../src/profile/tables.ts";
import { type Interpreter, requireInterpreters } from "../test/support/interpreters.ts";
import { entry } from "../test/support/lynceus.ts";
import { countWhole, RecordingJudge } from "../test/support/recording-judge.ts";
import { readPossibleStacks, StackJudge } from "../test/support/stack-judge.ts";
import { programPath, startTarget } from "../test/support/target.ts";
import { onFirstCpu } from "../test/support/tears.ts";
import { describeMachine, useOwnCpu } from "./machine.ts";
import { findPeers, findRunningPeers, interval, type ToldStacks } from "./peers.ts";

interface Tally {
  readonly due: number;
  /** Samples that are given as whole stacks, and how many of these cannot exist. */
  readonly whole: number;
  readonly wholeImpossible: number;
  /** Samples that say themselves that something is missing, and how many are wrong in what they do say. */
  readonly partial: number;
  readonly partialImpossible: number;
  /** Samples that say that nothing is known. */
  readonly lost: number;
}

function sampleByLynceus(pid: Pid, seconds: Seconds, output: string, judge: StackJudge): Tally {
  execFileSync(process.execPath, [entry, "attach", `${pid}`, "-x", `${seconds}`, "-i", `${interval}ms`, "--source", values.source, "-q", "-o", output]);
  const recordings = new RecordingJudge(judge);
  recordings.addRecording(openRecording(bytesSource(readFileSync(output))));
  const { judged } = recordings;
  return {
    due: (seconds * 1000) / interval,
    whole: countWhole(judged),
    wholeImpossible: judged.whole.functions + judged.whole.lines,
    partial: judged.known[Known.partial]!,
    partialImpossible: judged.partial.functions + judged.partial.lines,
    lost: judged.known[Known.lost]!,
  };
}

function tallyOf(told: ToldStacks, seconds: Seconds, judge: StackJudge): Tally {
  const tally = { due: (seconds * 1000) / interval, whole: 0, wholeImpossible: 0, partial: 0, partialImpossible: 0, lost: 0 };
  for (const { stack, samples, isDisowned } of told) {
    const isImpossible = judge.judge(stack, isDisowned) !== "possible";
    if (isDisowned) tally.partial += samples;
    else tally.whole += samples;
    if (isImpossible && isDisowned) tally.partialImpossible += samples;
    if (isImpossible && !isDisowned) tally.wholeImpossible += samples;
  }
  return tally;
}

function row(version: string, name: string, { due, whole, wholeImpossible, partial, partialImpossible, lost }: Tally): string {
  const of = (part: number, all: number): string => (all === 0 ? "-" : `${part} (${((100 * part) / all).toPrecision(2)} %)`);
  if (whole + partial + lost === 0) return `| ${version} | ${name} | cannot read it | | | | | |`;
  const late = Math.max(0, due - whole - partial - lost);
  return `| ${[version, name, whole, of(wholeImpossible, whole), partial, of(partialImpossible, partial), lost, late].join(" | ")} |`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "10" },
    program: { type: "string", default: "two_trees.py" },
    "no-peers": { type: "boolean", default: false },
    source: { type: "string", default: "auto" },
  },
});
const seconds = Number(values.seconds);
useOwnCpu();
const folder = mkdtempSync(join(tmpdir(), "lynceus-fidelity-"));
console.log(`${describeMachine()}; ${values.program}, ${seconds} s each`);
console.log(
  "\n| Python | profiler | whole stacks | of these impossible | partial | of these impossible | lost | not taken |\n|---|---|---|---|---|---|---|---|",
);
for (const interpreter of requireInterpreters()) {
  if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
  const judge = new StackJudge(readPossibleStacks(interpreter, values.program));
  const name = `Lynceus --source ${values.source}`;
  const profilers = [
    { name, sample: (pid: Pid, output: string) => sampleByLynceus(pid, seconds, output, judge) },
    ...(values["no-peers"] ? [] : peersOf(interpreter, judge)),
  ];
  for (const [index, profiler] of profilers.entries()) {
    try {
      console.log(row(interpreter.version, profiler.name, await runOne(profiler, interpreter, join(folder, `${interpreter.minor}-${index}.lyn`))));
    } catch (error) {
      console.log(`| ${interpreter.version} | ${profiler.name} | cannot: ${(error as Error).message.slice(0, 100)} | | | | | |`);
    }
  }
}
rmSync(folder, { recursive: true });

type Profiler =
  | { readonly name: string; readonly sample: (pid: Pid, output: string) => Tally }
  | { readonly name: string; readonly run: (output: string) => Tally };

function peersOf(interpreter: Interpreter, judge: StackJudge): Profiler[] {
  const attaching = findPeers(interpreter).map(({ name, sample }) => ({
    name,
    sample: (pid: Pid, output: string) => tallyOf(sample(pid, seconds, output), seconds, judge),
  }));
  const running = findRunningPeers(interpreter).map(({ name, run }) => ({
    name,
    run: (output: string) => tallyOf(run(programPath(values.program), seconds, output), seconds, judge),
  }));
  return [...attaching, ...running];
}

async function runOne(profiler: Profiler, interpreter: Interpreter, output: string): Promise<Tally> {
  if ("run" in profiler) return profiler.run(output);
  await using target = await startTarget(...onFirstCpu(interpreter, values.program));
  await sleep(300);
  return profiler.sample(target.pid, output);
}
