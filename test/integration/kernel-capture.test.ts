import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { countCommonRoots } from "../../src/cpython/raw-stack.ts";
import { listProgramIds } from "../../src/os/bpf.ts";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { monotonicNow } from "../../src/os/clock.ts";
import { listChildren } from "../../src/os/processes.ts";
import { Capture } from "../../src/sampler/capture/captured-thread.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import { Answer } from "../../src/sampler/capture/kernel/kernel-reply.ts";
import { OFF_CPU, UNKNOWN_CPU } from "../../src/sampler/capture/kernel/kernel-threads.ts";
import { RemoteCopy } from "../../src/sampler/capture/remote/remote-copy.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { openKernelTargets, type KernelTarget } from "../support/kernel-threads.ts";
import { startTarget } from "../support/target.ts";

const loaded = KernelExchange.load();
if (!loaded.ok) {
  const { message } = explainBpfFailure(loaded.error, readBpfFacts());
  process.stderr.write(`\nNOT TESTED: capture through the kernel: ${message}\n${loaded.error.log}\n\n`);
}
afterAll(() => loaded.ok && loaded.value.close());
const targetsOf = (pid: number): readonly KernelTarget[] => openKernelTargets(loaded.ok ? loaded.value : raise(), pid);

/** As many exact captures as asked for, with some time for others between tries that miss. */
async function captureOften(target: KernelTarget, wanted: number, each: (names: readonly string[]) => void, giveUpAfter = 40_000): Promise<number> {
  const giveUpAt = performance.now() + giveUpAfter;
  let exact = 0;
  while (exact < wanted && performance.now() < giveUpAt) {
    const outcome = target.capture.capture(target.state);
    if (outcome === Capture.exact) {
      exact++;
      each(target.names(target.capture.stack));
    } else {
      expect(outcome).toBe(Capture.missed);
      await sleep(1);
    }
  }
  return exact;
}

/** What is wrong with a stack of two_trees.py: only red or only blue calls, in order, without a gap. Empty when nothing is. */
function faultsOf(names: readonly string[]): string {
  const [module, main, first, ...rest] = names;
  if (module !== "<module>" || (main !== undefined && main !== "main")) return names.join(" ");
  if (first === undefined || first === "ready") return "";
  const colour = first.split("_")[0];
  return [first, ...rest].every((name, index) => name === `${colour}_${index}`) ? "" : names.join(" ");
}

const everyPython = [...requireInterpreters(), ...requireI686Interpreters([11])];

