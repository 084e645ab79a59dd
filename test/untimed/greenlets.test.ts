import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address } from "../../src/base/units.ts";
import { GreenletCensus } from "../../src/cpython/greenlets/greenlet-census.ts";
import { greenletLayouts } from "../../src/cpython/greenlets/greenlet-layouts.ts";
import { GreenletTypes } from "../../src/cpython/greenlets/greenlet-types.ts";
import type { FoundTask } from "../../src/cpython/tasks/found-task.ts";
import { Footprint } from "../../src/sampler/tasks/footprint.ts";
import { type GreenletProcess, openGreenlets } from "../support/greenlet-process.ts";
import { type Interpreter, requireInterpreters } from "../support/interpreters.ts";
import { lynceus } from "../support/lynceus.ts";
import { compiledModule } from "../support/python-packages.ts";
import { startTarget, type Target } from "../support/target.ts";

/** Layouts differ by greenlet's release and by Python's version: each that there is, once at least. */
const releases: readonly (readonly [minor: number, greenlet: string])[] = [
  [8, "greenlet==1.1.3"],
  [8, "gevent"],
  [9, "greenlet==2.0.2"],
  [10, "greenlet==1.1.3"],
  [10, "greenlet==3.0.3"],
  [11, "greenlet==1.1.3"],
  [11, "greenlet==2.0.2"],
  [11, "gevent"],
  [12, "greenlet==3.0.0"],
  [12, "greenlet==3.0.3"],
  [12, "eventlet"],
  [13, "greenlet==3.1.0"],
  [13, "greenlet==3.1.1"],
  [13, "gevent"],
  [14, "greenlet==3.2.4"],
  [14, "greenlet==3.3.0"],
  [15, "gevent"],
];

/** What test/programs/greenlets.py says of each. Addresses are `id()`s. */
interface GreenletTruth {
  readonly address: Address;
  readonly type: string;
  readonly state: FoundTask["state"];
  readonly parent: Address;
  readonly main: Address;
  /** As `threading.get_ident()` has it. */
  readonly thread: number;
  readonly frames: readonly (readonly [name: string, line: number])[];
}

interface TaskTruth {
  readonly name: string;
  /** `id()` of the code that it was made from. */
  readonly code: Address;
  readonly kind: string;
  readonly object: Address;
  readonly detail: string;
  readonly awaitedBy: readonly Address[];
  readonly parent: Address;
}

/** What test/programs/gevents.py and eventlets.py say. */
interface LibraryTruth {
  readonly greenlets: Readonly<Record<string, TaskTruth>>;
  readonly hub: Address;
  readonly main: Address;
}

/** What tears is looked at for so long, in milliseconds. */
const tearTime = 500;

const pythons = requireInterpreters();
const pythonOf = (minor: number): Interpreter | undefined => pythons.find((each) => each.minor === minor);

/** Runs a test where there is such a Python, and the package for it; what there is not is said by those who look for it. */
async function withTarget(
  minor: number,
  requirement: string,
  program: string,
  args: readonly string[],
  check: (target: Target) => Promise<void> | void,
): Promise<void> {
  const python = pythonOf(minor);
  const modules = python && compiledModule(python, requirement);
  if (!python || !modules) return;
  await using target = await startTarget(python, program, args, { env: { PYTHONPATH: modules } });
  await check(target);
}

function readAll({ reader, memory }: GreenletProcess, readAt: MemoryReader = memory): ReadonlyMap<Address, FoundTask> {
  const found = (reader.list(readAt) ?? []).map((address) => [address, reader.read(readAt, address)] as const);
  return new Map(found.flatMap(([address, task]) => (task === null ? [] : [[address, task]])));
}

/** The same words for both sides. */
function inTruthsForm(process: GreenletProcess, { address, name, state, parent, loop, thread, stack, isWhole, waitsFor }: FoundTask): object {
  const ident = process.threads.get(thread)?.threadId ?? 0;
  return { address, name, state, parent, loop, thread: ident, frames: process.tell(stack), isWhole, waitsFor };
}

const expected = ({ address, type, state, parent, main, thread, frames }: GreenletTruth): object => ({
  address,
  name: address === main ? "main greenlet" : type,
  state,
  parent,
  loop: main,
  thread,
  frames,
  isWhole: true,
  waitsFor: null,
});

function expectTruth(process: GreenletProcess, truth: readonly GreenletTruth[]): void {
  const found = readAll(process);
  const told = new Map(truth.map((each) => [each.address, expected(each)]));
  expect(new Map([...found].map(([address, task]) => [address, inTruthsForm(process, task)]))).toEqual(told);
}

