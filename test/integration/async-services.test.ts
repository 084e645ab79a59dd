import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Nanoseconds } from "../../src/base/units.ts";
import { openRecordingFile } from "../../src/formats/files/open-file.ts";
import { loadProfile } from "../../src/profile/profile.ts";
import type { TaskIndex } from "../../src/profile/tables.ts";
import { lynceus } from "../support/command-line.ts";
import { requireInterpreters } from "../support/interpreters.ts";
import { environmentFor } from "../support/real-programs.ts";
import { ask, endServer, freePort, keepAsking, waitForServer } from "../support/servers.ts";
import { readTaskTimes } from "../support/task-times.ts";

/*
 * Servers that others wrote, with several requests at a time: is what a request computes told as its task's, and what it waits for?
 */
let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-services-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Both have a handler that waits for a "database", and then computes. */
const computing = `import hashlib, sys, time
def render_page():
    end = time.perf_counter() + 0.002
    while time.perf_counter() < end: hashlib.sha256(b"x").digest()
`;

interface Service {
  readonly name: string;
  readonly program: string;
  /** Patterns of tasks' names, as readTaskTimes() writes them, and as the commands do. */
  readonly task: string;
  readonly told: RegExp;
  /** From the outermost frame to the task: nothing, or the loop's base. */
  readonly base: string;
}

const services: readonly Service[] = [
  {
    name: "a Starlette application under uvicorn with uvloop",
    program: `${computing}
import asyncio, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
async def query_database(): await asyncio.sleep(0.01)
async def handle_request(request):
    await query_database()
    render_page()
    return PlainTextResponse("page " + request.query_params.get("number", ""))
app = Starlette(routes=[Route("/", handle_request)])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="h11", log_level="error")
`,
    task: "#Task-\\d+ run_asgi",
    told: /Task-\S+ RequestResponseCycle\.run_asgi\(\)|Task-\S+ run_asgi\(\)/,
    base: "<module> run .*run ",
  },
  {
    name: "a WSGI server of gevent",
    program: `import gevent.monkey
gevent.monkey.patch_all()
${computing}
from gevent.pywsgi import WSGIServer
def query_database(): time.sleep(0.01)
def handle_request(environ, start_response):
    query_database()
    render_page()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("page " + environ["QUERY_STRING"][len("number="):]).encode()]
WSGIServer(("127.0.0.1", int(sys.argv[1])), handle_request, log=None).serve_forever()
`,
    task: "#Greenlet\\S* _handle_and_close_when_done",
    told: /Greenlet\S* _handle_and_close_when_done\(\)/,
    base: "",
  },
];

const requestsAtOnce = 4;
/** Samples are taken at moments drawn by lot: the time that one stands for begins up to an interval earlier or later. */
const jitter: Nanoseconds = 2e6;

const workers = `import asyncio, time
async def work():
    while True:
        await asyncio.sleep(0.05)
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end: pass
async def main():
    print("READY", flush=True)
    await asyncio.gather(*(work() for _ in range(10)))
asyncio.run(main())
`;

