import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "../../src/os/processes.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { entry, isRunning, startLynceus, temporaryFolder, waitFor, waitForRecording } from "../support/lynceus.ts";
import { loadRecorded } from "../support/recorded.ts";
import { projectRoot } from "../support/source-tree.ts";
import { programPath, startTarget } from "../support/target.ts";

const ctrlC = "\u0003";

/** A command in a terminal of its own, with job control's process group: what is written to it is typed. */
function inTerminal(command: readonly string[]): { readonly process: ChildProcessByStdio<Writable, Readable, null>; readonly screen: () => string } {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--flush", "--command", `exec ${words}`, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  return { process: child, screen: () => text };
}

describe.each(requireInterpreters())("signals with CPython $version", (interpreter) => {
  const { path } = interpreter;
  const program = [path, programPath("counts_signals.py")];

  test.concurrent("Ctrl-C in a terminal reaches the program once, and its exit code is ours", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { process: terminal, screen } = inTerminal([process.execPath, entry, "run", "-o", file, ...program]);
    await waitFor(() => screen().includes("READY"), "READY");
    await waitForRecording(file);
    terminal.stdin.write(ctrlC);
    await waitFor(() => screen().includes("SIGINT 1"), "the signal");
    await sleep(300);
    terminal.stdin.write("\n");
    const [code] = (await once(terminal, "close")) as [number];
    expect(code).toBe(3);
    expect(screen()).not.toContain("SIGINT 2");
    expect(screen()).toContain("a.lyn: ");
    expect(loadRecorded(file).profile).toMatchObject({ isComplete: true, end: { reason: "the program ended" } });
  });

  test.concurrent("SIGTERM to us alone is passed on once; a second one stops the recording, not the program", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    await using running = startLynceus(["run", "-o", file, ...program]);
    await waitFor(() => running.out().includes("READY"), "READY");
    await waitForRecording(file);
    process.kill(running.pid, "SIGTERM");
    await waitFor(() => running.out().includes("SIGTERM 1"), "the signal");
    await sleep(200);
    expect(running.process.exitCode).toBeNull();
    process.kill(running.pid, "SIGTERM");
    const { code } = await running.exited;
    expect(code).toBe(0);
    await waitFor(() => running.err().includes("a.lyn: "), "the summary");
    expect(running.out()).not.toContain("SIGTERM 2");
    const pid = Number(/the program goes on, as process (\d+)\n/.exec(running.err())?.[1]);
    expect(isRunning(pid)).toBe(true);
    expect(loadRecorded(file).profile).toMatchObject({ isComplete: true, end: { reason: "interrupted" } });
    running.process.stdin.end("end\n");
    await waitFor(() => !isRunning(pid), "the end of the program");
  });

  test.concurrent("attached: SIGINT to our process group writes the recording and leaves the program as it was", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    await using target = await startTarget(interpreter, "counts_signals.py");
    await using running = startLynceus(["attach", "-o", file, String(target.pid)], { ownGroup: true });
    await waitForRecording(file);
    process.kill(-running.pid, "SIGINT");
    expect(await running.ended).toMatchObject({ code: 0, out: "" });
    expect(loadRecorded(file).profile).toMatchObject({ isComplete: true, end: { reason: "interrupted" } });
    expect(isRunning(target.pid)).toBe(true);
    expect(target.lines()).toEqual([]);
  });

  test.concurrent("killed while it samples as fast as it can: the program is never left stopped", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "split_70_30.py");
    for (const signal of ["SIGKILL", "SIGQUIT"] as const) {
      const file = folder.file(`${signal}.lyn`);
      await using running = startLynceus(["attach", "-i", "10us", "-o", file, String(target.pid)]);
      await waitForRecording(file);
      process.kill(running.pid, signal);
      expect((await running.exited).code).toBeGreaterThan(128);
      expect(isRunning(target.pid)).toBe(true);
    }
  });
});

describe("impatience", () => {
  const python = requireInterpreters().at(-1)!;

  test("two signals at once abort, and say where the recording is", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    await using target = await startTarget(python, "split_70_30.py");
    await using running = startLynceus(["attach", "-o", file, String(target.pid)]);
    await waitForRecording(file);
    await sleep(1000);
    process.kill(running.pid, "SIGINT");
    process.kill(running.pid, "SIGTERM");
    const { code } = await running.exited;
    // The first may have been enough before the second came.
    expect([0, 130]).toContain(code);
    if (code === 130) await waitFor(() => running.err().includes(`aborted; what was recorded is in ${file}`), "where the recording is");
    expect(loadRecorded(file).functions()).toContain("seventy");
    expect(isRunning(target.pid)).toBe(true);
  });

  test("a signal before there is a Python is the program's; when it ends, so does the wait", async () => {
    using folder = temporaryFolder();
    await using running = startLynceus(["run", "-o", folder.file("a.lyn"), "sh", "-c", "echo $$; exec sleep 20"]);
    await waitFor(() => running.out().includes("\n"), "the command");
    const pid = Number(running.out());
    await waitFor(() => readCommandLine(pid)[0] === "sleep", "sleep");
    process.kill(running.pid, "SIGTERM");
    expect((await running.exited).code).toBe(32);
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(folder.file("a.lyn"))).toBe(false);
  });

  test("two signals before there is a Python end the wait, whatever the program thinks of them", async () => {
    using folder = temporaryFolder();
    await using running = startLynceus(["run", "-o", folder.file("a.lyn"), "sh", "-c", "trap '' INT; echo $$; exec sleep 20"]);
    await waitFor(() => running.out().includes("\n"), "the command");
    const pid = Number(running.out());
    process.kill(running.pid, "SIGINT");
    await sleep(200);
    process.kill(running.pid, "SIGINT");
    expect((await running.exited).code).toBe(130);
    expect(existsSync(folder.file("a.lyn"))).toBe(false);
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  });

  test("a terminal that is closed ends the program, and then us, with all that was recorded", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const command = [process.execPath, entry, "run", "-o", file, python.path, programPath("split_70_30.py")];
    const { stdout } = spawnSync(python.path, [join(projectRoot, "test/support/close_terminal.py"), "4", ...command], { encoding: "utf8" });
    // 128 and the number of SIGHUP, which the program died of.
    expect(stdout).toBe("129\n");
    expect(loadRecorded(file).profile).toMatchObject({ isComplete: true, end: { reason: "the program ended" } });
  });
});
