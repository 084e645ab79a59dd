import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { canExist } from "../../bench/two-tree-judge.ts";
import { holdChildSignals } from "../../src/os/child-signals.ts";
import { monotonicNow, sleepUntil } from "../../src/os/clock.ts";
import { Pause, ThreadPauser } from "../../src/os/ptrace.ts";
import { NONE, Known } from "../../src/profile/tables.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { isRunning, lynceus, processState, startLynceus, temporaryFolder, waitFor, waitForRecording } from "../support/lynceus.ts";
import { loadRecorded, type Recorded } from "../support/recorded.ts";
import { programPath, startTarget } from "../support/target.ts";

const newest = requireInterpreters().at(-1)!;
const everySample = ["--source", "remote", "--pause", "always"] as const;

function shareOf(known: Known, { profile, samples }: Recorded): number {
  const all = samples();
  return all.filter((sample) => profile.samples.known[sample] === known).length / all.length;
}

describe("ThreadPauser", () => {
  const pauser = new ThreadPauser();
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  });

  async function start(command: string, ...args: string[]): Promise<number> {
    const child = spawn(command, args, { stdio: ["pipe", "inherit", "inherit"] });
    children.push(child);
    await once(child, "spawn");
    return child.pid!;
  }
  /** One that does not come late. Node must not look for ended children before what is asked to stop has stopped. */
  function pause(pid: number, look: () => void): Pause {
    const release = holdChildSignals();
    try {
      for (;;) {
        const outcome = pauser.pause(pid, pid, look);
        for (const giveUpAt = monotonicNow() + 20e9; !pauser.settle(); sleepUntil(monotonicNow() + 1e5))
          if (monotonicNow() > giveUpAt) throw new Error("it did not stop");
        if (outcome !== Pause.late) return outcome;
      }
    } finally {
      release();
    }
  }
  const startBusy = (): Promise<number> => start("sh", "-c", "while :; do :; done");
  const tracerOf = (pid: number): number => Number(/^TracerPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]);

  it("stops a thread for as long as one looks, traced by the very thread that looks", async () => {
    const pid = await startBusy();
    const ownThread = Number(/^Pid:\t(\d+)$/m.exec(readFileSync("/proc/thread-self/status", "latin1"))![1]);
    for (let round = 0; round < 500; round++) {
      let seen: unknown = null;
      const outcome = pause(pid, () => (seen = { state: processState(pid), tracer: tracerOf(pid) }));
      expect({ outcome, seen }).toEqual({ outcome: Pause.done, seen: { state: "t", tracer: ownThread } });
    }
    expect({ state: isRunning(pid), tracer: tracerOf(pid) }).toEqual({ state: true, tracer: 0 });
  });

  it("lets go when the one who looks throws", async () => {
    const pid = await startBusy();
    const throwing = (): never => {
      throw new Error("looked");
    };
    expect(() => pause(pid, throwing)).toThrow("looked");
    expect({ state: isRunning(pid), tracer: tracerOf(pid) }).toEqual({ state: true, tracer: 0 });
  });

  it("leaves a stopped process stopped, and one that sleeps asleep", async () => {
    const pid = await start("sleep", "60");
    expect(pause(pid, () => {})).toBe(Pause.done);
    await expect.poll(() => processState(pid)).toBe("S");
    process.kill(pid, "SIGSTOP");
    await expect.poll(() => processState(pid)).toBe("T");
    for (let round = 0; round < 10; round++) expect(pause(pid, () => {})).toBe(Pause.done);
    await expect.poll(() => processState(pid)).toBe("T");
    process.kill(pid, "SIGCONT");
    await expect.poll(() => processState(pid)).toBe("S");
  });

  it("tells who may not be paused: traced by another, gone, not there", async () => {
    const pid = await startBusy();
    const strace = spawn("strace", ["-q", "-o", "/dev/null", "-p", String(pid)], { stdio: "ignore" });
    children.unshift(strace);
    await expect.poll(() => tracerOf(pid)).toBe(strace.pid);
    expect(pause(pid, () => {})).toBe(Pause.refused);
    strace.kill("SIGTERM");
    await once(strace, "exit");
    await expect.poll(() => pause(pid, () => {})).toBe(Pause.done);
    expect(pause(0x3fff_ffff, () => {})).toBe(Pause.gone);
  });

  it("bears that the process is killed where it stands, and leaves its status to Node", async () => {
    for (let round = 0; round < 20; round++) {
      const pid = await startBusy();
      const exit = once(children.at(-1)!, "exit");
      expect(pause(pid, () => process.kill(pid, "SIGKILL"))).toBe(Pause.done);
      expect(await exit).toEqual([null, "SIGKILL"]);
    }
  });

  it("comes back for a thread that cannot stop now: in the middle of vfork", async () => {
    using folder = temporaryFolder();
    const fifo = folder.file("fifo");
    await once(spawn("mkfifo", [fifo]), "exit");
    const program = `import os, time\nprint("BEFORE", flush=True)\npid = os.posix_spawn("/bin/true", ["true"], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 0, ${JSON.stringify(fifo)}, os.O_RDONLY, 0)])\nos.waitpid(pid, 0)\nprint("AFTER", flush=True)\ntime.sleep(60)`;
    const child = spawn(newest.path, ["-c", program], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const pid = child.pid!;
    await expect.poll(() => processState(pid)).toBe("D");
    // Its stop comes when Node may look for children that have ended.
    const release = holdChildSignals();
    try {
      expect(pauser.pause(pid, pid, () => expect.unreachable())).toBe(Pause.late);
      expect(pauser.isWaiting).toBe(true);
      expect(pauser.pause(pid, pid, () => expect.unreachable())).toBe(Pause.late);
      openSync(fifo, "w");
      await waitFor(() => pauser.settle(), "its stop");
    } finally {
      release();
    }
    await expect.poll(() => processState(pid)).toBe("S");
    expect({ exitCode: child.exitCode, tracer: tracerOf(pid) }).toEqual({ exitCode: null, tracer: 0 });
  });
});