/** greenlet 3.0.0 to 3.0.2 tell only the newest frame on CPython 3.12. We tell all: those of a recursion, of every depth to 19. */
function expectMoreThanTruth(process: GreenletProcess, truth: readonly GreenletTruth[]): void {
  const found = readAll(process);
  const stacks = truth.map(({ address, frames }) => {
    const task = found.get(address);
    const told = task ? process.tell(task.stack) : [];
    expect(told.slice(0, 1)).toEqual(frames);
    return told.map(([name, line]) => `${name}:${line}`).join(" ");
  });
  for (let depth = 0; depth < 20; depth++) expect(stacks).toContain(["deep:17", ...Array.from({ length: depth }, () => "deep:16")].join(" "));
  expect(stacks).toContain("deep:17 deep:16 deep:16 through_c.<locals>.<lambda>:21 through_c:21");
}

describe.concurrent("greenlets", () => {
  test.each(releases)("on CPython 3.%d with %s: every one, as greenlet itself tells; new and dead ones are noticed", async (minor, requirement) => {
    await withTarget(minor, requirement, "greenlets.py", [], async (target) => {
      const process = openGreenlets(target.pid);
      const truth = JSON.parse(target.ready) as GreenletTruth[];
      if (requirement === "greenlet==3.0.0") return expectMoreThanTruth(process, truth);
      expectTruth(process, truth);
      const roots = [...readAll(process).values()].filter(({ state }) => state === "waiting" || state === "running").map(({ rootFrame }) => rootFrame);
      expect(new Set(roots).size).toBe(roots.length);
      expect(roots).not.toContain(0);
      for (const command of ["more 5", "more 300", "fewer", "more 5", "fewer"]) {
        target.process.stdin.write(`${command}\n`);
        const now = JSON.parse(await target.nextLine()) as GreenletTruth[];
        // The rest of the heap is searched in turn.
        for (let round = 0; round < 8 && readAll(process).size !== now.length; round++);
        expectTruth(process, now);
      }
    });
  });

  test.each(["debug", "malloc", "pymalloc_debug"])("are found where PYTHONMALLOC=%s", async (allocator) => {
    const python = pythonOf(13)!;
    const modules = compiledModule(python, "gevent");
    if (!modules) return;
    await using target = await startTarget(python, "greenlets.py", [], { env: { PYTHONPATH: modules, PYTHONMALLOC: allocator } });
    expectTruth(openGreenlets(target.pid), JSON.parse(target.ready) as GreenletTruth[]);
  });

  test.each(releases)("on CPython 3.%d with %s: one alone", async (minor, requirement) => {
    await withTarget(minor, requirement, "greenlets.py", ["0"], (target) => {
      const truth = JSON.parse(target.ready) as GreenletTruth[];
      expect(truth).toHaveLength(2);
      const process = openGreenlets(target.pid);
      const states = [...readAll(process).values()].map(({ address, state }) => [address, state] as const);
      expect(new Map(states)).toEqual(new Map(truth.map(({ address, state }) => [address, state])));
    });
  });

  test("of a release that keeps them in another way are not guessed at", async () => {
    await withTarget(13, "gevent", "greenlets.py", [], (target) => {
      const { memory, layout, interpreter, mappings } = openGreenlets(target.pid);
      const types = GreenletTypes.find(memory, layout, interpreter)!;
      const own = new GreenletCensus(layout, types, greenletLayouts(layout), mappings);
      own.update(memory);
      for (const hasOthers of [true, false]) {
        const others = greenletLayouts(layout).filter((each) => (each.releases === own.proved?.releases) !== hasOthers);
        const census = new GreenletCensus(layout, types, others, mappings);
        for (let round = 0; round < 4; round++) expect(census.update(memory).size > 0).toBe(!hasOthers);
        expect(census.isUnknown).toBe(hasOthers);
      }
    });
  });

  const libraries = [...[8, 11, 13, 15].map((minor) => [minor, "gevent", "gevents.py"] as const), [12, "eventlet", "eventlets.py"] as const];
  test.each(libraries)("on CPython 3.%d of %s: their names, what they wait for, and who waits for them", async (minor, library, program) => {
    await withTarget(minor, library, program, [], (target) => {
      const truth = JSON.parse(target.ready) as LibraryTruth;
      const found = readAll(openGreenlets(target.pid));
      expect(found.get(truth.hub)).toMatchObject({ name: "Hub", state: "waiting", loop: truth.hub, parent: truth.main, waitsFor: null });
      expect(found.get(truth.main)).toMatchObject({ name: "main greenlet", state: "running", loop: truth.hub });
      for (const [address, { kind, object, detail, awaitedBy, code, ...told }] of Object.entries(truth.greenlets)) {
        const task = found.get(Number(address));
        expect(task).toMatchObject({ ...told, loop: truth.hub, rootCode: task?.state === "finished" ? 0 : code });
        expect(task?.awaitedBy.toSorted((a, b) => a - b)).toEqual(awaitedBy.toSorted((a, b) => a - b));
        if (kind === "") expect(task?.waitsFor).toBe(null);
        else expect(task?.waitsFor).toMatchObject({ kind, detail, ...(object !== 0 && { object }) });
      }
    });
  });

  test.each([
    [8, "greenlet==1.1.3"],
    [10, "greenlet==3.0.3"],
    [11, "greenlet==2.0.2"],
    [12, "greenlet==3.0.0"],
    [13, "gevent"],
    [15, "gevent"],
  ] as const)("on CPython 3.%d with %s: no stack that never was, of those that switch, end and are born as fast as they can", async (minor, requirement) => {
    await withTarget(minor, requirement, "greenlet_tears.py", ["8"], (target) => {
      const process = openGreenlets(target.pid);
      const proved = { created: 0, ready: 0, waiting: 0, running: 0, finished: 0 };
      const end = Date.now() + tearTime;
      while (Date.now() < end || proved.waiting < 20) {
        for (const address of process.reader.list(process.memory) ?? []) {
          const footprint = new Footprint(process.memory);
          const task = process.reader.read(footprint, address);
          if (task === null || !footprint.isStill(process.memory)) continue;
          proved[task.state]++;
          const names = process.tell(task.stack).map(([name]) => name);
          if (task.state === "waiting" && task.name !== "main greenlet") expect(judgeTree(names)).toBe("possible");
        }
      }
      expect(proved.waiting).toBeGreaterThanOrEqual(20);
    });
  });

  test("are shown by where as a tree, and what they waited for by a recording's report", async () => {
    await withTarget(13, "gevent", "gevents.py", [], async ({ pid }) => {
      const { code, out } = await lynceus(["where", "--tasks", String(pid)]);
      expect(code).toBe(0);
      for (const text of [
        "main greenlet <module>(): runs\n",
        "Greenlet joins_all(): waits for 2 tasks\n",
        "├─ Greenlet joins(): waits for sleeper\n",
        "sleeper sleeps(): sleeps (1000.5 s)\n",
        "Greenlet takes(): waits for an RLock, held by main greenlet\n",
      ])
        expect(out).toContain(text);
      const folder = mkdtempSync(join(tmpdir(), "lynceus-greenlets-"));
      try {
        const file = join(folder, "gevents.lyn");
        expect((await lynceus(["attach", String(pid), "-x", "1", "-o", file])).code).toBe(0);
        const report = await lynceus(["report", "--tasks", file]);
        expect(report.out).toMatch(/ sleeper sleeps\(\) +sleep /);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  test.each([
    [10, "greenlet==1.1.3", "greenlets.py"],
    [11, "gevent", "gevents.py"],
    [15, "gevent", "gevents.py"],
  ])("on CPython 3.%d with %s: damaged memory does no harm", async (minor, requirement, program) => {
    await withTarget(minor, requirement, program, [], (target) => {
      const process = openGreenlets(target.pid);
      const before = [...readAll(process).keys()].toSorted((a, b) => a - b);
      for (let round = 0; round < 8; round++) {
        const found = readAll(process, damaged(process.memory, round));
        for (const task of found.values()) expect(task.stack.length).toBeLessThan(1 << 15);
      }
      // What was read wrong is not remembered for long.
      for (let round = 0; round < 128; round++) process.reader.list(process.memory);
      expect([...readAll(process).keys()].toSorted((a, b) => a - b)).toEqual(before);
    });
  });
});

/** Whether greenlet_tears.py can have this stack: one tree, its levels one after the other, from the root to where it switches. */
function judgeTree(names: readonly string[]): string {
  const levels = names.toReversed().flatMap((name) => [...(/^t(\d+)_(\d+)$/.exec(name)?.slice(1, 3).map(Number) ?? [])]);
  const trees = new Set(levels.filter((_, index) => index % 2 === 0));
  const isInOrder = levels.every((level, index) => index % 2 === 0 || level === (index - 1) / 2);
  const isRooted = names.at(-1) === "work";
  return trees.size === 1 && isInOrder && isRooted ? "possible" : names.join(" ");
}

/** Memory in which bytes here and there are others. */
function damaged(memory: MemoryReader, seed: number): MemoryReader {
  return {
    read(address, into) {
      if (!memory.read(address, into)) return false;
      for (let at = 0; at < into.length; at++) {
        const noise = Math.imul((address + at + seed * 7919) % 2 ** 31, 0x85eb_ca6b) >>> 0;
        if (noise % 199 === 0) into[at] = noise >>> 16;
      }
      return true;
    },
  };
}
