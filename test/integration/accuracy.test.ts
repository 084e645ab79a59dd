import { describe, expect, test } from "vitest";
import { State } from "../../src/profile/tables.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { onQuietMachine } from "../support/quiet-machine.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath } from "../support/target.ts";

/** Two percent points. */
const tolerance = 0.02;
/** What an interpreter computes before it has anything to sample. */
const startSeconds = 0.03;
const seconds = 2.5;

/** The shares of a report: what a user reads. Nanoseconds by function, own and total, and of all. */
interface Times {
  readonly all: number;
  readonly own: (name: string) => number;
  readonly total: (name: string) => number;
}

async function report(file: string, mode: "wall" | "cpu" | "gil", ...more: string[]): Promise<Times> {
  const { code, out, err } = await lynceus(["report", "--json", "--limit", "0", "--mode", mode, ...more, file]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [table] = (JSON.parse(out) as { tables: { time: number; rows: { name: string; own: number; total: number }[] }[] }).tables;
  const sum = (name: string, what: "own" | "total"): number => table!.rows.reduce((time, row) => time + (row.name === name ? row[what] : 0), 0);
  return { all: table!.time, own: (name) => sum(name, "own"), total: (name) => sum(name, "total") };
}

interface Measured extends Recorded {
  /** What the program said at its end. */
  readonly truth: Readonly<Record<string, number>>;
}

/** Runs a program for some seconds and records it from its start. */
async function run(python: string, program: string, file: string): Promise<Measured> {
  const { code, out } = await lynceus(["run", "-q", "-o", file, python, programPath(program), String(seconds)]);
  expect(code).toBe(0);
  return { ...loadRecorded(file), truth: JSON.parse(/^TRUTH (.*)$/m.exec(out)![1]!) as Record<string, number> };
}

function expectNear(measured: number, truth: number, most: number): void {
  expect(Math.abs(measured - truth), `${measured} is not ${truth}`).toBeLessThan(most);
}

describe.each(requireInterpreters())("accuracy on CPython $version", ({ path }) => {
  test("70 % and 30 % of the time, on the wall clock and on the CPU; all CPU time is there", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { truth, doubt } = await onQuietMachine(() => run(path, "split_70_30.py", file));
    for (const mode of ["wall", "cpu"] as const) {
      const { own } = await report(file, mode);
      expectNear(own("seventy") / (own("seventy") + own("thirty")), truth["seventy"]!, tolerance + doubt);
    }
    expectNear((await report(file, "cpu")).all / 1e9, truth["cpu"]!, (tolerance + doubt) * truth["cpu"]! + startSeconds);
  });

  test("sleep and work in equal parts on the wall clock, only work on the CPU", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { truth, doubt } = await onQuietMachine(() => run(path, "sleep_and_work.py", file));
    const wall = await report(file, "wall");
    expectNear(
      wall.total("sleeping") / (wall.total("sleeping") + wall.total("working")),
      truth["sleeping"]! / (truth["sleeping"]! + truth["working"]!),
      tolerance + doubt,
    );
    const cpu = await report(file, "cpu");
    expectNear(cpu.total("sleeping") / cpu.total("main"), truth["cpu asleep"]! / truth["cpu"]!, tolerance + doubt);
    expectNear(cpu.total("main") / 1e9 / truth["cpu"]!, 1, tolerance + doubt);
  });

  test("threads that compute and threads that wait", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const recorded = await onQuietMachine(() => run(path, "two_threads.py", file));
    const { samples, sum, threadName, truth, doubt } = recorded;
    const of = (name: string): readonly number[] => samples((sample) => threadName(sample) === name);
    expectNear(sum(of("cruncher"), "cpu") / 1e9 / truth["cruncher"]!, 1, tolerance + doubt);
    expect(sum(of("waiter"), "cpu")).toBeLessThan(tolerance * seconds * 1e9);
    for (const name of ["cruncher", "waiter"]) expectNear(sum(of(name)) / 1e9 / seconds, 1, tolerance + doubt);
    const wall = await report(file, "wall", "--thread", "waiter");
    expectNear(wall.total("wait_for_never") / wall.all, 1, tolerance);
  });

  test("two busy threads hold the GIL all the time together, each while it runs", async () => {
    using folder = temporaryFolder();
    const file = folder.file("a.lyn");
    const { profile, samples, sum, threadName, doubt } = await onQuietMachine(async () => {
      const command = [path, programPath("thread_states.py"), "compete"];
      expect(await lynceus(["run", "-q", "-x", String(seconds), "--kill", "-o", file, ...command])).toMatchObject({ code: 143 });
      return loadRecorded(file);
    });
    const isIn = (sample: number, state: number): boolean => (profile.samples.state[sample]! & state) === state;
    const of = (name: string, state: number): readonly number[] => samples((sample) => threadName(sample) === name && isIn(sample, state));
    // It wakes up every 5 ms to say that it waits. For that it needs a CPU, and on a busy machine it waits for one first.
    const wantsGil = (name: string): readonly number[] =>
      samples((sample) => threadName(sample) === name && !isIn(sample, State.holdsGil) && (isIn(sample, State.waitsForGil) || isIn(sample, State.onCpu)));
    const alive = sum(of("second", 0));
    const holds = (name: string): number => sum(of(name, State.holdsGil)) / alive;
    expectNear(holds("first") + holds("second"), 1, tolerance + doubt);
    const cpu = (name: string): number => sum(of(name, 0), "cpu");
    expectNear(holds("first"), cpu("first") / (cpu("first") + cpu("second")), 0.05 + doubt);
    for (const [waiter, holder] of [
      ["first", "second"],
      ["second", "first"],
    ] as const) {
      expectNear(sum(wantsGil(waiter)) / alive, holds(holder), 0.1 + doubt);
      expect(sum(of(waiter, State.waitsForGil)) / alive).toBeGreaterThan(holds(holder) / 4);
    }
    expectNear((await report(file, "gil")).all / profile.end!.duration, 1, 0.1 + doubt);
  });
});
