/**
 * What a pause costs: how long the thread stands, how often it does not stop in time, and how much slower the target gets at 1 and 10 kHz
 * when every sample is a pause. Alternating slices of 60 ms with and without; turns of the target's loop per wall time; the median of
 * the ratios, and the middle half of them. The target on one CPU, we on the other.
 *
 *   npx tsx bench/pause.ts [3.X ...] [--slices 100]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Address, Nanoseconds } from "../src/base/units.ts";
import { readInterpreters, readThreadStates } from "../src/cpython/interpreters.ts";
import { findRuntime } from "../src/cpython/find-runtime.ts";
import { holdChildSignals } from "../src/os/child-signals.ts";
import { monotonicNow, sleepUntil, wakePrecisely } from "../src/os/clock.ts";
import { openProcessImage } from "../src/os/process-image.ts";
import { Pause, ThreadPauser } from "../src/os/ptrace.ts";
import { RemoteMemory } from "../src/os/remote-memory.ts";
import { Capture } from "../src/sampler/capture/captured-thread.ts";
import { RemoteCopy } from "../src/sampler/capture/remote/remote-copy.ts";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { programPath, startTarget } from "../test/support/target.ts";

const slice: Nanoseconds = 60e6;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { slices: { type: "string", default: "100" } } });

/** two_trees.py, with a count of its turns where we can read it. */
const folder = mkdtempSync(join(tmpdir(), "lynceus-bench-"));
const counted = join(folder, "counted.py");
const [head = ""] = readFileSync(programPath("two_trees.py"), "utf8").split("def main():");
writeFileSync(
  counted,
  `import sys; sys.path.insert(0, ${JSON.stringify(join(programPath("ready.py"), ".."))})\nimport ctypes\n${head}\nturns = (ctypes.c_uint64 * 1)()\ndef main():\n    ready(str(ctypes.addressof(turns)))\n    count = turns\n    while True:\n        red_0()\n        blue_0()\n        count[0] += 1\nmain()\n`,
);

const pauser = new ThreadPauser();
interface Totals {
  due: number;
  late: number;
  unproved: number;
  readonly lengths: Nanoseconds[];
}

/** Turns per millisecond. */
function runSlice(pid: number, memory: RemoteMemory, turnsAt: Address, interval: Nanoseconds, capture: () => Capture, totals: Totals): number {
  const turns = new DataView(new ArrayBuffer(8));
  const look = (): number => {
    memory.read(turnsAt, new Uint8Array(turns.buffer));
    return turns.getUint32(0, true);
  };
  const start = monotonicNow();
  const before = look();
  for (let deadline = start + interval; deadline < start + slice; deadline += interval) {
    sleepUntil(deadline);
    const stood = pauser.time;
    totals.due++;
    const outcome = pauser.pause(pid, pid, () => void (capture() === Capture.verified || totals.unproved++));
    if (outcome === Pause.done) totals.lengths.push(pauser.time - stood);
    else totals.late++;
  }
  sleepUntil(start + slice);
  while (!pauser.settle()) sleepUntil(monotonicNow() + 1e5);
  return (look() - before) / ((monotonicNow() - start) / 1e6);
}

const quantile = (numbers: readonly number[], share: number): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
const percent = (ratio: number): string => `${(100 * (ratio - 1)).toFixed(1)} %`;
const microseconds = (time: Nanoseconds): string => `${(time / 1e3).toFixed(0)} us`;

wakePrecisely();
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}; ${values.slices} pairs of slices, load ${loadavg()[0]!.toFixed(0)}`,
);
console.log("\n| Python | asked | stands, median | 90 % | 99 % | late | not proved | slowdown, middle half |\n|---|---|---|---|---|---|---|---|");
try {
  for (const interpreter of requireInterpreters()) {
    if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
    for (const interval of [1e6, 1e5]) {
      await using program = await startTarget(interpreter, counted);
      const { pid } = program;
      execFileSync("taskset", ["-pc", "1", String(pid)]);
      execFileSync("taskset", ["-apc", "0", String(process.pid)]);
      await sleep(100);
      using image = openProcessImage(pid);
      const found = image === null ? null : findRuntime(image);
      if (found?.ok !== true) throw new Error("no interpreter");
      const memory = new RemoteMemory(pid);
      const [main] = readInterpreters(memory, found.value) ?? [];
      const [[address, state]] = [...readThreadStates(memory, found.value, main!)!] as [[Address, Parameters<RemoteCopy["capture"]>[0]]];
      const remote = new RemoteCopy(memory, found.value.layout, main!, address);
      const totals: Totals = { due: 0, late: 0, unproved: 0, lengths: [] };
      const run = (every: Nanoseconds): number => runSlice(pid, memory, Number(program.ready), every, () => remote.capture(state), totals);
      const letGo = holdChildSignals();
      const ratios = Array.from({ length: Number(values.slices) }, () => run(Number.POSITIVE_INFINITY) / run(interval)).filter(Number.isFinite);
      letGo();
      const cells = [
        interpreter.version,
        `${1e6 / interval} kHz`,
        ...[0.5, 0.9, 0.99].map((share) => microseconds(quantile(totals.lengths, share))),
        `${((100 * totals.late) / totals.due).toFixed(1)} %`,
        totals.unproved,
        `${percent(quantile(ratios, 0.5))}, ${percent(quantile(ratios, 0.25))} to ${percent(quantile(ratios, 0.75))}`,
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
} finally {
  pauser.close();
  rmSync(folder, { recursive: true });
}
