import { FunctionKind, Known, NONE, State, type Recording } from "../../src/profile/tables.ts";
import { randomFrom, RecordingMaker, type Code } from "./recording-maker.ts";

const second = 1e9;
const app = "/srv/etl/";
const site = "/opt/app/.venv/lib/python3.13/site-packages/";
const std = "/usr/local/lib/python3.13/";
const code = (name: string, file: string, line: number): Code => ({ name, file, line });

const main = code("<module>", `${app}etl.py`, 1);
const run = code("run", `${app}etl.py`, 41);
const load = code("load_day", `${app}pipeline/load.py`, 18);
const parseRow = code("parse_row", `${app}pipeline/load.py`, 52);
const clean = code("Cleaner.clean", `${app}pipeline/clean.py`, 33);
const normalise = code("normalise_name", `${app}pipeline/clean.py`, 71);
const score = code("score_all", `${app}pipeline/score.py`, 12);
const distance = code("edit_distance", `${app}pipeline/score.py`, 58);
const write = code("write_report", `${app}pipeline/report.py`, 20);
const loads = code("loads", `${std}json/__init__.py`, 299);
const decode = code("JSONDecoder.decode", `${std}json/decoder.py`, 337);
const rawDecode = code("JSONDecoder.raw_decode", `${std}json/decoder.py`, 349);
const strptime = code("_strptime", `${std}_strptime.py`, 309);
const sub = code("sub", `${std}re/__init__.py`, 179);
const compile = code("_compile", `${std}re/__init__.py`, 280);
const render = code("Template.render", `${site}jinja2/environment.py`, 1269);
const concat = code("concat", `${site}jinja2/runtime.py`, 41);
const validate = code("BaseModel.model_validate", `${site}pydantic/main.py`, 590);
const cursor = code("Cursor.executemany", `${site}psycopg/cursor.py`, 120);
const boot = code("Thread._bootstrap", `${std}threading.py`, 1014);
const bootInner = code("Thread._bootstrap_inner", `${std}threading.py`, 1035);
const threadRun = code("Thread.run", `${std}threading.py`, 975);
const worker = code("_worker", `${std}concurrent/futures/thread.py`, 70);
const upload = code("upload_part", `${app}pipeline/upload.py`, 27);
const send = code("HTTPConnection.send", `${site}urllib3/connection.py`, 210);
const sslWrite = code("SSLSocket.sendall", `${std}ssl.py`, 1180);
const get = code("Queue.get", `${std}queue.py`, 154);
const wait = code("Condition.wait", `${std}threading.py`, 327);
const beat = code("heartbeat", `${app}pipeline/monitor.py`, 9);
const unproved: Code = { name: "(unproved)", file: "", line: 0, kind: FunctionKind.marker };

/** What the main thread does, phase by phase: the share of a second until which each phase lasts, and its calls. */
type Path = readonly (readonly [code: Code, line: number])[];
const head: Path = [
  [main, 88],
  [run, 47],
];
const phases: readonly { readonly until: number; readonly paths: readonly (readonly [share: number, path: Path])[] }[] = [
  {
    until: 2.1,
    paths: [
      [0.34, [...head, [load, 29], [parseRow, 57], [loads, 346], [decode, 345], [rawDecode, 361]]],
      [0.16, [...head, [load, 29], [parseRow, 57], [loads, 346], [decode, 345]]],
      [0.14, [...head, [load, 29], [parseRow, 61], [strptime, 402]]],
      [0.2, [...head, [load, 29], [parseRow, 64]]],
      [0.16, [...head, [load, 31], [validate, 627]]],
    ],
  },
  {
    until: 3.6,
    paths: [
      [0.3, [...head, [clean, 40], [normalise, 74], [sub, 186]]],
      [0.12, [...head, [clean, 40], [normalise, 74], [sub, 186], [compile, 294]]],
      [0.4, [...head, [clean, 40], [normalise, 78]]],
      [0.18, [...head, [clean, 44]]],
    ],
  },
  {
    until: 7.4,
    paths: [
      [0.62, [...head, [score, 19], [distance, 66]]],
      [0.2, [...head, [score, 19], [distance, 63]]],
      [0.06, [...head, [score, 22]]],
      [0.12, [...head, [score, 24], [distance, 66]]],
    ],
  },
  {
    until: 9,
    paths: [
      [0.4, [...head, [write, 33], [render, 1290], [concat, 44]]],
      [0.2, [...head, [write, 33], [render, 1290]]],
      [0.4, [...head, [write, 48], [cursor, 131]]],
    ],
  },
];
const pool: Path = [
  [boot, 1014],
  [bootInner, 1043],
  [threadRun, 994],
  [worker, 90],
];