describe.skipIf(!loaded.ok).each(everyPython)("through the kernel, $version, words of $wordSize bytes", (interpreter) => {
  it("5,000 captures of two call trees that alternate: none is impossible", async () => {
    await using program = await startTarget(interpreter, "two_trees.py");
    const [target] = targetsOf(program.pid);
    const faults: string[] = [];
    const colours = { red: 0, blue: 0 };
    const exact = await captureOften(target!, 5_000, (names) => {
      const fault = faultsOf(names);
      if (fault !== "") faults.push(fault);
      if (names[2] === "red_0") colours.red++;
      if (names[2] === "blue_0") colours.blue++;
    });
    expect(faults).toEqual([]);
    expect(exact).toBe(5_000);
    expect(colours.red / (colours.red + colours.blue)).toBeCloseTo(0.5, 1);
  }, 60_000);

  it("finds what a remote copy finds, of a thread whose stack stands still", async () => {
    await using program = await startTarget(interpreter, "deep_recursion.py", ["200"]);
    const diver = targetsOf(program.pid).at(-1)!;
    const remote = new RemoteCopy(diver.memory, diver.layout, diver.interpreter, diver.address);
    let frames = 0;
    let holding = 0;
    await captureOften(diver, 100, () => {
      expect(remote.capture(diver.state)).toBe(Capture.verified);
      expect(countCommonRoots(diver.capture.stack, remote.stack)).toBe(remote.stack.length);
      expect(diver.capture.stack.length).toBe(remote.stack.length);
      expect(diver.names(diver.capture.stack)).toEqual(diver.names(remote.stack));
      // The other thread may still be about to go to sleep, and have it for a moment.
      if (diver.capture.gilHolder === diver.address) holding++;
      frames = diver.names(remote.stack).filter((name) => name === "descend").length;
    });
    expect(frames).toBe(200);
    expect(holding).toBeGreaterThan(90);
  });

  it("copies frames of generators and coroutines", async () => {
    await using program = await startTarget(interpreter, "generators.py");
    const [target] = targetsOf(program.pid);
    const seen = new Set<string>();
    // Each of the three takes 5 or 15 ms.
    for (let round = 0; round < 50; round++) {
      await captureOften(target!, 50, (names) => names.at(-1) === "spin" && seen.add(names.slice(2).join(" ")));
      await sleep(3);
    }
    expect([...seen].toSorted()).toEqual([
      "drive loop_over async_numbers spin",
      "drive outer_coroutine inner_coroutine spin",
      "pull outer_generator inner_generator spin",
    ]);
  });

  it.each([600, 10_000])("copies %i frames at once", async (depth) => {
    await using program = await startTarget(interpreter, "deep_recursion.py", [String(depth)]);
    const diver = targetsOf(program.pid).at(-1)!;
    const exact = await captureOften(diver, 20, (names) => expect(names.filter((name) => name === "descend")).toHaveLength(depth));
    expect(exact).toBe(20);
  });
});

describe.skipIf(!loaded.ok)("more frames than can be copied", () => {
  it.each(requireInterpreters().filter(({ minor }) => minor <= 10))("are hardly asked for, $version", async (interpreter) => {
    await using program = await startTarget(interpreter, "deep_recursion.py", ["12000"]);
    const diver = targetsOf(program.pid).at(-1)!;
    expect(await captureOften(diver, 1, () => {}, 500)).toBe(0);
    // Each time is an interrupt.
    const { answers } = loaded.ok ? loaded.value : raise();
    const before = answers[Answer.copied];
    for (let round = 0; round < 640; round++) diver.capture.capture(diver.state);
    expect(answers[Answer.copied] - before).toBeLessThanOrEqual(11);
  });
});

