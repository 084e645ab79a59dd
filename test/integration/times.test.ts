import { expect, it } from "vitest";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { State } from "../../src/profile/tables.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { onQuietMachine } from "../support/quiet-machine.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath } from "../support/target.ts";

const probe = KernelExchange.load();
const isCounted = probe.ok && probe.value.threads?.isCounted === true;
if (!probe.ok) process.stderr.write(`\nNOT TESTED: exact times: ${explainBpfFailure(probe.error, readBpfFacts()).message}\n\n`);
else {
  if (!isCounted) process.stderr.write("\nNOT TESTED: exact times: this kernel does not describe its types (/sys/kernel/btf/vmlinux)\n\n");
  probe.value.close();
}
const interpreter = requireInterpreters().at(-1)!;

interface Table {
  readonly thread: { readonly name: string };
  readonly time: number;
}

interface Ran extends Recorded {
  readonly out: string;
}

async function run(file: string, ...args: readonly string[]): Promise<Ran> {
  const { code, out } = await lynceus(["run", "-q", "-r", "1khz", "-o", file, ...args]);
  expect(code).toBe(0);
  return { ...loadRecorded(file), out };
}

it.skipIf(!isCounted).each(["kernel", "kernel-clock", "auto"])(
  "--source %s: the CPU time of each thread is all that it used, to a thousandth",
  async (source) => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const program = [interpreter.path, programPath("bursts.py"), "1"];
    const { out, doubt } = await onQuietMachine(() => run(file, "--source", source, ...program));
    const truth = JSON.parse(/^TRUTH (.*)$/m.exec(out)![1]!) as Record<string, number>;
    const report = await lynceus(["report", "--json", "--by-thread", "--mode", "cpu", file]);
    const { tables } = JSON.parse(report.out) as { tables: Table[] };
    for (const [name, used] of Object.entries(truth)) {
      const measured = tables.find(({ thread }) => thread.name === name)?.time ?? 0;
      // What it does after it has looked at its clock: it ends.
      const ending = 0.3e6;
      expect(measured, `${name}: ${measured} of ${used}`).toBeGreaterThan(used * (0.999 - doubt));
      expect(measured, `${name}: ${measured} of ${used}`).toBeLessThan(used * (1.001 + doubt) + ending);
    }
  },
);

it.skipIf(!isCounted)("tells a thread that waits for a CPU from one that is on it", async () => {
  using folder = temporaryFolder();
  const file = folder.file("a.lyn");
  const spin = `import time
end = time.perf_counter() + 1.5
while time.perf_counter() < end: sum(range(1000))
print("RAN", *open("/proc/self/schedstat").read().split(), flush=True)`;
  // Two processes on one CPU.
  const script = `taskset -c 0 "$0" -c "$1" & taskset -c 0 "$0" -c "$1"; wait`;
  const { samples, sum, profile, out, doubt } = await onQuietMachine(() => run(file, "-C", "--source", "kernel", "sh", "-c", script, interpreter.path, spin));
  // Documentation/scheduler/sched-stats.rst: nanoseconds on a CPU, nanoseconds waiting for one.
  const ran = [...out.matchAll(/^RAN (\d+) (\d+)/gm)].map(([, on, waiting]) => [Number(on), Number(waiting)] as const);
  const truth = ran.reduce((total, [, waiting]) => total + waiting, 0) / ran.reduce((total, [on, waiting]) => total + on + waiting, 0);
  expect(ran, out).toHaveLength(2);
  expect(truth).toBeGreaterThan(0.3);
  const measured = sum(samples((sample) => (profile.samples.state[sample]! & State.waitsForCpu) !== 0)) / sum(samples());
  expect(Math.abs(measured - truth), `${measured} is not ${truth}`).toBeLessThan(0.05 + doubt);
  const report = await lynceus(["report", "--color", "never", file]);
  expect(report.out).toMatch(/\n {2}on a CPU [\d.]+ %, waiting for a CPU [\d.]+ %, blocked [\d.]+ %\n/);
});
