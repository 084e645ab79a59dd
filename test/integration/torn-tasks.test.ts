import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { loadProfile, type Profile } from "../../src/profile/profile.ts";
import { FunctionKind, NONE } from "../../src/profile/tables.ts";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { compiledModule, pythonModules } from "../support/python-packages.ts";
import { startTarget } from "../support/target.ts";

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-torn-tasks-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const interpreters = requireInterpreters();
/** The oldest and the newest, which keep frames in different ways. */
const outermost = interpreters.filter((_, index, all) => index === 0 || index === all.length - 1);

/** Names of functions without classes and of tasks, root first. */
function namesIn({ stacks, frames, functions, strings }: Profile, leaf: number): { readonly names: string[]; readonly hasTask: boolean } {
  const names: string[] = [];
  let hasTask = false;
  for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) {
    const func = frames.function[stacks.frame[stack]!]!;
    const name = strings[functions.name[func]!]!;
    names.push(name.slice(name.lastIndexOf(".") + 1));
    hasTask ||= functions.kind[func] === FunctionKind.task;
  }
  return { names: names.toReversed(), hasTask };
}

interface Judged {
  /** Stacks that name more than one tree of functions that never call or await each other. */
  readonly impossible: readonly string[];
  /** Rows with a task: of samples, and of what waited. */
  readonly running: number;
  readonly waiting: number;
}

/** `tree` finds in a name which of the program's trees it belongs to. */
function judge(file: string, tree: RegExp): Judged {
  const profile = loadProfile(openRecordingFile(file));
  const impossible: string[] = [];
  const count = (stacks: ArrayLike<number>, length: number): number => {
    let withTask = 0;
    for (let row = 0; row < length; row++) {
      const { names, hasTask } = namesIn(profile, stacks[row]!);
      if (hasTask) withTask++;
      if (new Set(names.flatMap((name) => tree.exec(name)?.[1] ?? [])).size > 1) impossible.push(names.join(" "));
    }
    return withTask;
  };
  const { samples, waits } = profile;
  return { running: count(samples.stack, samples.length), waiting: count(waits.stack, waits.length), impossible };
}

const colour = /^(red|blue)[_-]/;

describe("tasks that swap, end and are born as fast as they can have no chain that never was", () => {
  test.each(interpreters)("asyncio (CPython $version)", async (interpreter) => {
    await using target = await startTarget(interpreter, "asyncio_swaps.py");
    const { code, err } = await lynceus(["attach", "-x", "2", "-o", "a.lyn", String(target.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    const { impossible, running, waiting } = judge(join(folder, "a.lyn"), colour);
    expect(impossible).toEqual([]);
    // Tasks that were given names can only be told while they run: the machine decides how many.
    expect(running).toBeGreaterThan(20);
    expect(waiting).toBeGreaterThan(0);
  });

  test.each(["trio", "curio"].flatMap((library) => outermost.map((interpreter) => ({ library, ...interpreter }))))(
    "$library (CPython $version)",
    async ({ library, ...interpreter }) => {
      const modules = pythonModules(interpreter, library);
      if (modules === null) return;
      await using target = await startTarget(interpreter, "library_swaps.py", [library], { env: { PYTHONPATH: modules } });
      const { code, err } = await lynceus(["attach", "-x", "2", "-o", "b.lyn", String(target.pid)], { cwd: folder });
      expect(code, err).toBe(0);
      const { impossible, running } = judge(join(folder, "b.lyn"), colour);
      expect(impossible).toEqual([]);
      expect(running).toBeGreaterThan(20);
    },
  );

  test.each(outermost)("greenlets (CPython $version)", async (interpreter) => {
    const modules = compiledModule(interpreter, "greenlet");
    if (modules === null) return;
    await using target = await startTarget(interpreter, "greenlet_tears.py", ["8"], { env: { PYTHONPATH: modules } });
    const { code, err } = await lynceus(["attach", "-x", "2", "-o", "c.lyn", String(target.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    const { impossible, running } = judge(join(folder, "c.lyn"), /^t(\d+)_\d+$/);
    expect(impossible).toEqual([]);
    // Most are gone before they are read.
    expect(running).toBeGreaterThan(0);
  });
});