describe.each(requireInterpreters())("--pause, $version", (interpreter) => {
  it("always: every sample of a running thread is paused and none is impossible", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    await using target = await startTarget(interpreter, "two_trees.py");
    expect(await lynceus(["attach", ...everySample, "-x", "2", "-o", file, String(target.pid)])).toMatchObject({ code: 0 });
    const recorded = loadRecorded(file);
    const { samples, stacks, frames, functions, strings } = recorded.profile;
    const impossible = recorded.samples().filter((sample) => {
      const told = [];
      for (let stack = samples.stack[sample]!; stack !== NONE; stack = stacks.parent[stack]!) {
        const frame = stacks.frame[stack]!;
        told.push({ name: strings[functions.name[frames.function[frame]!]!]!, line: frames.line[frame]! });
      }
      return !canExist(told.toReversed());
    });
    const whole = impossible.filter((sample) => samples.known[sample] === Known.paused);
    expect(whole.map((sample) => recorded.stack(sample).join(" "))).toEqual([]);
    expect(shareOf(Known.paused, recorded)).toBeGreaterThan(0.5); // Where the machine is busy, a thread may not stop in time.
    expect(isRunning(target.pid)).toBe(true);
  });

  it("auto: in at most 1 % of the time, and never: not at all", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "two_trees.py");
    for (const pause of ["auto", "never"]) {
      const file = folder.file(`${pause}.lyn`);
      const { err } = await lynceus(["attach", "-v", "--source", "remote", "--pause", pause, "-i", "100us", "-x", "2", "-o", file, String(target.pid)]);
      const [, time, unit] = /threads were paused for ([\d.]+) (us|ms|s)\n/.exec(err) ?? [];
      const paused = shareOf(Known.paused, loadRecorded(file));
      if (pause === "never") expect({ time, paused }).toEqual({ time: undefined, paused: 0 });
      else {
        expect(paused).toBeGreaterThan(0);
        // Some may be long ones on a busy machine. "always" would come to about 1 s.
        expect(Number(time) * { us: 1, ms: 1e3, s: 1e6 }[unit!]!).toBeLessThan(0.01 * 2e6 + 80e3);
      }
    }
  });

  it("neither loses nor doubles a signal", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "counts_all_signals.py");
    const signal = Number(target.ready);
    await using running = startLynceus(["attach", ...everySample, "-i", "100us", "-o", folder.file("a.lyn"), String(target.pid)]);
    await waitForRecording(folder.file("a.lyn"));
    const sent = Number(process.env["LYNCEUS_SIGNALS"] ?? 5000);
    for (let number = 1; number <= sent; number++) {
      process.kill(target.pid, signal);
      if (number % 5 === 0) await sleep(1);
    }
    expect(await target.nextLine()).toBe(`COUNTED ${sent}`);
    expect((await running.ended).code).toBe(0);
    expect(shareOf(Known.paused, loadRecorded(folder.file("a.lyn")))).toBeGreaterThan(0.3);
  }, 300_000);

  it("leaves stops by signals, and what wait says of them, to the parent", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "stops_child.py", ["300"]);
    await using running = startLynceus(["attach", ...everySample, "-i", "50us", "-o", folder.file("a.lyn"), target.ready]);
    await waitForRecording(folder.file("a.lyn"));
    target.process.stdin.write("go\n");
    expect(await target.nextLine()).toBe("RIGHT");
    expect((await running.ended).code).toBe(0);
  });

  it("bears threads that are born and end, vfork and exec, and its exit code is ours", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { code, out } = await lynceus(["run", ...everySample, "-i", "50us", "-o", file, interpreter.path, programPath("restless.py"), "2"]);
    expect({ code, out }).toEqual({ code: 7, out: "READY\nREADY\nREADY\nDONE\n" });
    const recorded = loadRecorded(file);
    expect(recorded.profile.end?.reason).toBe("the program ended");
    expect(recorded.profile.processes.length).toBe(3);
  });
});