/** Nine seconds of a batch job with a busy main thread, two uploading workers and a sleeping monitor; a child process. */
export function batchJob(isComplete = true): Recording {
  const random = randomFrom(7);
  const maker = new RecordingMaker();
  const parent = maker.process(4711, "python", "etl.py", "--day", "2026-11-20");
  const mainThread = maker.thread(parent, 4711, "MainThread");
  const workers = [maker.thread(parent, 4720, "uploader-0"), maker.thread(parent, 4721, "uploader-1")];
  const monitor = maker.thread(parent, 4725, "monitor");
  const child = maker.process(4800, "python", "-m", "pipeline.compress");
  const childMain = maker.thread(child, 4800, "MainThread");
  const push = (path: Path): number => path.reduce((above, [at, line]) => maker.stack(above, at, line), NONE);
  const step = 2e6;
  let uploading = [false, false];
  let current: Path = head;
  for (let time = step; time <= 9 * second; time += step) {
    if (random() < 0.25) {
      const phase = phases.find(({ until }) => time <= until * second)!;
      let left = random();
      current = (phase.paths.find(([share]) => (left -= share) < 0) ?? phase.paths[0]!)[1];
    }
    const dice = random();
    const isWaiting = current.at(-1)![0] === cursor;
    const state = isWaiting ? 0 : State.onCpu | State.holdsGil;
    if (dice < 0.004) maker.sample(time, mainThread, maker.stack(NONE, unproved), step, step, state, Known.lost);
    else if (dice < 0.014) maker.sample(time, mainThread, maker.stack(push(current.slice(0, 3)), unproved), step, step, state, Known.partial);
    else
      maker.sample(
        time,
        mainThread,
        push(current),
        step,
        isWaiting ? 2e4 : step,
        state | (dice > 0.985 ? State.collecting : 0),
        dice > 0.9 ? Known.exact : Known.verified,
      );
    if (random() < 0.02) uploading = [random() < 0.5, random() < 0.4];
    for (const [index, thread] of workers.entries()) {
      const isBusy = uploading[index] === true && time > 2 * second;
      const path: Path = isBusy ? [...pool, [upload, 34], [send, 222], [sslWrite, 1191]] : [...pool, [get, 171], [wait, 355]];
      maker.sample(time, thread, push(path), step, isBusy ? step * 0.3 : 0, isBusy && random() < 0.3 ? State.onCpu : 0);
    }
    maker.sample(
      time,
      monitor,
      push([
        [boot, 1014],
        [bootInner, 1043],
        [threadRun, 994],
        [beat, 14],
        [wait, 359],
      ]),
      step,
      0,
      0,
    );
    if (time > 5 * second) {
      maker.sample(
        time,
        childMain,
        push([
          [code("<module>", `${app}pipeline/compress.py`, 1), 40],
          [code("compress", `${std}gzip.py`, 587), 599],
          [{ name: "deflate", file: "/usr/lib/libz.so.1", line: 0, kind: FunctionKind.native }, 0],
        ]),
        step,
        step,
      );
    }
  }
  maker.roundsLate = 21;
  return maker.finish({}, isComplete);
}

/**
 * Three seconds of an asyncio server: `main` waits for its requests, of which 24 are there at a time. Each asks a database, waits for
 * that, and puts the answer together, which takes 30 ms without a break in every tenth.
 */
