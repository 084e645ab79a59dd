import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pid } from "../../src/base/units.ts";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";
import { listChildren, readCommandLine } from "../../src/os/processes.ts";
import { KernelClock } from "../../src/sampler/capture/kernel/clock/kernel-clock.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import type { Check, Diagnosis } from "../../src/sampler/diagnosis.ts";
import { lynceus, type Ended } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { processState, waitFor } from "../support/lynceus.ts";
import { becomeNobody, copyPackage } from "../support/package-copy.ts";
import { startTarget } from "../support/target.ts";

/*
 * The doctor through the command line: with all rights, and with one after the other taken away. Taking them away needs root.
 */
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("\nNOT TESTED: what the doctor says where rights are missing. It takes root to take them away\n\n");
const python = requireInterpreters().at(-1)!;
const withoutCalls = new URL("../support/without_calls.py", import.meta.url).pathname;
const missing = 999_999_999;

let copy: ReturnType<typeof copyPackage>;
beforeAll(() => void (copy = copyPackage()));
afterAll(() => copy[Symbol.dispose]());

const run = (args: readonly string[], prefix: readonly string[] = []): Promise<Ended> => lynceus(["doctor", ...args], { cwd: "/", prefix, entry: copy.entry });

interface Said extends Diagnosis {
  readonly exitCode: number;
  /** By id; those of the process with a dot before. */
  readonly checks: Readonly<Record<string, Check>>;
}

/** The same as `--json` says; the exit code must agree. */
async function ask(pid: Pid | null, prefix: readonly string[] = []): Promise<Said> {
  const { code, out, err } = await run([...(pid === null ? [] : [String(pid)]), "--json"], prefix);
  expect(err).toBe("");
  const said = JSON.parse(out) as Diagnosis & { exitCode: number };
  expect(said.exitCode).toBe(code);
  expect(said.canRecord).toBe(code === 0);
  const checks = Object.fromEntries([...said.machine.map((check) => [check.id, check]), ...said.process.map((check) => [`.${check.id}`, check])]);
  return { ...said, checks };
}

const verdicts = ({ machine }: Said): Record<string, string> =>
  Object.fromEntries(machine.filter(({ verdict }) => verdict !== "yes").map(({ id, verdict }) => [id, verdict]));

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

