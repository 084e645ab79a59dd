import { describe, expect, test } from "vitest";
import { requireInterpreters } from "../support/interpreters.ts";
import { startLynceus, temporaryFolder } from "../support/lynceus.ts";
import { countRounds, readStolen, readWaitedForCpu } from "../support/quiet-machine.ts";
import { loadRecorded } from "../support/recorded.ts";
import { startTarget } from "../support/target.ts";

const seconds = 10;
const mostTries = 3;
const python = requireInterpreters().at(-1)!;

interface Measured {
  readonly due: number;
  readonly done: number;
  /** Rounds that the machine had no CPU for: 1 ms each that the sampler waited for one. */
  readonly prevented: number;
  /** Times of the samples of one thread, in ms. */
  readonly times: readonly number[];
}

async function measure(pid: number, file: string): Promise<Measured> {
  const stolen = readStolen();
  await using running = startLynceus(["attach", "-q", "-i", "1ms", "-x", String(seconds), "-o", file, String(pid)]);
  let waited = 0;
  const watch = setInterval(() => (waited = readWaitedForCpu(running.pid) || waited), 100);
  expect(await running.ended).toEqual({ code: 0, out: "", err: "" });
  clearInterval(watch);
  const { profile, samples } = loadRecorded(file);
  const { due, late } = countRounds(profile);
  const times = samples((sample) => profile.samples.thread[sample] === 0).map((sample) => profile.samples.time[sample]! / 1e6);
  return { due, done: due - late, prevented: waited + readStolen() - stolen, times };
}

describe("the schedule", () => {
  test("1 ms over 10 s is 10,000 rounds, to one percent, and does not drift", { timeout: 90_000 }, async () => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "sleep_and_work.py");
    let measured = await measure(target.pid, folder.file("a.lyn"));
    for (let tries = 1; measured.done < 9_900 && tries < mostTries; tries++) measured = await measure(target.pid, folder.file("a.lyn"));
    const { due, done, prevented, times } = measured;
    expect(due).toBeGreaterThanOrEqual(9_900);
    expect(due).toBeLessThanOrEqual(10_100);
    // What is missing on a machine that never was quiet must be what the kernel says that it kept the sampler waiting.
    expect(done + prevented).toBeGreaterThanOrEqual(9_900);
    expect(times.length).toBe(done);
    // Each lies somewhere in its millisecond: no part of it is looked at much more often than another.
    const quarters = [0, 0, 0, 0];
    for (const time of times) quarters[Math.floor((time % 1) * 4)]!++;
    for (const count of quarters) expect(Math.abs(count / times.length - 0.25)).toBeLessThan(0.05);
  });

  test.each([
    ["100us", 10_000],
    ["50ms", 20],
  ])("-i %s is asked for %d times a second", async (interval, rate) => {
    using folder = temporaryFolder();
    await using target = await startTarget(python, "sleep_and_work.py");
    await using running = startLynceus(["attach", "-q", "-i", interval, "-x", "2", "-o", folder.file("a.lyn"), String(target.pid)]);
    expect((await running.ended).code).toBe(0);
    const { profile } = loadRecorded(folder.file("a.lyn"));
    const { due } = countRounds(profile);
    expect(Math.abs(due / ((profile.end!.duration / 1e9) * rate) - 1)).toBeLessThan(0.06);
  });
});