describe.skipIf(!loaded.ok)("who runs where", () => {
  const interpreter = requireInterpreters().at(-1)!;

  it("agrees with the kernel's own count of switches and of CPU time", async () => {
    await using program = await startTarget(interpreter, "sleep_and_work.py", ["20"]);
    const { row, tid } = targetsOf(program.pid)[0]!;
    // It signs in when it first leaves a CPU.
    await expect.poll(() => row.look() && row.cpu).not.toBe(UNKNOWN_CPU);
    const schedstat = (): number[] => readFileSync(`/proc/${program.pid}/task/${tid}/schedstat`, "latin1").split(" ").map(Number);
    /** Both at a moment when it sleeps: the kernel brings its own sums up to date when a thread leaves the CPU. */
    const both = async (): Promise<{ ours: number[]; theirs: number[] }> => {
      for (;;) {
        row.look();
        const { cpu, switches, cpuTime } = row;
        const [time = 0, , count = 0] = schedstat();
        row.look();
        if (cpu === OFF_CPU && row.reason === 1 && row.switches === switches) return { ours: [cpuTime, switches], theirs: [time, count] };
        await sleep(1);
      }
    };
    const before = await both();
    await sleep(1500);
    const after = await both();
    const [ours, theirs] = [after.ours.map((value, index) => value - before.ours[index]!), after.theirs.map((value, index) => value - before.theirs[index]!)];
    expect(ours[1]).toBeGreaterThan(3);
    if (!row.isCounted) return void process.stderr.write("\nNOT TESTED: the kernel's own sums: it does not describe its types (/sys/kernel/btf/vmlinux)\n\n");
    expect(ours).toEqual([theirs[0], theirs[1]]);
    expect([after.ours[0], after.ours[1]]).toEqual([after.theirs[0], after.theirs[1]]);
    row.look();
    expect(row.since).toBeLessThanOrEqual(monotonicNow());
    expect(row.cpuTimeAt(monotonicNow())).toBeGreaterThanOrEqual(after.ours[0]!);
  });

  it("sees a thread end, and gives its row to another", async () => {
    const { threads } = loaded.ok ? loaded.value : raise();
    const program = await startTarget(interpreter, "two_trees.py");
    const { row } = targetsOf(program.pid)[0]!;
    await expect.poll(() => row.look() && row.cpu).not.toBe(UNKNOWN_CPU);
    await program.stop();
    await expect.poll(() => row.look() && row.reason & 0x80).toBe(0x80);
    expect(row.cpu).toBe(OFF_CPU);
    threads!.forget(row);
    await using other = await startTarget(interpreter, "two_trees.py");
    const next = targetsOf(other.pid)[0]!.row;
    expect(next.index).toBe(row.index);
    await expect.poll(() => next.look() && next.reason).toBe(0);
  });

  it("knows threads in another pid namespace", async () => {
    await using unshare = await startTarget({ path: "unshare" }, "two_trees.py", [], {
      pythonArguments: ["--pid", "--fork", "--kill-child", interpreter.path],
    });
    const [pid] = listChildren(unshare.pid);
    const target = targetsOf(pid!)[0]!;
    expect(target.state.nativeThreadId).toBe(1);
    const faults: string[] = [];
    expect(await captureOften(target, 1000, (names) => faults.push(faultsOf(names)))).toBe(1000);
    expect(faults.join("")).toBe("");
    expect(target.row.look() && target.row.cpu).not.toBe(UNKNOWN_CPU);
  });
});

describe.skipIf(!loaded.ok)("what was loaded", () => {
  it("is gone from the kernel when the process that loaded it is killed", async () => {
    const holder = spawn(process.execPath, ["--import", "tsx", new URL("../support/bpf-holder.ts", import.meta.url).pathname], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(holder.stdout.setEncoding("utf8"), "data")) as [string];
    expect(line).toBe("LOADED\n");
    const ids = readdirSync(`/proc/${holder.pid}/fdinfo`)
      .flatMap((fd) => /^prog_id:\s*(\d+)/m.exec(readFileSync(`/proc/${holder.pid}/fdinfo/${fd}`, "latin1"))?.[1] ?? [])
      .map(Number);
    expect(listProgramIds()).toEqual(expect.arrayContaining(ids));
    expect(new Set(ids).size).toBe(6);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    await expect.poll(() => listProgramIds().filter((id) => ids.includes(id)), { timeout: 5000 }).toEqual([]);
  });
});

it.skipIf(process.getuid?.() !== 0)("without the capabilities the kernel refuses, and we say which are missing", async () => {
  const program = `
    import { KernelExchange } from ${JSON.stringify(new URL("../../src/sampler/capture/kernel/kernel-exchange.ts", import.meta.url).pathname)};
    import { explainBpfFailure, readBpfFacts } from ${JSON.stringify(new URL("../../src/os/bpf-obstacle.ts", import.meta.url).pathname)};
    const loaded = KernelExchange.load();
    console.log(loaded.ok ? "loaded" : explainBpfFailure(loaded.error, readBpfFacts()).message);`;
  const child = spawn("setpriv", ["--bounding-set=-all", "--inh-caps=-all", process.execPath, "--import", "tsx", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(child, "close");
  expect(text.trim()).toBe("eBPF capture needs root, or CAP_BPF and CAP_PERFMON; missing: CAP_BPF and CAP_PERFMON");
});

function raise(): never {
  throw new Error("not loaded");
}