describe("the machine", () => {
  test("as text, 80 columns wide", async () => {
    const { code, out, err } = await run([]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Here\n {2}yes {5}system {13}Linux \d/);
    expect(out).toMatch(/\nPrograms that we start can be recorded\.\n$/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("says of the kernel what loading the programs said", async () => {
    const loaded = KernelExchange.load();
    const { kernel, switches, kernelClock } = (await ask(null)).checks;
    const clock = KernelClock.load(1e9);
    expect(kernelClock?.verdict).toBe(clock.ok ? "yes" : "no");
    if (clock.ok) {
      clock.value.clock.close();
      clock.value.exchange.close();
    }
    if (!loaded.ok) return expect(kernel).toMatchObject({ verdict: "no", message: explainBpfFailure(loaded.error, readBpfFacts()).message });
    expect(kernel?.verdict).toBe("yes");
    expect(switches?.verdict).toBe(loaded.value.threads === null ? "no" : "yes");
    loaded.value.close();
  });
});

describe("a process", () => {
  test.each(requireInterpreters().map(({ version, path }) => [version, path]))("Python %s can be recorded", async (version, path) => {
    await using target = await startTarget({ path }, "many_threads.py", ["3"]);
    const said = await ask(target.pid);
    expect(said).toMatchObject({ pid: target.pid, canRecord: true, failure: null });
    expect(said.checks[".exists"]?.message).toContain("many_threads.py 3");
    expect(said.checks[".python"]?.message).toMatch(new RegExp(`^${version.replaceAll(".", "\\.")}, in the (?:library /.*\\.so|executable /)`));
    expect(said.checks[".threads"]?.message).toBe("4 threads of Python in 1 interpreter");
    expect(said.process.filter(({ verdict }) => verdict !== "yes")).toEqual([]);
  });

  test("that was stopped is told so, with what starts it again", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    target.process.kill("SIGSTOP");
    await waitFor(() => processState(target.pid) === "T", "it to stop");
    const said = await ask(target.pid);
    expect(said.canRecord).toBe(true);
    expect(said.checks[".running"]).toMatchObject({ verdict: "partly", hint: `kill -CONT ${target.pid}` });
    expect(processState(target.pid)).toBe("T");
  });

  test("that is no Python", async () => {
    const nap = spawn("sleep", ["60"]);
    try {
      const said = await ask(nap.pid!);
      expect(said).toMatchObject({ exitCode: 32, failure: "not-python" });
      expect(said.checks[".memory"]?.verdict).toBe("yes");
      expect(said.process.at(-1)).toMatchObject({ id: "python", verdict: "no" });
      const { code, out } = await run([String(nap.pid)]);
      expect(code).toBe(32);
      expect(out).toMatch(new RegExp(`\\nProcess ${nap.pid} cannot be recorded\\.\\n$`));
    } finally {
      await end(nap);
    }
  });

  test("with a Python below it", async () => {
    await using shell = await startTarget({ path: "sh" }, "sleep_and_work.py", [], { pythonArguments: ["-c", '"$@"; true', "sh", python.path] });
    const [below = 0] = listChildren(shell.pid);
    try {
      const said = await ask(shell.pid);
      expect(said.canRecord).toBe(true);
      expect(said.checks[".python"]).toMatchObject({ verdict: "partly", hint: `lynceus doctor ${below}` });
    } finally {
      process.kill(below, "SIGKILL");
    }
  });

  test("that is not there", async () => {
    const said = await ask(missing);
    expect(said).toMatchObject({
      exitCode: 38,
      process: [{ id: "exists", verdict: "no", message: `there is no process ${missing}`, failure: "no-such-process" }],
    });
  });

  test("that is none", async () => {
    expect(await run(["x"])).toMatchObject({ code: 64, out: "" });
    expect(await run(["1", "2"])).toMatchObject({ code: 64, out: "" });
  });
});

describe.skipIf(!isRoot)("with rights taken away", () => {
  const nobody = [...becomeNobody];
  const without = (...capabilities: string[]): string[] => ["setpriv", "--bounding-set", capabilities.map((name) => `-${name}`).join(",")];
  const filtered = (error: number, ...calls: number[]): string[] => [python.path, withoutCalls, String(error), calls.join(",")];
  const call = { ptrace: 101, readMemory: 310, bpf: 321 };

  test("an ordinary user", async () => {
    const said = await ask(null, nobody);
    expect(said.exitCode).toBe(0);
    expect(said.checks["others"]).toMatchObject({ verdict: "no", message: "that needs root, or CAP_SYS_PTRACE" });
    expect(said.checks["kernel"]).toMatchObject({ verdict: "no", message: expect.stringContaining("missing: CAP_BPF and CAP_PERFMON") as string });
    expect(said.checks["started"]?.verdict).toBe("yes");
  });

  test("an ordinary user, of a process that is not his", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const said = await ask(target.pid, nobody);
    expect(said).toMatchObject({ exitCode: 37, failure: "no-permission" });
    expect(said.process.at(-1)).toMatchObject({ id: "memory", verdict: "no", message: `process ${target.pid} belongs to user 0, and we run as user 65534` });
  });

  test("without CAP_BPF, as a container's root, the kernel does not help; nothing else is missing", async () => {
    const said = await ask(null, without("bpf", "sys_admin"));
    expect(verdicts(said)).toEqual({ kernel: "no", switches: "no", kernelClock: "no", kernelStacks: "no" });
    expect(said.checks["kernel"]?.message).toMatch(/missing: CAP_BPF$/);
    expect(said.exitCode).toBe(0);
  });

  test("without CAP_SYS_PTRACE", async () => {
    const nap = spawn(nobody[0]!, [...nobody.slice(1), "sleep", "60"]);
    try {
      await waitFor(() => readCommandLine(nap.pid!)[0] === "sleep", "sleep to start");
      const said = await ask(nap.pid!, without("sys_ptrace"));
      expect(said.checks["others"]).toMatchObject({ verdict: "no", message: "we are root, but without CAP_SYS_PTRACE" });
      expect(said).toMatchObject({ exitCode: 37 });
      expect(said.process.at(-1)?.message).toMatch(/may not be read: we are root, but without CAP_SYS_PTRACE$/);
    } finally {
      await end(nap);
    }
  });

  test.each([
    ["EPERM", 1],
    ["ENOSYS", 38],
  ])("behind a seccomp filter that says %s", async (_name, error) => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const said = await ask(target.pid, filtered(error, call.readMemory, call.bpf, call.ptrace));
    expect(said.exitCode).toBe(37);
    expect(verdicts(said)).toEqual({ memory: "no", started: "no", own: "no", others: "no", kernel: "no", switches: "no", kernelClock: "no", pause: "no" });
    for (const check of [said.checks["memory"], said.checks["kernel"], said.checks["pause"], said.checks[".memory"]])
      expect(check?.message).toContain("seccomp");
    expect(await lynceus(["where", String(target.pid)], { cwd: "/", prefix: filtered(error, call.readMemory) })).toMatchObject({
      code: 37,
      err: expect.stringContaining("process_vm_readv is not allowed here") as string,
    });
  });

  test("in a user namespace of our own", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const said = await ask(target.pid, ["unshare", "--user", "--map-root-user"]);
    expect(verdicts(said)).toEqual({ others: "partly", namespaces: "partly", kernel: "no", switches: "no", kernelClock: "no", kernelStacks: "no" });
    expect(said).toMatchObject({ exitCode: 37 });
    expect(said.process.at(-1)?.message).toContain("another user namespace");
  });

  test("in a pid namespace with the /proc of another", async () => {
    const said = await ask(null, ["unshare", "--pid", "--fork"]);
    expect(said).toMatchObject({ exitCode: 36, failure: "cannot-attach" });
    expect(verdicts(said)).toMatchObject({ proc: "no", started: "partly", namespaces: "partly" });
  });

  test("where /proc hides the processes of others", async () => {
    // As the first process of a pid namespace of its own: the option would else be that of everybody's /proc on older kernels.
    const inside = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc; "$@"; exit $?', "sh", ...nobody];
    const said = await ask(1, inside);
    expect(said.checks["proc"]?.message).toMatch(/hidepid=(?:2|invisible)/);
    expect(said).toMatchObject({ exitCode: 37, failure: "no-permission" });
    expect(said.process).toMatchObject([
      { id: "exists", verdict: "no", message: "there is a process 1, but /proc does not show it to us (mount option hidepid)" },
    ]);
  });

  test("from outside of the process's pid namespace", async () => {
    const unshare = ["--pid", "--fork", "--kill-child", python.path];
    await using target = await startTarget({ path: "unshare" }, "sleep_and_work.py", [], { pythonArguments: unshare });
    const said = await ask(target.pid);
    const [, inner] = /lynceus doctor (\d+)/.exec(said.checks[".python"]?.hint ?? "") ?? [];
    expect((await ask(Number(inner))).checks[".namespace"]?.message).toBe("another one, in which it is process 1; Lynceus shows the ids of ours");
  });
});
