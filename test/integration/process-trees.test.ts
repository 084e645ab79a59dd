import { describe, expect, test } from "vitest";
import type { WhereResult } from "../../src/sampler/where.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath, startTarget } from "../support/target.ts";

/*
 * Whole trees in one recording, however their processes came to be. The oldest, the middle and the newest version stand for
 * all: what differs between versions is tested elsewhere.
 */
const all = requireInterpreters();
const some = [...new Set([all[0]!, all[all.length >> 1]!, all.at(-1)!])];
const { path } = all.at(-1)!;

/** The pids of the processes that were seen in a function. */
function processesIn({ profile, samples, stack }: Recorded, name: string): ReadonlySet<number> {
  return new Set(
    samples((sample) => stack(sample).includes(name)).map((sample) => profile.processes[profile.threads[profile.samples.thread[sample]!]!.process]!.pid),
  );
}

const pidsOf = ({ profile }: Recorded): readonly number[] => profile.processes.map(({ pid }) => pid);

describe.each(some)("on CPython $version", (interpreter) => {
  // A fork server and the trackers of resources are processes of their own.
  test.each([
    ["fork", 3],
    ["spawn", 4],
    ["forkserver", 5],
  ])("multiprocessing by %s: %i processes", async (method, count) => {
    using folder = temporaryFolder();
    const { code, err } = await lynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), interpreter.path, programPath("pools.py"), method]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const recorded = loadRecorded(folder.file("a.lyn"));
    expect(processesIn(recorded, "child_work").size).toBe(2);
    expect([...processesIn(recorded, "parent_join")]).toEqual([pidsOf(recorded)[0]]);
    expect(new Set(pidsOf(recorded)).size).toBe(count);
    // Known by what others taught, each proved for itself.
    for (const { pythonVersion } of recorded.profile.processes) expect(pythonVersion).toBe(interpreter.version);
  });

  test("a daemon stays known when its parents are gone", async () => {
    using folder = temporaryFolder();
    const { code } = await lynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), interpreter.path, programPath("daemon.py"), "0.7"]);
    expect(code).toBe(0);
    const recorded = loadRecorded(folder.file("a.lyn"));
    const [daemon, ...others] = processesIn(recorded, "daemon_work");
    expect(others).toEqual([]);
    expect(daemon).not.toBe(pidsOf(recorded)[0]);
    expect(recorded.sum(recorded.samples((sample) => recorded.stack(sample).includes("daemon_work"))) / 1e9).toBeGreaterThan(0.4);
  });

  test("children that run other programs are no Python processes, not even before they execute them", async () => {
    using folder = temporaryFolder();
    const program = "import subprocess\nfor _ in range(40): subprocess.run(['true'], close_fds=False)\n";
    expect(await lynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), interpreter.path, "-c", program])).toMatchObject({ code: 0 });
    const recorded = loadRecorded(folder.file("a.lyn"));
    const { profile } = recorded;
    // Before 3.10 a child was a copy of its parent until then, and what it did there is true.
    const least = interpreter.minor >= 10 ? 0 : 40;
    expect(new Set(pidsOf(recorded)).size).toBeLessThanOrEqual(1 + least);
    if (least === 0) for (const { process } of profile.threads) expect(profile.processes[process]!.pid).toBe(pidsOf(recorded)[0]);
  });
});

test("different versions below a shell, side by side and one after the other", { timeout: 60_000 }, async () => {
  using folder = temporaryFolder();
  const spin = "import time\\nend = time.time() + 0.7\\nwhile time.time() < end: pass";
  const commands = all.map((interpreter) => `"${interpreter.path}" -c "$(printf '${spin}')"`);
  const half = commands.length >> 1;
  const script = `${commands.slice(0, half).join(" & ")} & sleep 0.1; ${commands.slice(half).join("; ")}; wait; exit 5`;
  const { code } = await lynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), "sh", "-c", script]);
  expect(code).toBe(5);
  const { profile } = loadRecorded(folder.file("a.lyn"));
  expect(new Set(profile.processes.map(({ pythonVersion }) => pythonVersion))).toEqual(new Set(all.map(({ version }) => version)));
});

test("where -C shows a process and those below it, as text and as JSON", async () => {
  await using target = await startTarget({ path }, "forks.py", ["2"]);
  const children = JSON.parse(target.ready) as number[];
  const { out, code } = await lynceus(["where", "-C", String(target.pid)]);
  expect(code).toBe(0);
  expect([...out.matchAll(/^Process (\d+):/gm)].map(([, pid]) => Number(pid))).toEqual([target.pid, ...children]);
  expect(out.match(/^ {2}child_work /gm)).toHaveLength(2);
  const results = JSON.parse((await lynceus(["where", "-C", "--json", String(target.pid)])).out) as WhereResult[];
  expect(results.map(({ pid, parentPid }) => [pid, parentPid])).toEqual([[target.pid, process.pid], ...children.map((pid) => [pid, target.pid])]);
});

test("where of a shell says which process below it runs Python", async () => {
  await using target = await startTarget({ path: "/bin/sh" }, "sleep_and_work.py", [], { pythonArguments: ["-c", '"$0" "$@"; exit', path] });
  const { code, err } = await lynceus(["where", String(target.pid)]);
  expect(code).toBe(32);
  expect(err).toMatch(
    /^lynceus: process \d+ does not run Python: .*\n {2}process \d+ below it does: lynceus where \d+, or all of them: lynceus where -C \d+\n$/,
  );
  process.kill(Number(/process (\d+) below/.exec(err)![1]), "SIGKILL");
});

test("what was left out is counted, and -C named, in the summary and in the report", async () => {
  using folder = temporaryFolder();
  await using target = await startTarget({ path }, "forks.py", ["2"]);
  const { err } = await lynceus(["attach", "-x", "0.3", "-o", folder.file("a.lyn"), String(target.pid)]);
  expect(err).toContain("2 Python processes below it were not recorded; -C records them too\n");
  expect((await lynceus(["report", folder.file("a.lyn")])).out).toContain("  2 Python processes below it were not recorded; -C records them too\n");
  const whole = await lynceus(["attach", "-C", "-x", "0.3", "-o", folder.file("b.lyn"), String(target.pid)]);
  expect(whole.err).not.toContain("not recorded");
  const { out } = await lynceus(["report", "--by-process", "--limit", "1", folder.file("b.lyn")]);
  expect(out.match(/^Wall time of process \d+ \(.*\), 1 thread:/gm)).toHaveLength(3);
});

describe("a program that is too quick to be sampled", () => {
  test.each([
    ["Python", [path, "-I", "-S", "-c", "import os; os._exit(7)"], 7],
    ["Python that only says its version", [path, "--version"], 0],
    ["anything else", ["true"], 32],
  ])("%s", async (_, command, expected) => {
    using folder = temporaryFolder();
    const { code, err } = await lynceus(["run", "-o", folder.file("a.lyn"), ...command]);
    expect(code).toBe(expected);
    expect(err).toMatch(/^lynceus: (the program ended before it could be sampled|the command ended before a Python|.*a\.lyn: \d+ samples)/m);
  });
});
