import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { lynceus, startLynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { programPath, startTarget } from "../support/target.ts";

const all = requireInterpreters();
/** One of each kind of memory. */
const kinds = all.filter(({ minor }) => [8, 12].includes(minor) || minor === all.at(-1)!.minor);
const python = all.at(-1)!;

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-hostile-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function stringsIn(file: string): Set<string> {
  const strings = new Set<string>();
  for (const block of openRecordingFile(join(folder, file)).blocks()) for (const text of block.strings) strings.add(text);
  return strings;
}

describe.each(kinds)("names that are attacks ($version)", (interpreter) => {
  test("do nothing to a terminal, a page or a file of lines", async () => {
    const outputs = ["a.lyn", "a.html", "a.collapsed", "a.austin"];
    const { code, err } = await lynceus(["run", "-q", ...outputs.flatMap((name) => ["-o", name]), interpreter.path, programPath("odd_names.py"), "3"], {
      cwd: folder,
    });
    expect(code, err).toBe(0);
    const strings = stringsIn("a.lyn");
    // All of them are there, as they are.
    for (const name of [
      "esc\x1b[31m\x1b]0;title\x07",
      "bidi\u202e\u2066txt",
      "</script><img src=x onerror=alert(1)>",
      "nul\x00nul",
      "surrogate\udcff\ud800",
      "long".repeat(250_000),
    ]) {
      expect(strings.has(name), name.slice(0, 50)).toBe(true);
    }
    const report = await lynceus(["report", "a.lyn", "--limit", "0"], { cwd: folder });
    expect(report.code, report.err).toBe(0);
    expectHarmless(report.out);
    const page = readFileSync(join(folder, "a.html"), "utf8");
    expect(page).not.toContain("onerror=alert(1)");
    expect(page.match(/<\/script>/g)!.length).toBe(page.match(/<script[\s>]/g)!.length);
    for (const name of ["a.collapsed", "a.austin"]) {
      for (const line of readFileSync(join(folder, name), "utf8").trimEnd().split("\n")) expect(line.slice(-100)).toMatch(/^#|^$| \d+$/);
      expect((await lynceus(["report", name], { cwd: folder })).code).toBe(0);
    }
  });

  test("do nothing to a terminal while they are looked at", async () => {
    await using target = await startTarget(interpreter, "odd_names.py", ["1000"]);
    for (let round = 0; round < 4; round++) {
      const { code, out, err } = await lynceus(["where", String(target.pid)], { cwd: folder });
      expect(code, err).toBe(0);
      expectHarmless(out);
    }
  });

  /** Nothing but text and newlines, in lines that a person can be shown. */
  function expectHarmless(text: string): void {
    expect(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.exec(text)).toBeNull();
    expect(text.length).toBeLessThan(5_000_000);
  }
});

describe("killed", () => {
  test("Lynceus, at any moment: the program goes on, what was recorded opens", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    for (const [round, delay] of [80, 150, 220, 300, 400, 600, 900, 1500].entries()) {
      const running = startLynceus(["attach", "-o", `${round}.lyn`, String(target.pid)], { cwd: folder });
      await sleep(delay);
      running.send("SIGKILL");
      await running.ended;
      expect(stateOf(target.pid)).toMatch(/[RS]/);
    }
    for (const name of readdirSync(folder)) {
      const { code, err } = await lynceus(["report", name], { cwd: folder });
      expect(code, err).toBe(0);
    }
    // Half a second of samples is on disk after a second and a half.
    expect([...openRecordingFile(join(folder, "7.lyn")).blocks()].reduce((sum, { samples }) => sum + samples.length, 0)).toBeGreaterThan(100);
  });

  test("Lynceus, stopped and left so: the program goes on", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const running = startLynceus(["attach", "-o", "a.lyn", String(target.pid)], { cwd: folder });
    for (let round = 0; round < 10; round++) {
      await sleep(100 + round * 7);
      running.send("SIGSTOP");
      const before = cpuOf(target.pid);
      await sleep(300);
      expect(cpuOf(target.pid)).toBeGreaterThan(before);
      running.send("SIGCONT");
    }
    running.send("SIGINT");
    const { code, err } = await running.ended;
    expect(code, err).toBe(0);
  });

  test("the command that was started, while it is sampled: its signal is the exit code, the recording is whole", async () => {
    const file = join(folder, "dies.py");
    writeFileSync(file, "import os, time\ndef work():\n  end = time.time() + 0.4\n  while time.time() < end: pass\nwork()\nos.kill(os.getpid(), 9)\n");
    const { code, err } = await lynceus(["run", "-o", "a.lyn", python.path, file], { cwd: folder });
    expect(code, err).toBe(137);
    expect(openRecordingFile(join(folder, "a.lyn")).isComplete).toBe(true);
    expect(stringsIn("a.lyn")).toContain("work");
  });
});

test("more threads than files that may be open: all of them are seen", async () => {
  // Node opens up to 70 files at once while it loads the program; three for each of 200 threads do not fit.
  const fewFiles = ["prlimit", "--nofile=128"];
  await using target = await startTarget(python, "many_threads.py", ["200"]);
  const { code, err } = await lynceus(["attach", "-x", "1", "-o", "a.lyn", String(target.pid)], { cwd: folder, prefix: fewFiles });
  expect(code, err).toBe(0);
  const tids = new Set<number>();
  for (const { threads } of openRecordingFile(join(folder, "a.lyn")).blocks()) for (const { tid } of threads) tids.add(tid);
  expect(tids.size).toBe(201);
  expect((await lynceus(["where", String(target.pid)], { cwd: folder, prefix: fewFiles })).out.match(/^Thread /gm)).toHaveLength(201);
});

describe.each(kinds)("churn ($version)", (interpreter) => {
  test.each(["threads", "forks", "files", "execs", "names"])("%s", async (what) => {
    const { code, out, err, peak } = await lynceus(["run", "-o", "a.lyn", interpreter.path, programPath("churns.py"), what, "1"], { cwd: folder });
    expect(code, err).toBe(0);
    expect(out).toMatch(/^DONE \d+\n/m);
    // Children that live for less than a millisecond are met now and then.
    expect(err.replace(/^lynceus: \d+ Python process(es)? below it w(as|ere) not recorded; -C records them too\n/, "")).toMatch(/^lynceus: a\.lyn: [^\n]*\n$/);
    expect(peak).toBeLessThan(250 << 20);
    const recording = openRecordingFile(join(folder, "a.lyn"));
    expect(recording.isComplete).toBe(true);
    let lost = 0;
    let samples = 0;
    for (const { quality } of recording.blocks()) {
      for (const row of quality) {
        lost += row.lost;
        samples += row.verified + row.exact + row.paused + row.partial + row.lost;
      }
    }
    expect(samples).toBeGreaterThan(20);
    expect(lost / samples).toBeLessThan(0.05);
  });
});

function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** R, S, T ... as ps(1) has it. */
function stateOf(pid: number): string {
  return statOf(pid)[0]!;
}

/** In clock ticks. */
function cpuOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}
