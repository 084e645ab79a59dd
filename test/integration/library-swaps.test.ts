import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { requireInterpreters } from "../support/interpreters.ts";
import { lynceus, temporaryFolder } from "../support/lynceus.ts";
import { pythonModules } from "../support/python-packages.ts";
import { startTarget } from "../support/target.ts";

/** One of each kind of frames. */
const interpreters = requireInterpreters().filter((_, index, all) => index === 0 || index === all.length - 1);

describe.each(["trio", "curio"])("tasks of %s that swap as fast as they can", (library) => {
  it.each(interpreters)("have no stacks that never were (CPython $version)", async (interpreter) => {
    const modules = pythonModules(interpreter, library);
    if (modules === null) return;
    await using target = await startTarget(interpreter, "library_swaps.py", [library], { env: { PYTHONPATH: modules } });
    using folder = temporaryFolder();
    const file = folder.file("swaps.collapsed");
    const { code, err } = await lynceus(["attach", "-x", "1", "-r", "1khz", "-o", file, String(target.pid)]);
    expect(code, err).toBe(0);
    const stacks = readFileSync(file, "utf8").trim().split("\n");
    const mixed = stacks.filter((stack) => /;(?:\w+\.)*red[_-]/.test(stack) && /;(?:\w+\.)*blue[_-]/.test(stack));
    expect(mixed).toEqual([]);
    // Tasks were seen in what they do, below those that wait for them.
    const chain = /;(red|blue)-(?:outer|short);.*;\1-(?:one|two|once);\1_/;
    expect(stacks.filter((stack) => chain.test(stack.replaceAll(/;(?:\w+\.)*_task_runner [^;]*/g, ""))).length).toBeGreaterThan(0);
  });
});