export function asyncServer(): Recording {
  const random = randomFrom(11);
  const maker = new RecordingMaker();
  const thread = maker.thread(maker.process(912, "python", "server.py"), 912, "MainThread");
  const push = (from: number, path: Path): number => path.reduce((above, [at, line]) => maker.stack(above, at, line), from);
  const ofTask = (from: number, name: string): number => maker.stack(from, { name, file: "", line: 0, kind: FunctionKind.task });
  const file = `${app}server.py`;
  const loop = push(NONE, [
    [code("<module>", file, 1), 90],
    [code("run", `${std}asyncio/runners.py`, 160), 194],
    [code("BaseEventLoop.run_until_complete", `${std}asyncio/base_events.py`, 690), 719],
  ]);
  const selecting = push(loop, [
    [code("BaseEventLoop._run_once", `${std}asyncio/base_events.py`, 1910), 1948],
    [code("EpollSelector.select", `${std}selectors.py`, 440), 452],
  ]);
  const handle = code("handle", file, 31);
  const mainTask = maker.task(thread, "Task-1", "main");
  const inMain = maker.stack(ofTask(loop, "Task-1"), code("main", file, 70), 84);
  const begin = (): { task: number; stack: number; what: string; from: number } => {
    const name = `Task-${maker.tasks.length + 1}`;
    const [task, isSlow] = [maker.task(thread, name, "handle"), random() < 0.3];
    const inHandle = maker.stack(ofTask(inMain, name), handle, isSlow ? 40 : 36);
    const stack = isSlow
      ? maker.stack(inHandle, code("Pool.acquire", `${site}asyncpg/pool.py`, 840), 851)
      : maker.stack(inHandle, code("Query.rows", `${app}db.py`, 12), 19);
    return { task, stack, what: isSlow ? "Queue" : "socket", from: time };
  };
  let time = 0;
  let requests = Array.from({ length: 24 }, begin);
  const step = 2e6;
  let block = 0;
  let idle = 0;
  const cut = (): void => {
    maker.wait(block, time, mainTask, inMain, 0, "other tasks");
    for (const { task, stack, what } of requests) maker.wait(block, time, task, stack, idle / requests.length, what);
    [block, idle] = [time, 0];
  };
  while (time < 3e9) {
    const { task } = requests[Math.floor(random() * requests.length)]!;
    const name = `Task-${task + 1}`;
    for (let left = random() < 0.1 ? 15 : 1; left > 0; left--) {
      time += step;
      const answer = maker.stack(maker.stack(ofTask(inMain, name), handle, 44), code("render", `${app}view.py`, 9), 15);
      maker.sampleOfTask(time, thread, answer, step, task);
    }
    for (let left = 4; left > 0; left--) {
      time += step;
      idle += step;
      maker.sampleOfTask(time, thread, selecting, step, NONE);
    }
    cut();
    requests = requests.map((request) => (request.task === task ? begin() : request));
  }
  return maker.finish({ command: ["python", "server.py"], interval: step });
}

/** Every name tries to get out of where it is put. */
export function hostileNames(): Recording {
  const maker = new RecordingMaker();
  const attack = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
  const thread = maker.thread(maker.process(1, attack, attack), 1, attack);
  const stack = maker.stack(maker.stack(NONE, code(attack, `/srv/${attack}.py`, 3)), code(`"'></script>${attack}`, attack, 5));
  for (let i = 1; i <= 10; i++) maker.sample(i * 1e6, thread, stack, 1e6, 1e6);
  return maker.finish({ command: [attack], host: attack, extra: { [attack]: attack } });
}

export function emptyRecording(): Recording {
  return new RecordingMaker().finish();
}

/** About `nodes` different nodes of the call tree, up to 60 deep, and as many samples. */
export function largeRecording(nodes: number): Recording {
  const random = randomFrom(3);
  const maker = new RecordingMaker();
  const thread = maker.thread(maker.process(1, "python", "large.py"), 1, "MainThread");
  const codes = Array.from({ length: 4000 }, (_, i) => code(`function_${i}`, `${[app, site, std][i % 3]}module_${i % 97}.py`, i + 1));
  const open: number[] = [maker.stack(NONE, codes[0]!)];
  for (let made = 1; made < nodes; made++) {
    // A walk that goes down more than up, so that stacks are deep and share their beginnings.
    const keep = 1 + Math.floor((1 - random() ** 3) * Math.min(open.length, 59));
    open.length = Math.min(open.length, keep);
    open.push(maker.stack(open.at(-1)!, codes[Math.floor(random() * codes.length)]!));
    maker.sample(made * 1e5, thread, open.at(-1)!, 1e5, 1e5);
  }
  return maker.finish({ command: ["python", "large.py"], interval: 1e5 });
}
