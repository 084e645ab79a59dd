/**
 * What a capture through the kernel costs: the caller's wait, the program's own time, the share that missed, and how much slower the
 * target gets at 1 and 10 kHz. Alternating slices of 60 ms with and without captures; turns of the target's loop per its CPU time, which
 * holds the interrupts too; the median of the ratios, and the middle half of them. Root only.
 *
 *   npx tsx bench/kernel-capture.ts [3.X ...] [--slices 100]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Nanoseconds } from "../src/base/units.ts";
import { monotonicNow, sleepUntil, wakePrecisely } from "../src/os/clock.ts";
import { openProcessImage } from "../src/os/process-image.ts";
import { Capture } from "../src/sampler/capture/captured-thread.ts";
import { KernelExchange } from "../src/sampler/capture/kernel/kernel-exchange.ts";
import { Answer } from "../src/sampler/capture/kernel/kernel-reply.ts";
import { requireInterpreters } from "../test/support/interpreters.ts";
import { openKernelTargets, type KernelTarget } from "../test/support/kernel-threads.ts";
import { programPath, startTarget } from "../test/support/target.ts";

const slice: Nanoseconds = 60e6;
const statsSwitch = "/proc/sys/kernel/bpf_stats_enabled";
const { values, positionals } = parseArgs({ allowPositionals: true, options: { slices: { type: "string", default: "60" } } });

/** two_trees.py, with a count of its turns where we can read it: the last line of its loop counts. */
const folder = mkdtempSync(join(tmpdir(), "lynceus-bench-"));
const counted = join(folder, "counted.py");
const [head = ""] = readFileSync(programPath("two_trees.py"), "utf8").split("def main():");
writeFileSync(
  counted,
  `import sys; sys.path.insert(0, ${JSON.stringify(join(programPath("ready.py"), ".."))})\nimport ctypes\n${head}\nturns = (ctypes.c_uint64 * 1)()\ndef main():\n    ready(str(ctypes.addressof(turns)))\n    count = turns\n    while True:\n        red_0()\n        blue_0()\n        count[0] += 1\nmain()\n`,
);

interface Slice {
  /** Turns of the loop per millisecond of the target's CPU time. */
  readonly speed: number;
  readonly due: number;
  readonly exact: number;
  readonly missed: number;
  readonly waited: Nanoseconds;
}

function runSlice(target: KernelTarget, turnsAt: number, interval: Nanoseconds): Slice {
  const turns = new DataView(new ArrayBuffer(8));
  const look = (): { turns: number; cpuTime: Nanoseconds } => {
    target.memory.read(turnsAt, new Uint8Array(turns.buffer));
    target.row.look();
    return { turns: turns.getUint32(0, true), cpuTime: target.row.cpuTimeAt(monotonicNow()) };
  };
  const start = monotonicNow();
  const before = look();
  let [due, exact, missed, waited] = [0, 0, 0, 0];
  for (let deadline = start + interval; deadline < start + slice; deadline += interval) {
    sleepUntil(deadline);
    due++;
    const asked = monotonicNow();
    if (target.capture.capture(target.state) === Capture.exact) {
      exact++;
      waited += monotonicNow() - asked;
    } else missed++;
  }
  sleepUntil(start + slice);
  const after = look();
  return { speed: (after.turns - before.turns) / ((after.cpuTime - before.cpuTime) / 1e6), due, exact, missed, waited };
}

const quantile = (numbers: readonly number[], share: number): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
const percent = (ratio: number): string => `${(100 * (ratio - 1)).toFixed(1)} %`;

/** The kernel's own sum over the runs of the program "capture", by /proc/self/fdinfo. */
function programTime(): { runs: number; time: Nanoseconds } {
  const texts = readdirSync("/proc/self/fdinfo").map((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, "latin1");
    } catch {
      return "";
    }
  });
  const capture = texts.find((text) => text.includes("prog_id")) ?? "";
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(capture)?.[1]);
  return { runs: field("run_cnt"), time: field("run_time_ns") };
}

const loaded = KernelExchange.load();
if (!loaded.ok) throw new Error(`${loaded.error.what}: error ${loaded.error.errno}\n${loaded.error.log}`);
wakePrecisely();
const wasCounting = readFileSync(statsSwitch, "latin1");
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]?.model.trim()}, Linux ${release()}, Node ${process.version}; ${values.slices} pairs of slices`,
);
console.log(
  "\n| Python | asked | caller waits | program runs | exact | asked the wrong CPU | on no CPU | slowdown, middle half |\n|---|---|---|---|---|---|---|---|",
);
try {
  writeFileSync(statsSwitch, "1");
  for (const interpreter of requireInterpreters()) {
    if (positionals.length > 0 && !positionals.includes(`3.${interpreter.minor}`)) continue;
    for (const interval of [1e6, 1e5]) {
      await using program = await startTarget(interpreter, counted);
      // Otherwise the two of us would meet on one CPU, where a thread that is interrupted does not run.
      execFileSync("taskset", ["-pc", "1", String(program.pid)]);
      execFileSync("taskset", ["-apc", "0", String(process.pid)]);
      using image = openProcessImage(program.pid);
      if (image === null) continue;
      const [target] = openKernelTargets(loaded.value, program.pid);
      await sleep(100);
      const before = programTime();
      const { answers } = loaded.value;
      const [right, wrong] = [answers[Answer.copied], answers[Answer.otherThread]];
      const pairs = Array.from(
        { length: Number(values.slices) },
        () => [runSlice(target!, Number(program.ready), Number.POSITIVE_INFINITY), runSlice(target!, Number(program.ready), interval)] as const,
      );
      const after = programTime();
      const ratios = pairs.map(([without, withIt]) => without.speed / withIt.speed).filter(Number.isFinite);
      const sum = (field: "due" | "exact" | "missed" | "waited"): number => pairs.reduce((total, [, withIt]) => total + withIt[field], 0);
      const cells = [
        interpreter.version,
        `${1e6 / interval} kHz`,
        `${(sum("waited") / sum("exact") / 1e3).toFixed(1)} us`,
        `${((after.time - before.time) / (after.runs - before.runs) / 1e3).toFixed(2)} us`,
        sum("exact"),
        `${((100 * (answers[Answer.otherThread] - wrong)) / (answers[Answer.copied] - right)).toFixed(2)} %`,
        `${((100 * sum("missed")) / sum("due")).toFixed(1)} %`,
        `${percent(quantile(ratios, 0.5))}, ${percent(quantile(ratios, 0.25))} to ${percent(quantile(ratios, 0.75))}`,
      ];
      console.log(`| ${cells.join(" | ")} |`);
      loaded.value.threads?.forget(target!.row);
    }
  }
} finally {
  writeFileSync(statsSwitch, wasCounting);
  loaded.value.close();
  rmSync(folder, { recursive: true });
}
