/**
 * How many of a profiler's stacks never existed:
 *
 *   npm run build && npx tsx bench/fidelity.ts [--seconds 10] [--no-peers] [--source remote] [3.11 3.13 ...]
 *
 * test/programs/two_trees.py, on a CPU of its own, is sampled every millisecond, by Lynceus and by those other profilers that this machine has
 * (README.md), and every stack is judged. Prints the table of docs/fidelity.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Pid, Seconds } from "../src/base/units.ts";
import { openRecording } from "../src/formats/open-recording.ts";
import { bytesSource } from "../src/formats/recording/byte-source.ts";
import { loadProfile } from "../src/profile/profile.ts";
import { stringAt } from "../src/profile/tables-builder.ts";
import { FunctionKind, Known, NONE } from "../src/profile/tables.ts";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { entry } from "../test/support/lynceus.ts";
import { startTarget } from "../test/support/target.ts";
import { findPeers, interval, type ToldStacks } from "./peers.ts";
import { canExist, type ToldFrame } from "./two-tree-judge.ts";

interface Tally {
  readonly due: number;
  /** Samples that are given as whole stacks, and how many of these cannot exist. */
  whole: number;
  wholeImpossible: number;
  /** Samples that say themselves that something is missing, and how many are wrong in what they do say. */
  partial: number;
  partialImpossible: number;
  /** Samples that say that nothing is known. */
  lost: number;
}

function emptyTally(seconds: Seconds): Tally {
  return { due: (seconds * 1000) / interval, whole: 0, wholeImpossible: 0, partial: 0, partialImpossible: 0, lost: 0 };
}

function sampleByLynceus(pid: Pid, seconds: Seconds, output: string): Tally {
  execFileSync(process.execPath, [entry, "attach", `${pid}`, "-x", `${seconds}`, "-i", `${interval}ms`, "--source", values.source, "-q", "-o", output]);
  const profile = loadProfile(openRecording(bytesSource(readFileSync(output))));
  const tally = emptyTally(seconds);
  for (let index = 0; index < profile.samples.length; index++) {
    const known = profile.samples.known[index];
    if (known === Known.lost) {
      tally.lost++;
      continue;
    }
    const stack: ToldFrame[] = [];
    for (let at = profile.samples.stack[index]!; at !== NONE; at = profile.stacks.parent[at]!) {
      const frame = profile.stacks.frame[at]!;
      const func = profile.frames.function[frame]!;
      if (profile.functions.kind[func] === FunctionKind.marker) continue;
      stack.unshift({ name: stringAt(profile, profile.functions.name[func]!), line: profile.frames.line[frame]! });
    }
    count(tally, stack, 1, known === Known.partial);
  }
  return tally;
}

function tallyOf(told: ToldStacks, seconds: Seconds): Tally {
  const tally = emptyTally(seconds);
  for (const { stack, samples, isDisowned } of told) count(tally, stack, samples, isDisowned);
  return tally;
}

function count(tally: Tally, stack: readonly ToldFrame[], samples: number, isPartial: boolean): void {
  const impossible = isPartial ? !canExistInPart(stack) : !canExist(stack);
  if (isPartial) tally.partial += samples;
  else tally.whole += samples;
  if (impossible && isPartial) tally.partialImpossible += samples;
  if (impossible && !isPartial) tally.wholeImpossible += samples;
}

/** A stack with nothing left of it says nothing wrong. */
function canExistInPart(stack: readonly ToldFrame[]): boolean {
  return stack.length === 0 || canExist(stack);
}

function row(version: string, name: string, { due, whole, wholeImpossible, partial, partialImpossible, lost }: Tally): string {
  const of = (part: number, all: number): string => (all === 0 ? "-" : `${part} (${((100 * part) / all).toPrecision(2)} %)`);
  if (whole + partial + lost === 0) return `| ${version} | ${name} | cannot read it | | | | | |`;
  const late = Math.max(0, due - whole - partial - lost);
  return `| ${[version, name, whole, of(wholeImpossible, whole), partial, of(partialImpossible, partial), lost, late].join(" | ")} |`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "10" }, "no-peers": { type: "boolean", default: false }, source: { type: "string", default: "auto" } },
});
const seconds = Number(values.seconds);
// Apart from the program: what runs on its CPU, instead of it, sees it stand still.
execFileSync("taskset", ["-p", "-c", "1", `${process.pid}`]);
const folder = mkdtempSync(join(tmpdir(), "lynceus-fidelity-"));
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}; ${seconds} s each`,
);
console.log(
  "\n| Python | profiler | whole stacks | of these impossible | partial | of these impossible | lost | not taken |\n|---|---|---|---|---|---|---|---|",
);
for (const interpreter of requireInterpreters()) {
  if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
  const profilers = [
    { name: `Lynceus --source ${values.source}`, sample: sampleByLynceus },
    ...(values["no-peers"] ? [] : findPeers(interpreter)).map(({ name, sample }) => ({
      name,
      sample: (pid: Pid, time: Seconds, output: string) => tallyOf(sample(pid, time, output), time),
    })),
  ];
  for (const [index, { name, sample }] of profilers.entries()) {
    await using target = await startTarget({ path: "taskset" }, "two_trees.py", [], { pythonArguments: ["-c", "0", interpreter.path] });
    await sleep(300);
    try {
      console.log(row(interpreter.version, name, sample(target.pid, seconds, join(folder, `${interpreter.minor}-${index}.lyn`))));
    } catch (error) {
      console.log(`| ${interpreter.version} | ${name} | cannot: ${(error as Error).message.slice(0, 100)} | | | | | |`);
    }
  }
}
rmSync(folder, { recursive: true });