describe("Lynceus itself", () => {
  it("killed at any moment: the program runs on", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(newest, "two_trees.py");
    for (let round = 0; round < 10; round++) {
      const file = folder.file(`${round}.lyn`);
      await using running = startLynceus(["attach", ...everySample, "-i", "10us", "-o", file, String(target.pid)]);
      await waitForRecording(file);
      await sleep(Math.random() * 20);
      process.kill(running.pid, "SIGKILL");
      await running.exited;
      expect(isRunning(target.pid)).toBe(true);
    }
  });

  it("stopped at any moment: no thread of the program stands for more than some milliseconds", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(newest, "two_trees.py");
    await using running = startLynceus(["attach", ...everySample, "-i", "10us", "-o", folder.file("a.lyn"), String(target.pid)]);
    await waitForRecording(folder.file("a.lyn"));
    for (let round = 0; round < 25; round++) {
      process.kill(running.pid, "SIGSTOP");
      // It may take its time for what it has to finish, but then it stands and the program runs.
      await sleep(30);
      await expect.poll(() => [processState(running.pid), isRunning(target.pid)], { interval: 10 }).toEqual(["T", true]);
      process.kill(running.pid, "SIGCONT");
      await sleep(300 + Math.random() * 10);
    }
    process.kill(running.pid, "SIGINT");
    expect((await running.ended).code).toBe(0);
    expect(isRunning(target.pid)).toBe(true);
  });

  it("says who keeps it from pausing: a debugger", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(newest, "two_trees.py");
    const strace = spawn("strace", ["-q", "-o", "/dev/null", "-p", String(target.pid)], { stdio: "ignore" });
    await waitFor(() => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${target.pid}/status`, "latin1")), "strace");
    const { code, err } = await lynceus(["attach", ...everySample, "-x", "1", "-o", folder.file("a.lyn"), String(target.pid)]);
    strace.kill("SIGTERM");
    await once(strace, "exit");
    expect(code).toBe(0);
    expect(err).toContain(`not every thread could be paused: process ${target.pid} is traced by process ${strace.pid} (strace), and only one may do that\n`);
    expect(shareOf(Known.paused, loadRecorded(folder.file("a.lyn")))).toBe(0);
  });
});
