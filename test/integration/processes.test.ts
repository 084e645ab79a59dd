import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { State } from "../../src/profile/tables.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, processState, startLynceus, temporaryFolder, waitFor, waitForRecording } from "../support/lynceus.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath, startTarget } from "../support/target.ts";

/** The pids of the recorded processes, each as often as it was begun with. */
const pidsOf = ({ profile }: Recorded): readonly number[] => profile.processes.map(({ pid }) => pid);

/** The samples of a function, anywhere in their stacks. */
const samplesOf = ({ samples, stack }: Recorded, name: string): readonly number[] => samples((sample) => stack(sample).includes(name));

/** Roughly, as several run side by side here. */
function expectAbout(measured: number, truth: number): void {
  expect(measured).toBeGreaterThan(0.3 * truth);
  expect(measured).toBeLessThan(3 * truth);
}

describe.each(requireInterpreters())("processes on CPython $version", ({ path, version }) => {
  test.concurrent("-C records forked children, each as a process of its own", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget({ path }, "forks.py", ["2"]);
    const children = JSON.parse(target.ready) as number[];
    for (const [options, pids] of [
      [["-C"], [target.pid, ...children]],
      [[], [target.pid]],
    ] as const) {
      expect(await lynceus(["attach", "-q", ...options, "-x", "0.7", "-o", folder.file("a.lyn"), String(target.pid)])).toMatchObject({ code: 0, err: "" });
      const recorded = loadRecorded(folder.file("a.lyn"));
      expect(new Set(pidsOf(recorded))).toEqual(new Set(pids));
      expect(pidsOf(recorded)).toHaveLength(pids.length);
      const { profile } = recorded;
      for (const { pid, parentPid, pythonVersion } of profile.processes) {
        expect({ parentPid, pythonVersion }).toEqual({ parentPid: pid === target.pid ? process.pid : target.pid, pythonVersion: version });
        const thread = profile.threads.findIndex((row) => profile.processes[row.process]!.pid === pid);
        const stacks = recorded.samples((sample) => profile.samples.thread[sample] === thread).map((sample) => recorded.stack(sample));
        const owner = pid === target.pid ? "parent_wait" : "child_work";
        expect(stacks.filter((stack) => stack.includes(owner)).length).toBeGreaterThan(0.9 * stacks.length);
      }
    }
  });

  test.concurrent("a program that executes another Python program is recorded before and after", async () => {
    using folder = temporaryFolder();
    const { code, out } = await lynceus(["run", "-q", "-x", "2", "--kill", "-o", folder.file("a.lyn"), path, programPath("execs.py"), "600"]);
    expect({ code, out }).toEqual({ code: 143, out: "READY\nAGAIN\n" });
    const recorded = loadRecorded(folder.file("a.lyn"));
    expect(pidsOf(recorded)).toHaveLength(2);
    expect(new Set(pidsOf(recorded)).size).toBe(1);
    expect(recorded.profile.processes.map(({ commandLine }) => commandLine.at(-1))).toEqual(["600", "again"]);
    expectAbout(recorded.sum(samplesOf(recorded, "before_exec")) / 1e9, 0.6);
    expect(samplesOf(recorded, "after_exec").length).toBeGreaterThan(0);
  });

  test.concurrent("a program that executes one that is not Python is waited for", async () => {
    using folder = temporaryFolder();
    const { code } = await lynceus(["run", "-q", "-o", folder.file("a.lyn"), path, programPath("execs.py"), "600", "sh", "-c", "sleep 0.3; exit 6"]);
    expect(code).toBe(6);
    const recorded = loadRecorded(folder.file("a.lyn"));
    expect(recorded.profile.end).toMatchObject({ reason: "the program ended" });
    expect(recorded.profile.end!.duration).toBeGreaterThan(700e6);
    expectAbout(recorded.sum(samplesOf(recorded, "before_exec")) / 1e9, 0.6);
  });

  test.concurrent("a process that is stopped for a while is shown as stopped, and recording goes on after it", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget({ path }, "split_70_30.py");
    await using running = startLynceus(["attach", "-q", "-x", "1.5", "-o", folder.file("a.lyn"), String(target.pid)]);
    await waitForRecording(folder.file("a.lyn"));
    process.kill(target.pid, "SIGSTOP");
    const stopped = performance.now();
    await sleep(500);
    process.kill(target.pid, "SIGCONT");
    const seconds = (performance.now() - stopped) / 1000;
    expect(await running.ended).toMatchObject({ code: 0, err: "" });
    const recorded = loadRecorded(folder.file("a.lyn"));
    const { samples, stack, sum, profile } = recorded;
    const isStopped = (sample: number): boolean => (profile.samples.state[sample]! & State.stopped) !== 0;
    expect(Math.abs(sum(samples(isStopped)) / 1e9 - seconds)).toBeLessThan(0.1);
    for (const sample of samples(isStopped)) expect(stack(sample).at(-1)).toBe("(stopped)");
    expect(sum(samples(isStopped), "cpu")).toBeLessThan(0.02e9);
    expect(isStopped(samples().at(-1)!)).toBe(false);
    expect(["R", "S"]).toContain(processState(target.pid));
  });

  test.concurrent("a thread that ends has no samples any more; the others have", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget({ path }, "many_threads.py", ["5"]);
    await using running = startLynceus(["attach", "-q", "-x", "1.4", "-o", folder.file("a.lyn"), String(target.pid)]);
    await waitForRecording(folder.file("a.lyn"));
    await sleep(200);
    target.process.stdin.write("end 2\n");
    await target.nextLine();
    expect(await running.ended).toMatchObject({ code: 0, err: "" });
    const { profile, samples, threadName } = loadRecorded(folder.file("a.lyn"));
    const lastOf = (name: string): number => profile.samples.time[samples((sample) => threadName(sample) === name).at(-1)!]!;
    expect(lastOf("worker-1") - lastOf("worker-2")).toBeGreaterThan(0.2e9);
    expect(profile.end!.duration - lastOf("worker-1")).toBeLessThan(0.2e9);
    expect(lastOf("worker-2")).toBeGreaterThan(0.1e9);
  });
});

describe("many processes", () => {
  test("of 200 children that live for 60 ms most are seen, and nothing of them stays open", { timeout: 120_000 }, async () => {
    using folder = temporaryFolder();
    const { path } = requireInterpreters().at(-1)!;
    await using target = await startTarget({ path }, "sleep_and_work.py");
    const most = { files: 0, processes: 0 };
    await using running = startLynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), path, programPath("short_children.py"), "200", "2"]);
    const countFiles = (): number => readdirSync(`/proc/${running.pid}/fd`).length;
    await waitFor(() => running.out().includes("READY"), "the program");
    const watch = setInterval(() => (most.files = Math.max(most.files, countFiles())), 50);
    const { code, out } = await running.ended;
    clearInterval(watch);
    expect({ code, out }).toEqual({ code: 0, out: "READY\n200\n" });
    // Three files a thread, and at most two children and their parent at a time.
    expect(most.files).toBeLessThan(60);
    const recorded = loadRecorded(folder.file("a.lyn"));
    expect(new Set(pidsOf(recorded)).size).toBeGreaterThan(150);
    expect(pidsOf(recorded)).toHaveLength(new Set(pidsOf(recorded)).size);
    expect(recorded.functions()).toContain("child_work");
    expect(target.process.exitCode).toBeNull();
  });
});
