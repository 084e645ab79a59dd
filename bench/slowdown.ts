/**
 * How much slower a program gets while it is sampled, at 1 and 10 kHz, and how often its CPU is interrupted for that: by Lynceus in each way, by
 * a reader that proves nothing, and by CPython 3.15's own sampler that stops the program.
 *
 *   npm run build && npx tsx bench/slowdown.ts [--slices 100] [--programs two_trees,json] [--ways auto,remote] [--rates 1khz] [3.13 3.15 ...]
 *
 * The sampler is stopped and let run (SIGSTOP, SIGCONT) in turn, for slices of 50 ms: the median of the ratios of neighbouring slices, and
 * the middle half of them. Clocks alone say nothing on a machine that others share. A slice's speed is turns of the program's loop per time, less the
 * time that it waited for its CPU. Prints a table of docs/fidelity.md; (slices / 4) seconds a line.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Milliseconds, Nanoseconds, Pid, Seconds } from "../src/base/units.ts";
import { monotonicNow, sleepUntil } from "../src/os/clock.ts";
import { RemoteMemory } from "../src/os/remote-memory.ts";
import { type Interpreter, requireInterpreters } from "../test/support/interpreters.ts";
import { entry, processState } from "../test/support/lynceus.ts";
import { projectRoot } from "../test/support/source-tree.ts";
import { programPath, startTarget } from "../test/support/target.ts";
import { describeMachine, useOwnCpu } from "./machine.ts";

const slice: Milliseconds = 50;
/** After a signal, until it does what it does: not counted. */
const settling: Nanoseconds = 2e6;
/** A sampler that goes on makes up for the rounds of up to half a second that it missed (src/sampler/schedule.ts). */
const catchingUp: Nanoseconds = 150e6;

/** A slice in which the program waited for its CPU for longer does not count. */
const mostWaited: Nanoseconds = 5e6;

/** What is set up once, and a turn of the loop: short, so that a slice has many. */
const programs: Readonly<Record<string, { readonly once: string; readonly again: string }>> = {
  two_trees: {
    once: readFileSync(programPath("two_trees.py"), "utf8")
      .split("def main():")[0]!
      .replace(/^.*from ready.*$/m, ""),
    again: "red_0(); blue_0()",
  },
  loop: { once: "", again: "for i in range(100): i * i" },
  json: { once: "import json; from json import encoder; encoder.c_make_encoder = None; data = {'a': 1, 'b': [2] * 5}", again: "json.dumps(data)" },
  difflib: { once: "import difflib; a, b = list('qabxcd'), list('abycdf')", again: "difflib.SequenceMatcher(None, a, b).ratio()" },
  decimal: { once: "import _pydecimal as d; a, b = d.Decimal(2), d.Decimal(7)", again: "a * b + a" },
  fibonacci: { once: "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)", again: "fib(5)" },
};

const folder = mkdtempSync(join(tmpdir(), "lynceus-slowdown-"));
const switchFile = join(folder, "switch");

type Command = readonly [string, ...string[]];

/** Makes a sampler rest and go on. */
type Switch = (sampler: ChildProcess, isOn: boolean) => void;

const bySignal: Switch = (sampler, isOn) => void sampler.kill(isOn ? "SIGCONT" : "SIGSTOP");

const lynceusWith =
  (...options: string[]) =>
  (pid: Pid, interval: Seconds, output: string): Command => [
    process.execPath,
    entry,
    "attach",
    "-q",
    "-i",
    `${interval * 1e6}us`,
    ...options,
    "-o",
    output,
    `${pid}`,
  ];
const ways: Readonly<Record<string, (pid: Pid, interval: Seconds, output: string, interpreter: Interpreter) => Command | null>> = {
  unverified: (pid, interval) => [process.execPath, "--import", "tsx", join(projectRoot, "bench/unverified-sampler.ts"), `${pid}`, `${interval}`],
  remote: lynceusWith("--source", "remote", "--pause", "never"),
  "remote, pause auto": lynceusWith("--source", "remote", "--pause", "auto"),
  auto: lynceusWith(),
  kernel: lynceusWith("--source", "kernel"),
  "kernel-clock": lynceusWith("--source", "kernel-clock"),
  "sampling --blocking": (pid, interval, _output, { path, minor }) =>
    minor < 15 ? null : [path, join(projectRoot, "bench/blocking_sampler.py"), `${pid}`, `${interval}`, switchFile],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    slices: { type: "string", default: "100" },
    programs: { type: "string", default: Object.keys(programs).join(",") },
    ways: { type: "string", default: Object.keys(ways).join(";") },
    rates: { type: "string", default: "1khz,10khz" },
  },
});

interface Look {
  readonly time: Nanoseconds;
  readonly waited: Nanoseconds;
  readonly turns: number;
  readonly interrupts: number;
}