describe.each(requireInterpreters().filter(({ minor }) => [9, 12].includes(minor)))("CPython $version", (interpreter) => {
  const environment = environmentFor(interpreter, { name: "async-services", packages: ["starlette", "uvicorn", "uvloop", "gevent"] });

  test.skipIf(!environment).each(services)("$name", { timeout: 120_000 }, async ({ program, task, told, base }) => {
    writeFileSync(join(folder, "service.py"), program);
    const port = await freePort();
    const server = spawn(environment!.python, ["service.py", String(port)], { cwd: folder, stdio: "ignore" });
    try {
      await waitForServer(port);
      const loads = Array.from({ length: requestsAtOnce }, (_, number) => keepAsking(() => ask(port, `/?number=${number}`, `page ${number}`)));
      const { code, err } = await lynceus(["attach", "-x", "2", "-o", "a.lyn", String(server.pid)], { cwd: folder });
      expect(code, err).toBe(0);
      expect(await seeInWhere(server.pid!, told)).toMatch(/handle_request/);
      for (const load of loads) expect(await load.stop()).toEqual({ asked: expect.any(Number) as number, wrong: 0 });

      const times = readTaskTimes(join(folder, "a.lyn"));
      // Nothing is lost and nothing is told twice.
      expect(times.told / times.life).toBeCloseTo(1, 3);
      expect(shareLost(join(folder, "a.lyn"))).toBeLessThan(0.05);
      const computed = timeOf(times.running, / handle_request render_page\b/);
      expect(computed).toBeGreaterThan(0.1e9);
      // Each request is a new task, which may have ended before a busy machine lets anybody read it: 0.73 has been seen.
      expect(timeOf(times.running, new RegExp(`^${base}${task} .*handle_request render_page\\b`)) / computed).toBeGreaterThan(0.5);
      expect(timeOf(times.waiting, new RegExp(`^${base}${task} .*handle_request query_database sleep`))).toBeGreaterThan(0);

      const report = await lynceus(["report", "--tasks", "a.lyn"], { cwd: folder });
      expect(report.out.split("\n").find((line) => told.test(line))).toMatch(/ sleep /);
    } finally {
      await endServer(server);
    }
  });

  test("workers that compute in turns: each waits until it is seen to run", async () => {
    writeFileSync(join(folder, "workers.py"), workers);
    const program = spawn(interpreter.path, ["workers.py"], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void program.kill("SIGKILL"));
    await once(program.stdout, "data");
    const { code, err } = await lynceus(["attach", "-x", "1.5", "-o", "a.lyn", String(program.pid)], { cwd: folder });
    expect(code, err).toBe(0);
    const { samples, waits } = loadProfile(openRecordingFile(join(folder, "a.lyn")));
    const begins = new Map<TaskIndex, Nanoseconds[]>();
    // A sample stands for the time before it.
    for (let row = 0; row < samples.length; row++) addTo(begins, samples.task[row]!, samples.time[row]! - samples.wall[row]!);
    const ran = new Map<TaskIndex, Nanoseconds[]>();
    for (let row = 0; row < samples.length; row++) addTo(ran, samples.task[row]!, samples.time[row]!);
    for (let row = 0; row < waits.length; row++) addTo(begins, waits.task[row]!, waits.start[row]!);
    let [all, ended, early] = [0, 0, 0];
    for (let row = 0; row < waits.length; row++) {
      const [task, start, end] = [waits.task[row]!, waits.start[row]!, waits.end[row]!];
      if (!ran.has(task)) continue;
      if (ran.get(task)!.some((time) => time > start && time < end)) early++;
      const after = begins.get(task)!.filter((time) => time > start);
      if (after.length === 0) continue;
      all++;
      if (Math.min(...after) - end < jitter) ended++;
    }
    expect(all).toBeGreaterThan(20);
    // Other tasks' changes end a wait where nobody looks any more until it runs: rarely.
    expect(ended / all).toBeGreaterThan(0.7);
    // No time of a task is told twice.
    expect(early).toBe(0);
  });

  /** A moment without requests says nothing of them. */
  async function seeInWhere(pid: number, told: RegExp): Promise<string> {
    let text = "";
    for (let looks = 0; looks < 10 && !(told.test(text) && text.includes("handle_request")); looks++) {
      const { code, out, err } = await lynceus(["where", "--tasks", String(pid)], { cwd: folder });
      expect(code, err).toBe(0);
      text = out;
    }
    expect(text).toMatch(told);
    return text;
  }
});

function addTo(times: Map<TaskIndex, Nanoseconds[]>, task: TaskIndex, time: Nanoseconds): void {
  const before = times.get(task);
  if (before === undefined) times.set(task, [time]);
  else before.push(time);
}

function timeOf(stacks: ReadonlyMap<string, Nanoseconds>, pattern: RegExp): Nanoseconds {
  return [...stacks].reduce((sum, [stack, time]) => sum + (pattern.test(stack) ? time : 0), 0);
}

function shareLost(file: string): number {
  let [lost, all] = [0, 0];
  for (const { quality } of openRecordingFile(file).blocks()) {
    for (const row of quality) {
      lost += row.lost;
      all += row.verified + row.exact + row.paused + row.partial + row.lost;
    }
  }
  return lost / all;
}
