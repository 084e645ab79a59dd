import { once } from "node:events";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { listProgramIds } from "../../src/os/bpf.ts";
import { Known, State } from "../../src/profile/tables.ts";
import { KernelClock } from "../../src/sampler/capture/kernel/clock/kernel-clock.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { entry, lynceus, temporaryFolder, waitFor } from "../support/lynceus.ts";
import { loadRecorded, type Recorded } from "../support/recorded.ts";
import { emptyJudged } from "../support/recording-judge.ts";
import { StackJudge } from "../support/stack-judge.ts";
import { possibleStacksOf, recordTears, tearingWays } from "../support/tears.ts";
import { programPath, startTarget } from "../support/target.ts";

/*
 * --source kernel-clock: threads are copied by clocks of their own, which go while they are on a CPU. So counts are compared with CPU time,
 * and hold on a busy machine, too.
 */
const probe = KernelClock.load(1e9);
if (!probe.ok) process.stderr.write(`\nNOT TESTED: --source kernel-clock: ${explainBpfFailure(probe.error, readBpfFacts()).message}\n\n`);
else {
  probe.value.clock.close();
  probe.value.exchange.close();
}
const interpreters = requireInterpreters();
const newest = interpreters.at(-1)!;
const clocked = ["-q", "--source", "kernel-clock"] as const;

async function attach(pid: number, ...options: readonly string[]): Promise<Recorded> {
  using folder = temporaryFolder();
  const file = folder.file("a.lyn");
  expect(await lynceus(["attach", ...clocked, "-r", "1khz", ...options, "-o", file, `${pid}`])).toMatchObject({ code: 0, err: "" });
  return loadRecorded(file);
}

async function run(...command: readonly string[]): Promise<Recorded & { readonly out: string }> {
  using folder = temporaryFolder();
  const file = folder.file("a.lyn");
  const { code, out } = await lynceus(["run", ...clocked, "-r", "1khz", "-o", file, ...command]);
  expect(code).toBe(0);
  return { ...loadRecorded(file), out };
}

/**
 * Within 4 percent, and what one period that was drawn makes of some 64 samples. A busy machine under this virtual one takes away moments
 * that count as CPU time, and have no tick of a clock.
 */
function expectNear(count: number, due: number): void {
  expect(count).toBeLessThan(1.04 * due + 16);
  expect(count).toBeGreaterThan(0.85 * due - 16);
}

/** Until its code has been there for long, one sample stands for several copies. */
const learning = 1.6e9;

/** Samples of a thread that were taken while it was on a CPU, and how many that should have been. */
function countOnCpu({ profile, samples, sum, threadName }: Recorded, name: string): { readonly exact: number; readonly all: number; readonly due: number } {
  const { known, state, cpu, time } = profile.samples;
  const ofThread = samples((sample) => threadName(sample) === name && time[sample]! > learning);
  const onCpu = ofThread.filter((sample) => cpu[sample]! > 0 && (state[sample]! & State.onCpu) !== 0);
  return { exact: onCpu.filter((sample) => known[sample] === Known.exact).length, all: onCpu.length, due: sum(ofThread, "cpu") / 1e6 };
}

