import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attach, LynceusError, readRecording, run } from "../../src/index.ts";
import { interpreters } from "../support/interpreters.ts";
import { entry, lynceus, temporaryFolder } from "../support/lynceus.ts";
import { projectRoot } from "../support/source-tree.ts";
import { programPath, startTarget, type Target } from "../support/target.ts";

const python = interpreters().at(-1)!;
const folder = temporaryFolder();
let target: Target;

beforeAll(async () => {
  target = await startTarget(python, "sleep_and_work.py");
  // As installed: by its name, and by what package.json says is in it.
  mkdirSync(join(folder.path, "node_modules"));
  symlinkSync(join(entry, "../.."), join(folder.path, "node_modules/lynceus"));
  for (const name of ["app.lyn", "new.lyn"]) await lynceus(["attach", "-q", "-x", "0.4", "-o", folder.file(name), String(target.pid)]);
});

afterAll(async () => {
  await target.stop();
  folder[Symbol.dispose]();
});

describe("docs/library.md", () => {
  const examples = [...readFileSync(join(projectRoot, "docs/library.md"), "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

  it("has examples", () => expect(examples.length).toBeGreaterThan(3));

  for (const [index, code] of examples.entries()) {
    it(`example ${index + 1} does what it says`, () => {
      const file = folder.file(`example-${index}.mjs`);
      writeFileSync(file, code.replaceAll("812", String(target.pid)));
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder.path, encoding: "utf8", timeout: 30_000 });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout.trim()).not.toBe("");
    });
  }

  it("can be required, where Node allows it", () => {
    const { status, stderr } = spawnSync(process.execPath, ["-e", `require("lynceus").where(${target.pid})`], { cwd: folder.path, encoding: "utf8" });
    if ("require_module" in process.features) expect(status).toBe(0);
    else expect(stderr).toContain("ERR_REQUIRE_ESM");
  });
});

/** A session from the sources has no worker to run in: these use what is built. */
describe("a session", () => {
  const library = (): Promise<{ attach: typeof attach; run: typeof run; readRecording: typeof readRecording }> => import(join(entry, "../index.js"));

  it("gives every sample with its stack, and how the program ended", async () => {
    const session = await (await library()).run([python.path, programPath("two_threads.py"), "0.5"]);
    const names = new Set<string>();
    let samples = 0;
    for await (const { stack, thread } of session.samples()) {
      samples++;
      expect(thread.tid).toBeGreaterThan(0);
      for (const { name } of stack) names.add(name);
    }
    const { exit, reason, totals } = await session.finished;
    expect({ reason, exit }).toEqual({ reason: "the program ended", exit: { code: 0, signal: null } });
    expect(totals.samples).toBe(samples);
    expect(totals.dropped).toBe(0);
    expect(names).toContain("<module>");
    expect(() => session.samples()).toThrow("only once");
  });

  it("ends when its loop is left, and leaves the program alone", async () => {
    const session = await (await library()).attach(target.pid);
    for await (const { block } of session) {
      expect(block.samples.length).toBeGreaterThan(0);
      break;
    }
    expect((await session.finished).reason).toBe("nobody reads it any more");
    expect(target.process.exitCode).toBe(null);
  });

  it("is aborted by a signal, with the program that it started, before and after that one is found to be Python", async () => {
    const { run: start } = await library();
    const early = start(["sleep", "60"], { signal: AbortSignal.timeout(200) });
    await expect(early).rejects.toMatchObject({ name: "TimeoutError" });
    const abort = new AbortController();
    const session = await start([python.path, programPath("sleep_and_work.py")], { signal: abort.signal });
    const reading = (async () => {
      for await (const { block } of session) if (block.samples.length > 0) abort.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
    await expect(session.finished).rejects.toThrow("enough");
    expect(() => process.kill(session.pid, 0)).toThrow("ESRCH");
  });

  it("drops samples that nobody takes rather than grow or wait, and says how many", async () => {
    const session = await (await library()).attach(target.pid, { exposure: 2.5e9, mostWaiting: 1024 });
    const { totals } = await session.finished;
    let read = 0;
    for await (const { block } of session) read += block.samples.length;
    expect(totals.dropped).toBeGreaterThan(0);
    expect(read + totals.dropped).toBe(totals.samples);
  });

  it("refuses what cannot be, in one line", async () => {
    await expect(attach(2 ** 22 + 1)).rejects.toMatchObject({ name: "LynceusError", code: "no-such-process" });
    await expect(run([])).rejects.toBeInstanceOf(LynceusError);
    await expect(attach(target.pid, { interval: 0 })).rejects.toMatchObject({ code: "bad-arguments" });
    expect(() => readRecording(folder.file("nothing.lyn"))).toThrow("no such file");
  });
});
