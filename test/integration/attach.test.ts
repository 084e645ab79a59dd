import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { requireInterpreters } from "../support/interpreters.ts";
import { isRunning, lynceus, startLynceus, temporaryFolder, waitForRecording } from "../support/lynceus.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

describe.each(requireInterpreters())("attach on CPython $version", (interpreter) => {
  test.concurrent("-x ends the recording by itself, in every mode, and not the program", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "generators.py");
    for (const options of [[], ["-c"], ["--mode", "gil"]]) {
      const { code, out, err } = await lynceus(["attach", ...options, "-x", "0.5", "-o", folder.file("a.lyn"), String(target.pid)]);
      expect({ code, out }).toEqual({ code: 0, out: "" });
      expect(err).toMatch(/^lynceus: \S+a\.lyn: [\d,]+ samples in \d+(\.\d+)? (s|ms) at \d.*Hz, paused 0 %, lost .*; next: lynceus report \S+a\.lyn\n$/);
      const { profile, functions } = loadRecorded(folder.file("a.lyn"));
      expect(profile).toMatchObject({
        isComplete: true,
        end: { reason: "time is up" },
        meta: { mode: options.at(-1) === "-c" ? "cpu" : (options[1] ?? "wall") },
      });
      expect(functions()).toContain("pull");
    }
    expect(isRunning(target.pid)).toBe(true);
  });

  test.concurrent("a program that ends meanwhile ends the recording", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "short.py", ["4000", "7"]);
    const { code } = await lynceus(["attach", "-q", "-o", folder.file("a.lyn"), String(target.pid)]);
    // The exit code of a program that we did not start is not ours to report.
    expect(code).toBe(0);
    expect(loadRecorded(folder.file("a.lyn")).profile).toMatchObject({ isComplete: true, end: { reason: "the program ended" } });
    expect(await target.stop()).toEqual({ code: 7, signal: null });
  });

  test.concurrent("stacks of generators and coroutines stand on who drives them", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "generators.py");
    expect((await lynceus(["attach", "-q", "-x", "1", "-o", folder.file("a.lyn"), String(target.pid)])).code).toBe(0);
    const { samples, stack } = loadRecorded(folder.file("a.lyn"));
    const expected = new Set([
      "pull > outer_generator > inner_generator > spin",
      "drive > outer_coroutine > inner_coroutine > spin",
      "drive > loop_over > async_numbers > spin",
    ]);
    const stacks = samples().map((sample) => stack(sample).slice(2).join(" > "));
    const known = stacks.filter((text) => expected.has(text));
    expect(new Set(known)).toEqual(expected);
    expect(known.length).toBeGreaterThan(0.8 * stacks.length);
    for (const sample of samples()) expect(stack(sample).slice(0, 2)).toEqual(["<module>", "main"]);
  });
});

describe("outputs of one recording", () => {
  const python = requireInterpreters().at(-1)!;

  test("several -o hold the same", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "split_70_30.py");
    const names = ["a.lyn", "a.html", "a.austin", "a.collapsed", "b-%(pid).lyn"];
    const { code, err } = await lynceus(["attach", "-x", "0.5", ...names.flatMap((name) => ["-o", name]), String(target.pid)], { cwd: folder.path });
    expect(code).toBe(0);
    const files = names.map((name) => name.replace("%(pid)", String(target.pid)));
    expect(err).toContain(files.join(", "));
    expect(readdirSync(folder.path).toSorted()).toEqual(files.toSorted());
    const counts = [];
    for (const file of ["a.lyn", "a.html", files.at(-1)!]) counts.push(loadRecorded(folder.file(file)).profile.samples.length);
    const lines = readFileSync(folder.file("a.collapsed"), "utf8").trimEnd().split("\n");
    counts.push(lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0));
    expect(counts[0]).toBeGreaterThan(50);
    expect(new Set(counts).size).toBe(1);
    expect(readFileSync(folder.file("a.austin"), "utf8")).toMatch(/^P\d+;T\d+:?\d*;.*seventy.* \d+$/m);
  });

  test("without -o a picture named after the program and its process", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "split_70_30.py");
    expect((await lynceus(["-x", "0.3", "-p", String(target.pid)], { cwd: folder.path })).code).toBe(0);
    expect(readdirSync(folder.path)).toEqual([`split_70_30-${target.pid}.html`]);
  });

  test("-o - goes into another command, which may take its time", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "split_70_30.py");
    await using running = startLynceus(["attach", "-q", "-x", "0.5", "-F", "collapsed", "-o", "-", String(target.pid)], { cwd: folder.path });
    running.process.stdout.pause();
    await sleep(1500);
    running.process.stdout.resume();
    const { code, out, err } = await running.ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^python[\d.]*:\d+;MainThread;.*seventy \(.*split_70_30\.py:\d+\) \d+$/m);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("a .lyn file can be read while it is made", async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "split_70_30.py");
    await using running = startLynceus(["attach", "-q", "-x", "3", "-o", folder.file("a.lyn"), String(target.pid)]);
    await waitForRecording(folder.file("a.lyn"));
    await sleep(1500);
    const { code, out } = await lynceus(["report", folder.file("a.lyn")]);
    expect(code).toBe(0);
    expect(out).toContain("seventy");
    expect(await running.ended).toMatchObject({ code: 0, err: "" });
  });
});