describe.skipIf(!probe.ok)("--source kernel-clock", () => {
  it.each([...interpreters, ...requireI686Interpreters([11])])(
    "a busy thread, $version, words of $wordSize bytes: whole stacks, none impossible",
    async (interpreter) => {
      await using program = await startTarget(interpreter, "two_trees.py");
      const { profile, samples, stack } = await attach(program.pid, "-x", "1.8");
      const { known, time } = profile.samples;
      expect(samples((sample) => known[sample]! <= Known.paused).length).toBeGreaterThan(0.8 * samples().length);
      const exact = samples((sample) => known[sample] === Known.exact && time[sample]! > learning);
      expect(exact.length).toBeGreaterThan(0);
      const names = samples().map((sample) => stack(sample).join(" "));
      expect(names.filter((text) => /red_/.test(text) && /blue_/.test(text))).toEqual([]);
      expect(names.filter((text) => text.startsWith("<module> main red_0")).length).toBeGreaterThan(0.2 * names.length);
      expect(names.filter((text) => text.startsWith("<module> main blue_0")).length).toBeGreaterThan(0.2 * names.length);
    },
  );

  it("a busy thread: as often as asked for", async () => {
    await using program = await startTarget(newest, "two_trees.py");
    const { exact, all, due } = countOnCpu(await attach(program.pid, "-x", "3.5"), "MainThread");
    expectNear(all, due);
    expect(exact / all).toBeGreaterThan(0.9);
  });

  it("threads that run and threads that sleep: all CPU time, and each one's life", async () => {
    const { out, ...recorded } = await run(newest.path, programPath("two_threads.py"), "3");
    const truth = JSON.parse(/^TRUTH (.*)$/m.exec(out)![1]!) as { cruncher: number };
    const { samples, sum, threadName } = recorded;
    const of = (name: string): readonly number[] => samples((sample) => threadName(sample) === name);
    expect(Math.abs(sum(of("cruncher"), "cpu") / 1e9 - truth.cruncher)).toBeLessThan(0.01);
    const { all, due } = countOnCpu(recorded, "cruncher");
    expectNear(all, due);
    // Both live as long as the other but for the start of one, and are looked at 50 times a second.
    for (const name of ["cruncher", "waiter"]) expect(sum(of(name)) / 1e9, name).toBeGreaterThan(2.8);
    for (const name of ["cruncher", "waiter"]) expect(sum(of(name)) / 1e9, name).toBeLessThan(3.3);
    expect(of("waiter").length).toBeGreaterThan(40);
    expect(of("waiter").length).toBeLessThan(240);
    expect(sum(of("waiter"), "cpu")).toBeLessThan(5e6);
  });

  it("children", async () => {
    await using program = await startTarget(newest, "forks.py", ["2"]);
    const { profile, samples, stack, sum } = await attach(program.pid, "-C", "-x", "3");
    const processOf = (sample: number): number => profile.processes[profile.threads[profile.samples.thread[sample]!]!.process]!.pid;
    for (const pid of JSON.parse(program.ready) as number[]) {
      const working = samples((sample) => processOf(sample) === pid && profile.samples.time[sample]! > learning && stack(sample).includes("child_work"));
      const exact = working.filter((sample) => profile.samples.known[sample] === Known.exact);
      expectNear(exact.length, sum(working, "cpu") / 1e6);
    }
  });

  it("stacks that are too deep for it are copied on demand or from outside", async () => {
    await using program = await startTarget(interpreters[0]!, "deep_recursion.py", ["5000"]);
    const { profile, samples, stack, threadName } = await attach(program.pid, "-x", "1");
    const diving = samples((sample) => threadName(sample) === "diver" && profile.samples.known[sample]! <= Known.paused);
    expect(diving.length).toBeGreaterThan(0);
    for (const sample of diving) expect(stack(sample).filter((name) => name === "descend")).toHaveLength(5000);
  });

  it.each(["tears/generators.py", "tears/made_code.py"])("no stack that never existed, %s", async (program) => {
    using folder = temporaryFolder();
    const judge = new StackJudge(possibleStacksOf(newest, program, folder.path));
    const judged = await recordTears(newest, program, tearingWays["kernel-clock"]!, { seconds: 0.5, judge, judged: emptyJudged() });
    expect([...judged.examples.keys()]).toEqual([]);
  });

  it("-k: what it does in the kernel", async () => {
    await using program = await startTarget(newest, "in_kernel.py");
    const { profile, samples, stack, threadName } = await attach(program.pid, "-k", "-x", "2.2");
    const { known, time } = profile.samples;
    const copied = samples((sample) => threadName(sample) === "works" && time[sample]! > learning && known[sample] === Known.exact);
    const working = copied.map((sample) => stack(sample).join(" "));
    expect(working.filter((text) => / works .*vfs_read/.test(text)).length / working.length).toBeGreaterThan(0.5);
    expect(working.filter((text) => /bpf|perf_/.test(text))).toEqual([]);
  });

  it("nothing of it is left when the sampler is killed", async () => {
    await using program = await startTarget(newest, "two_trees.py");
    using folder = temporaryFolder();
    const sampler = spawn(process.execPath, [entry, "attach", ...clocked, "-o", folder.file("a.lyn"), `${program.pid}`], { stdio: "ignore" });
    await waitFor(() => linksOf(sampler.pid!).some((link) => link.includes("perf_event")), "its clock");
    const ids = readdirSync(`/proc/${sampler.pid}/fdinfo`)
      .flatMap((fd) => /^prog_id:\s*(\d+)/m.exec(readFileSync(`/proc/${sampler.pid}/fdinfo/${fd}`, "latin1"))?.[1] ?? [])
      .map(Number);
    expect(new Set(ids).size).toBe(10);
    sampler.kill("SIGKILL");
    await once(sampler, "exit");
    await expect.poll(() => listProgramIds().filter((id) => ids.includes(id)), { timeout: 5000 }).toEqual([]);
    expect(program.process.exitCode).toBe(null);
  });
});

it.skipIf(process.getuid?.() !== 0)("without the right: one line, and what would help", async () => {
  const child = spawn("setpriv", ["--bounding-set=-all", "--inh-caps=-all", process.execPath, entry, "run", ...clocked, newest.path, "-c", "1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, text }).toMatchObject({ code: 37, text: expect.stringContaining("eBPF capture needs root, or CAP_BPF and CAP_PERFMON") as string });
});

/** What the file descriptors of a process stand for. */
function linksOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return [];
    }
  });
}