/** Of function calls between CPUs (CAL) and rescheduling (RES), those to the program's CPU. */
function countInterrupts(): number {
  return [...readFileSync("/proc/interrupts", "latin1").matchAll(/^ *(?:CAL|RES): +(\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

interface Slice {
  readonly speed: number;
  readonly interrupts: number;
  /** Others had its CPU for too long. */
  readonly isDisturbed: boolean;
}

class Program {
  readonly #memory: RemoteMemory;
  readonly #turnsAt: number;
  readonly #pid: Pid;
  readonly #turns = new DataView(new ArrayBuffer(8));

  constructor(pid: Pid, turnsAt: number) {
    this.#pid = pid;
    this.#memory = new RemoteMemory(pid);
    this.#turnsAt = turnsAt;
  }

  look(): Look {
    const [, waited] = readFileSync(`/proc/${this.#pid}/schedstat`, "latin1").split(" ");
    this.#memory.read(this.#turnsAt, new Uint8Array(this.#turns.buffer));
    return { time: monotonicNow(), waited: Number(waited), turns: Number(this.#turns.getBigUint64(0, true)), interrupts: countInterrupts() };
  }

  /** Turns and interrupts per second of the time that it had its CPU, or was stopped. */
  async runSlice(isSampled: boolean): Promise<Slice> {
    sleepUntil(monotonicNow() + (isSampled ? catchingUp : settling));
    const before = this.look();
    await sleep(slice);
    const after = this.look();
    const waited = after.waited - before.waited;
    const time = (after.time - before.time - waited) / 1e9;
    return { speed: (after.turns - before.turns) / time, interrupts: (after.interrupts - before.interrupts) / time, isDisturbed: waited > mostWaited };
  }
}

/** Has it rest, but not while it has the program stopped. */
async function rest(sampler: ChildProcess, turn: Switch, pid: Pid): Promise<void> {
  for (const giveUpAt = monotonicNow() + 10e9; monotonicNow() < giveUpAt;) {
    turn(sampler, false);
    sleepUntil(monotonicNow() + settling);
    if (processState(pid) !== "t") return;
    turn(sampler, true);
    await sleep(1);
  }
  throw new Error("it always has the program stopped");
}

async function measure(command: Command, turn: Switch, pid: Pid, turnsAt: number): Promise<string[]> {
  const program = new Program(pid, turnsAt);
  const sampler = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"], cwd: projectRoot });
  const ended = once(sampler, "exit");
  const ratios: number[] = [];
  const interrupts: number[] = [];
  try {
    await sleep(2500); // It starts, looks for the interpreter, reads the code.
    if (sampler.exitCode !== null) return [`ended with ${sampler.exitCode}`, "", "", ""];
    for (let tries = 0; ratios.length < Number(values.slices) && tries < 4 * Number(values.slices); tries++) {
      const withIt = await program.runSlice(true);
      await rest(sampler, turn, pid);
      const without = await program.runSlice(false);
      turn(sampler, true);
      if (withIt.isDisturbed || without.isDisturbed) continue;
      if (withIt.speed > 0) ratios.push(without.speed / withIt.speed);
      interrupts.push(withIt.interrupts - without.interrupts);
    }
  } finally {
    sampler.kill("SIGCONT");
    sampler.kill("SIGTERM");
    const timer = setTimeout(() => sampler.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
  if (ratios.length === 0) return ["too much other work on its CPU", "", "", "0"];
  const percent = (share: number): string => `${(100 * (quantile(ratios, share) - 1)).toFixed(1)} %`;
  return [percent(0.5), `${percent(0.25)} to ${percent(0.75)}`, quantile(interrupts, 0.5).toFixed(0), `${ratios.length}`];
}

const quantile = (numbers: readonly number[], share: number): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
const rates: Readonly<Record<string, Seconds>> = { "1khz": 0.001, "10khz": 0.0001 };

useOwnCpu();
console.log(`${describeMachine()}; ${values.slices} pairs of slices of ${slice} ms`);
console.log("\n| Python | program | rate | sampler | slower by | middle half | interrupts a second | pairs |\n|---|---|---|---|---|---|---|---|");
try {
  for (const interpreter of requireInterpreters()) {
    if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
    for (const name of values.programs.split(",")) {
      const { once: before, again } = programs[name]!;
      const file = join(folder, `turns_of_${name}.py`);
      writeFileSync(
        file,
        `import sys; sys.path.insert(0, ${JSON.stringify(join(programPath("ready.py"), ".."))})\nfrom ready import ready\nimport ctypes\n${before}\nturns = (ctypes.c_uint64 * 1)()\ndef main():\n    ready(str(ctypes.addressof(turns)))\n    count = turns\n    while True:\n        ${again}\n        count[0] += 1\nmain()\n`,
      );
      for (const rate of values.rates.split(",")) {
        for (const way of values.ways.split(";")) {
          await using target = await startTarget({ path: "taskset" }, file, [], { pythonArguments: ["-c", "0", interpreter.path] });
          const command = ways[way]!(target.pid, rates[rate]!, join(folder, "slowdown.lyn"), interpreter);
          if (command === null) continue;
          const turn: Switch = way === "sampling --blocking" ? (_sampler, isOn) => writeFileSync(switchFile, isOn ? "1" : "0", { flag: "r+" }) : bySignal;
          writeFileSync(switchFile, "1");
          console.log(`| ${[interpreter.version, name, rate, way, ...(await measure(command, turn, target.pid, Number(target.ready)))].join(" | ")} |`);
        }
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
