import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { requireInterpreters } from "../support/interpreters.ts";
import { isRunning, lynceus, startLynceus, temporaryFolder, waitForRecording } from "../support/lynceus.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

const python = requireInterpreters().at(-1)!;
/** What a crash may lose. */
const mostLost = 1000;

describe("a recording that is cut off", () => {
  test.each([1, 2, 3, 4])("kill -9 at a random moment loses at most the last second (%d)", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    await using target = await startTarget(python, "split_70_30.py");
    await using running = startLynceus(["attach", "-q", "-i", "200us", "-o", file, String(target.pid)]);
    await waitForRecording(file);
    await sleep(1000 + Math.random() * 1500);
    const killed = Date.now();
    process.kill(running.pid, "SIGKILL");
    await running.exited;
    const { profile, functions } = loadRecorded(file);
    expect(profile.isComplete).toBe(false);
    expect(profile.end).toBeNull();
    expect(killed - (profile.meta.startedAt + profile.samples.time[profile.samples.length - 1]! / 1e6)).toBeLessThan(mostLost);
    expect(functions()).toContain("seventy");
    const { code, out } = await lynceus(["report", file]);
    expect(code).toBe(0);
    expect(out).toContain("seventy");
    expect(isRunning(target.pid)).toBe(true);
  });

  test("a full disk ends the recording with an error; what was written can be read", async ({ skip }) => {
    using folder = temporaryFolder();
    const disk = folder.file("disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], { stdio: "pipe" });
    } catch (error) {
      process.stderr.write(`\nNOT TESTED with a disk that fills up: only root may mount one here (${String(error)})\n`);
      skip();
    }
    try {
      await using target = await startTarget(python, "generators.py");
      const { code, out, err } = await lynceus(["attach", "-q", "-i", "50us", "-x", "30", "-o", `${disk}/a.lyn`, String(target.pid)]);
      expect({ code, out }).toEqual({ code: 73, out: "" });
      expect(err).toBe(
        `lynceus: cannot write ${disk}/a.lyn: no space left on device\n  what was recorded until then can be read: lynceus report ${disk}/a.lyn\n`,
      );
      copyFileSync(`${disk}/a.lyn`, folder.file("a.lyn"));
      expect(statSync(folder.file("a.lyn")).size).toBeGreaterThan(60_000);
      const { profile, functions } = loadRecorded(folder.file("a.lyn"));
      expect(profile.isComplete).toBe(false);
      expect(profile.samples.length).toBeGreaterThan(1000);
      expect(functions()).toContain("inner_generator");
      expect(isRunning(target.pid)).toBe(true);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
