import { realpathSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { canExist } from "../../bench/two-tree-judge.ts";
import { FunctionKind, Known, NONE } from "../../src/profile/tables.ts";
import { KernelExchange } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import { interpreters, requireI686Interpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { onQuietMachine } from "../support/quiet-machine.ts";
import { type Recorded, loadRecorded } from "../support/recorded.ts";
import { programPath, startTarget } from "../support/target.ts";

/* 32-bit programs from a 64-bit profiler. What differs from version to version is in where, objects and layouts.test.ts. */
const narrow = requireI686Interpreters([9, 11]);
const wide = interpreters().at(-1)!;

/** The stacks of all samples that are known in one of these ways, without markers. */
function stacksKnown({ profile, samples }: Recorded, ...known: readonly Known[]): { name: string; line: number }[][] {
  const { stacks, frames, functions, strings } = profile;
  return samples((sample) => known.includes(profile.samples.known[sample]! as Known)).map((sample) => {
    const told = [];
    for (let at = profile.samples.stack[sample]!; at !== NONE; at = stacks.parent[at]!) {
      const frame = stacks.frame[at]!;
      const func = frames.function[frame]!;
      if (functions.kind[func] !== FunctionKind.marker) told.unshift({ name: strings[functions.name[func]!]!, line: frames.line[frame]! });
    }
    return told;
  });
}

const exchange = KernelExchange.load();
if (exchange.ok) exchange.value.close();
else process.stderr.write("\nNOT TESTED: 32-bit programs through the kernel, which does not let us\n\n");
/** What most samples are. On a busy machine a program is on no CPU most of the time, and then proved by copies: kernel-capture.test.ts counts the exact ones. */
const ways = [
  ["remote", ["--source", "remote", "--pause", "never"], [Known.verified, Known.partial]],
  ["pause", ["--source", "remote", "--pause", "always"], [Known.paused]],
  ...(exchange.ok ? [["kernel", ["--source", "kernel"], [Known.exact, Known.verified]] as const] : []),
] as const;

describe.runIf(narrow.length > 0).each(narrow)("32-bit CPython $version", (interpreter) => {
  test.each(ways)("two call trees that alternate, by %s: no stack is impossible", async (_, options, known) => {
    using folder = temporaryFolder();
    await using target = await startTarget(interpreter, "two_trees.py");
    const { code } = await lynceus(["attach", "-q", "-x", "1.2", "-i", "200us", ...options, "-o", folder.file("a.lyn"), String(target.pid)]);
    expect(code).toBe(0);
    const recorded = loadRecorded(folder.file("a.lyn"));
    expect(stacksKnown(recorded, ...known).length).toBeGreaterThan(20);
    const stacks = stacksKnown(recorded, Known.verified, Known.exact, Known.paused, Known.partial);
    expect(stacks.filter((stack) => stack.length > 0 && !canExist(stack))).toEqual([]);
    expect([...recorded.functions()]).toEqual(expect.arrayContaining(["red_0", "red_5", "blue_0", "blue_5"]));
  });
});

describe.runIf(narrow.length > 0)("a 32-bit program", () => {
  const path = narrow.at(-1)?.path ?? "";

  test("has its time where it spends it, and all of its CPU time", async () => {
    using folder = temporaryFolder();
    const { samples, stack, sum, truth, doubt } = await onQuietMachine(async () => {
      const { code, out } = await lynceus(["run", "-q", "-o", folder.file("a.lyn"), path, programPath("split_70_30.py"), "2"]);
      expect(code).toBe(0);
      return { ...loadRecorded(folder.file("a.lyn")), truth: JSON.parse(/^TRUTH (.*)$/m.exec(out)![1]!) as Record<string, number> };
    });
    const own = (name: string): number => sum(samples((sample) => stack(sample).at(-1) === name));
    expect(Math.abs(own("seventy") / (own("seventy") + own("thirty")) - truth["seventy"]!)).toBeLessThan(0.02 + doubt);
    expect(Math.abs(sum(samples(), "cpu") / 1e9 - truth["cpu"]!)).toBeLessThan((0.02 + doubt) * truth["cpu"]! + 0.1);
  });

  test("is recorded with -C below a 64-bit one, and the other way round, both in one recording", async () => {
    const work = "import time\ndef spin_NAME(end):\n  while time.time() < end: pass\nspin_NAME(time.time() + 1)";
    const program = (name: string, child: readonly string[]): string =>
      `import subprocess, sys\nchild = subprocess.Popen(${JSON.stringify(child)}) if ${child.length} else None\n${work.replaceAll("NAME", name)}\nif child: child.wait()`;
    for (const [outer, inner] of [
      [wide.path, path],
      [path, wide.path],
    ] as const) {
      using folder = temporaryFolder();
      const child = [inner, "-I", "-c", program("inner", [])];
      const { code } = await lynceus(["run", "-q", "-C", "-o", folder.file("a.lyn"), outer, "-I", "-c", program("outer", child)]);
      expect(code).toBe(0);
      const { profile, samples, stack } = loadRecorded(folder.file("a.lyn"));
      for (const [name, python] of [
        ["spin_outer", outer],
        ["spin_inner", inner],
      ] as const) {
        const seen = samples((sample) => stack(sample).includes(name));
        expect(seen.length).toBeGreaterThan(10);
        const executables = seen.map((sample) => profile.processes[profile.threads[profile.samples.thread[sample]!]!.process]!.executable);
        expect(new Set(executables)).toEqual(new Set([realpathSync(python)]));
      }
    }
  });

  test("is called one", async () => {
    await using target = await startTarget({ path }, "sleep_and_work.py");
    const { out } = await lynceus(["doctor", "--json", String(target.pid)]);
    const { process: checks } = JSON.parse(out) as { process: { id: string; message: string }[] };
    expect(checks.find(({ id }) => id === "python")?.message).toMatch(/^3\.\d+\.\d+\w*, 32-bit, in the executable \//);
    const look = await lynceus(["where", "--json", String(target.pid)]);
    expect(JSON.parse(look.out)).toMatchObject({ wordSize: 4 });
  });
});
