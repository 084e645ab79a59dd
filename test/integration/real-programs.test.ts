import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { environmentFor } from "../support/real-programs.ts";
import { ask, endServer, freePort, keepAsking, waitForServer } from "../support/servers.ts";

/*
 * Programs that others wrote, from PyPI, doing their work: is the picture what they are known to do, do they end as ever?
 */
/** Of the samples, on a machine with other things to do; 3.8, whose frames are objects of their own, loses the most. */
const mostLost = 0.1;

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-real-"))));
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(requireInterpreters().filter(({ minor }) => [8, 12, 14].includes(minor)))("CPython $version", (interpreter) => {
  const environment = environmentFor(interpreter);
  const python = environment?.python ?? "";

  test.skipIf(!environment)("gunicorn with two workers of a flask application, under load", { timeout: 120_000 }, async () => {
    writeFileSync(
      join(folder, "shop.py"),
      `import hashlib, time
from flask import Flask
app = Flask(__name__)
def digest():
    end = time.perf_counter() + 0.02
    while time.perf_counter() < end: hashlib.sha256(b"x").digest()
@app.route("/")
def busy():
    digest()
    return "busy"
`,
    );
    const port = await freePort();
    const server = start(["-m", "gunicorn", "-w", "2", "-b", `127.0.0.1:${port}`, "--log-level", "error", "shop:app"]);
    try {
      await waitForServer(port);
      const load = keepAsking(() => ask(port));
      const { code, err } = await lynceus(["attach", "-C", "-x", "2", "-o", "a.lyn", String(server.pid)], { cwd: folder });
      expect(code, err).toBe(0);
      const where = await lynceus(["where", String(server.pid)], { cwd: folder });
      expect(where.out).toMatch(/^Thread \d+ MainThread: idle/m);
      expect(await load.stop()).toEqual({ asked: expect.any(Number) as number, wrong: 0 });
      const seen = summarize("a.lyn");
      expect(seen.processes).toBeGreaterThanOrEqual(3);
      expect(seen.lost).toBeLessThan(mostLost);
      // The calls of a request, from the server's loop down, in the order in which they are made.
      expect(seen.stacks.some((stack) => inOrder(stack, [/handle_request$/, /wsgi_app$/, /dispatch_request$/, /^busy$/, /^digest$/]))).toBe(true);
    } finally {
      await endServer(server);
    }
  });

  test.skipIf(!environment)("pytest: its own verdict and exit code", { timeout: 120_000 }, async () => {
    mkdirSync(join(folder, "suite"));
    writeFileSync(
      join(folder, "suite/test_it.py"),
      `import decimal, json, pytest
@pytest.mark.parametrize("n", range(150))
def test_json(n): assert json.loads(json.dumps(list(range(n)))) == list(range(n))
@pytest.mark.parametrize("n", range(50))
def test_files(n, tmp_path): (tmp_path / "a").write_text("x")
def test_fails(): assert 1 == 2
`,
    );
    const { code, out, err } = await lynceus(["run", "-o", "a.lyn", python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "suite"], { cwd: folder });
    expect(out).toContain("1 failed, 200 passed");
    expect(code, err).toBe(1);
    const seen = summarize("a.lyn");
    expect(seen.lost).toBeLessThan(mostLost);
    expect(seen.stacks.some((stack) => inOrder(stack, [/pytest_runtestloop$/, /_multicall$/, /runtestprotocol$|pytest_runtest_protocol$/]))).toBe(true);
  });

  test.skipIf(!environment)("numpy: time in its C code is its caller's", { timeout: 120_000 }, async () => {
    const program = `import numpy.random, time
def multiply():
    a = numpy.random.rand(400, 400)
    end = time.perf_counter() + 1.5
    while time.perf_counter() < end: a @ a
multiply()`;
    const { code, err } = await lynceus(["run", "-o", "a.lyn", python, "-c", program], { cwd: folder });
    expect(code, err).toBe(0);
    const seen = summarize("a.lyn");
    expect(seen.lost).toBeLessThan(mostLost);
    expect(seen.timeOf("multiply")).toBeGreaterThan(1.3e9);
    expect(seen.timeOf("multiply")).toBeLessThan(1.9e9);
  });

  test.skipIf(!environment)("an aiohttp server under load: nobody waits in vain", { timeout: 120_000 }, async () => {
    const port = await freePort();
    writeFileSync(
      join(folder, "service.py"),
      `import asyncio
from aiohttp import web
def burn(): return sum(i * i for i in range(30000))
async def handle(request):
    await asyncio.sleep(0.001)
    return web.Response(text=str(burn()))
app = web.Application()
app.add_routes([web.get("/", handle)])
web.run_app(app, host="127.0.0.1", port=${port}, print=None)
`,
    );
    const server = start(["service.py"]);
    try {
      await waitForServer(port);
      const load = keepAsking(() => ask(port));
      const { code, err } = await lynceus(["attach", "-x", "2", "-o", "a.lyn", String(server.pid)], { cwd: folder });
      expect(code, err).toBe(0);
      expect(await load.stop()).toEqual({ asked: expect.any(Number) as number, wrong: 0 });
      const seen = summarize("a.lyn");
      expect(seen.lost).toBeLessThan(mostLost);
      expect(seen.stacks.some((stack) => inOrder(stack, [/run_app$/, /run_forever$/, /_run_once$/, /^handle$/, /^burn$/, /genexpr/]))).toBe(true);
    } finally {
      await endServer(server);
    }
  });

  function start(args: readonly string[]): ChildProcess {
    return spawn(python, args, { cwd: folder, stdio: "ignore", env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
  }

  interface Seen {
    readonly processes: number;
    /** Share of the samples. */
    readonly lost: number;
    /** Function names, root first; each once. */
    readonly stacks: readonly (readonly string[])[];
    /** Wall time with it on the stack, in nanoseconds. */
    timeOf(name: string): number;
  }

  function summarize(file: string): Seen {
    const names: string[] = [];
    const functions: number[] = [];
    const frames: number[] = [];
    const stacks: string[][] = [];
    const times: number[] = [];
    let processes = 0;
    let lost = 0;
    let samples = 0;
    for (const block of openRecordingFile(join(folder, file)).blocks()) {
      names.push(...block.strings);
      processes += block.processes.length;
      for (let index = 0; index < block.functions.length; index++) functions.push(block.functions.name[index]!);
      for (let index = 0; index < block.frames.length; index++) frames.push(block.frames.function[index]!);
      for (let index = 0; index < block.stacks.length; index++) {
        stacks.push([...(stacks[block.stacks.parent[index]!] ?? []), names[functions[frames[block.stacks.frame[index]!]!]!]!]);
        times.push(0);
      }
      for (let index = 0; index < block.samples.length; index++) {
        const stack = block.samples.stack[index]!;
        if (stack >= 0) times[stack]! += block.samples.wall[index]!;
      }
      for (const row of block.quality) {
        lost += row.lost;
        samples += row.verified + row.exact + row.paused + row.partial + row.lost;
      }
    }
    expect(samples).toBeGreaterThan(100);
    return {
      processes,
      lost: lost / samples,
      stacks: stacks.filter((_, index) => times[index]! > 0),
      timeOf: (name) => times.reduce((sum, time, index) => sum + (stacks[index]!.includes(name) ? time : 0), 0),
    };
  }
});

/** Each of the patterns matches a name further up the stack than the one before. */
function inOrder(stack: readonly string[], patterns: readonly RegExp[]): boolean {
  let at = 0;
  for (const pattern of patterns) {
    while (at < stack.length && !pattern.test(stack[at]!)) at++;
    if (at++ >= stack.length) return false;
  }
  return true;
}
