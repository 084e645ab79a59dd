import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { startTarget } from "../support/target.ts";

const python = requireInterpreters().at(-1)!;
/** What is installed: sampling runs in a worker, which only the built program has. */
const entry = [new URL("../../dist/bin.js", import.meta.url).pathname];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lynceus-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `lynceus ARGS` in the test's folder, with "input" on its stdin. */
function lynceus(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...entry, ...args], { cwd: folder, encoding: "utf8", maxBuffer: 1e9 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
    child.stdin!.on("error", () => {}); // It may have ended without reading.
    child.stdin!.end("input");
  });
}

interface Running {
  send(signal: NodeJS.Signals): void;
  /** What it wrote to stdout so far. */
  output(): string;
  readonly ended: Promise<Ended>;
}

/** Starts it, to be signalled. */
function start(...args: string[]): Running {
  const child = spawn(process.execPath, [...entry, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  return {
    send: (signal) => void child.kill(signal),
    output: () => out,
    ended: once(child, "close").then(([code]) => ({ code: code as number, out, err })),
  };
}

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1000) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

function program(text: string): string {
  const path = join(folder, "program.py");
  writeFileSync(path, text);
  return path;
}

function functionsIn(file: string): Set<string> {
  const names = new Set<string>();
  for (const block of openRecordingFile(join(folder, file)).blocks()) for (const text of block.strings) names.add(text);
  return names;
}

describe("run", () => {
  test("keeps the program's output and exit code; says what there is", async () => {
    const file = program("import sys, time\ndef nap(): time.sleep(0.3)\nnap()\nprint('done', sys.stdin.read())\nsys.exit(7)");
    const { code, out, err } = await lynceus("run", "-o", "a.lyn", "-o", "%(pid).collapsed", python.path, file);
    expect({ code, out }).toEqual({ code: 7, out: "done input\n" });
    expect(err).toMatch(/^lynceus: a\.lyn, \d+\.collapsed: [\d,]+ samples in .* at .*Hz, paused 0 %, lost .*; next: lynceus report a\.lyn\n$/);
    expect(functionsIn("a.lyn")).toContain("nap");
    expect(readdirSync(folder).filter((name) => /partial|tmp/.test(name))).toEqual([]);
  });

  test("a signal that ends the program is its exit code", async () => {
    const file = program("import os, time\ntime.sleep(0.2)\nos.kill(os.getpid(), 15)");
    expect(await lynceus("run", "-q", "-o", "a.lyn", python.path, file)).toEqual({ code: 143, out: "", err: "" });
  });

  test("SIGINT is the program's: its shutdown is recorded", async () => {
    const file = program(
      "import time\ndef shutdown(): time.sleep(0.3); print('bye', flush=True)\nprint('up', flush=True)\ntry: time.sleep(30)\nexcept KeyboardInterrupt: shutdown()",
    );
    const running = start("run", "-o", "a.lyn", python.path, file);
    await waitFor(() => running.output().includes("up"), "the program");
    await sleep(300);
    running.send("SIGINT");
    expect(await running.ended).toMatchObject({ code: 0, out: "up\nbye\n" });
    expect(functionsIn("a.lyn")).toContain("shutdown");
  });

  test("the second signal stops the recording and leaves the program", async () => {
    const file = program(
      "import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *a: None)\nprint('up', os.getpid(), flush=True)\nwhile True: time.sleep(0.01)",
    );
    const running = start("run", "-o", "a.collapsed", python.path, file);
    await waitFor(() => running.output().includes("up"), "the program");
    await sleep(300);
    running.send("SIGTERM");
    await sleep(300);
    running.send("SIGTERM");
    // Its stdout stays open as long as the program has it, so the file says when the recording has ended.
    await waitFor(() => readdirSync(folder).includes("a.collapsed"), "a.collapsed");
    const pid = Number(/up (\d+)/.exec(running.output())![1]);
    process.kill(pid, "SIGKILL");
    const { code, err } = await running.ended;
    expect(code).toBe(0);
    expect(err).toContain(`the program goes on, as process ${pid}\n`);
    expect(readFileSync(join(folder, "a.collapsed"), "utf8")).toContain("program.py");
  });

  test("-x --kill ends the program", async () => {
    const file = program("import time\nwhile True: time.sleep(0.01)");
    const { code, err } = await lynceus("run", "-x", "0.5", "--kill", "-o", "a.lyn", python.path, file);
    expect(code).toBe(143);
    expect(err).toContain("a.lyn: ");
  });

  test("options after the program are the program's", async () => {
    const file = program("import sys, time\ntime.sleep(0.1)\nprint(sys.argv[1:])");
    expect((await lynceus("-q", "-o", "a.lyn", python.path, file, "-h", "--", "-V", "-o", "x")).out).toBe("['-h', '--', '-V', '-o', 'x']\n");
  });

  test("the disk is full: an error, and the program is not to blame", async () => {
    const { code, err } = await lynceus("run", "-F", "lyn", "-o", "/dev/full", python.path, program("import time; time.sleep(0.5)"));
    expect(code).toBe(73);
    expect(err).toBe("lynceus: cannot write /dev/full: no space left on device\n");
  });

  test.each([
    [["run", "/nonexistent/program", "--help", "-V"], 33, "/nonexistent/program"],
    [["run", "no-such-command"], 33, "no-such-command"],
    [["run", "/etc/passwd"], 33, "/etc/passwd"],
    [["reprot", "x.lyn"], 33, "did you mean: lynceus report"],
    [["run", "-t", "300ms", "--", "sleep", "1"], 32, "Python"],
  ])("lynceus %j: %d", async (args, code, text) => {
    const ended = await lynceus(...args);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(text);
    expect(ended.err).toMatch(/^lynceus: [^\n]+\n(?: {2}[^\n]+\n)?$/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("attach and where", () => {
  test("SIGTERM ends the recording, not the process", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const running = start("attach", "-v", "-o", "a.lyn", String(target.pid));
    await sleep(2500);
    running.send("SIGTERM");
    const { code, err } = await running.ended;
    expect(code).toBe(0);
    expect(err).toMatch(/lynceus: interrupted; .*verified.*\nlynceus: a\.lyn: /);
    expect(target.process.exitCode).toBeNull();
    expect(openRecordingFile(join(folder, "a.lyn")).isComplete).toBe(true);
  });

  test("a pipe whose reader goes away ends attach quietly", async () => {
    await using target = await startTarget(python, "sleep_and_work.py");
    const shell = spawn(
      "sh",
      ["-c", '"$@" | head -c 10 | wc -c', "sh", process.execPath, ...entry, "attach", "-q", "-F", "lyn", "-o", "-", String(target.pid)],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let text = "";
    shell.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
    shell.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
    await once(shell, "close");
    expect(text.trim()).toBe("10");
  });

  test("where says what every thread does, as text and as JSON, through a pipe", async () => {
    await using target = await startTarget(python, "deep_recursion.py", ["500"]);
    const text = await lynceus("-w", String(target.pid));
    expect(text).toMatchObject({ code: 0, err: "" });
    expect(text.out).toMatch(new RegExp(`^Process ${target.pid}: .*deep_recursion\\.py`));
    expect(text.out).toMatch(/\.\.\. the same \d+ more times/);
    const json = await lynceus("where", String(target.pid), "--json");
    const { pid, threads } = JSON.parse(json.out) as { pid: number; threads: { frames: object[] }[] };
    expect(pid).toBe(target.pid);
    expect(Math.max(...threads.map(({ frames }) => frames.length))).toBeGreaterThan(500);
  });
});

test("a page that was made for a mode is a recording for that mode", async () => {
  const example = fileURLToPath(new URL("../golden/example.lyn", import.meta.url));
  expect(await lynceus("convert", example, "--mode", "gil", "-o", "gil.html")).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse((await lynceus("report", "gil.html", "--json")).out)).toMatchObject({ mode: "gil" });
});
