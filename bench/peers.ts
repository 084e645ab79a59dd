import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Milliseconds, Pid, Seconds } from "../src/base/units.ts";
import type { Interpreter } from "../test/support/interpreters.ts";
import type { ToldFrame } from "../test/support/stack-judge.ts";

/** Stacks as another profiler tells them, and how many samples each stands for. */
export type ToldStacks = Iterable<{ readonly stack: readonly ToldFrame[]; readonly samples: number; readonly isDisowned: boolean }>;

/** Another profiler, where this machine has it. */
export interface Peer {
  readonly name: string;
  /** Samples a process for a while, at one sample a millisecond. Throws when it cannot. */
  readonly sample: (pid: Pid, seconds: Seconds, output: string) => ToldStacks;
}

/** One that has to start the program itself. */
export interface RunningPeer {
  readonly name: string;
  readonly run: (program: string, seconds: Seconds, output: string) => ToldStacks;
}

const root = new URL("..", import.meta.url).pathname;
export const interval: Milliseconds = 1;

/** Those that README.md says how to install, that can read this interpreter. */
export function findPeers(interpreter: Interpreter): Peer[] {
  const peers: Peer[] = [];
  const pySpy = join(root, ".cache/peers/venv/bin/py-spy");
  if (existsSync(pySpy)) {
    const version = execFileSync(pySpy, ["--version"], { encoding: "utf8" }).trim();
    for (const option of ["", "--nonblocking"]) peers.push({ name: `${version} ${option}`.trim(), sample: (...args) => runPySpy(pySpy, option, ...args) });
  }
  for (const venv of ["austin-3.7", "venv"]) {
    const austin = join(root, ".cache/peers", venv, "bin/austin");
    const start = existsSync(austin) ? startable(austin) : null;
    if (start === null) continue;
    const version = spawnSync(start[0]!, [...start.slice(1), "--version"], { encoding: "utf8" }).stdout.trim();
    peers.push({ name: version, sample: (...args) => runAustin(start, ...args) });
  }
  if (interpreter.minor >= 15) {
    for (const option of ["", "--blocking"])
      peers.push({ name: `profiling.sampling ${option}`.trim(), sample: (...args) => runSampling(interpreter, option, ...args) });
  }
  return peers;
}

/** Those that run in the program's own process, installed for this interpreter. */
export function findRunningPeers({ minor }: Interpreter): RunningPeer[] {
  const binaries = join(root, `.cache/peers/echion-3.${minor}/bin`);
  if (!existsSync(join(binaries, "echion"))) return [];
  const listed = spawnSync(join(binaries, "python"), ["-c", "import importlib.metadata as m; print(m.version('echion'))"], { encoding: "utf8" });
  return [{ name: `Echion ${listed.stdout.trim()}`, run: (...args) => runEchion(binaries, ...args) }];
}

/** Austin 4's wheel wants a newer C library than some machines have: those that `npm run pythons` fetched have one. */
function startable(binary: string): string[] | null {
  const libraries = join(root, ".cache/pythons/3.15/usr/lib/x86_64-linux-gnu");
  const loader = existsSync(libraries) && readdirSync(libraries).includes("ld-linux-x86-64.so.2") ? join(libraries, "ld-linux-x86-64.so.2") : null;
  const ways = [[binary], ...(loader === null ? [] : [[loader, "--library-path", libraries, binary]])];
  return ways.find(([file, ...rest]) => spawnSync(file!, [...rest, "--version"]).status === 0) ?? null;
}

/** Austin's exit code after -x says that it has been interrupted, so what it wrote counts. */
function run(command: readonly string[], output: string): void {
  const { status, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0 && !existsSync(output)) throw new Error(stderr.trim().split("\n").at(-1) ?? `exit code ${status}`);
}

function runPySpy(binary: string, option: string, pid: Pid, seconds: Seconds, output: string): ToldStacks {
  const options = ["-p", `${pid}`, "-d", `${seconds}`, "-r", `${1000 / interval}`, "-f", "raw", "-o", output, ...(option ? [option] : [])];
  run([binary, "record", ...options], output);
  return countedStacks(output, /^(?<name>.*) \(.*:(?<line>\d+)\)$/);
}

function runSampling({ path }: Interpreter, option: string, pid: Pid, seconds: Seconds, output: string): ToldStacks {
  const options = ["-d", `${seconds}`, "-r", `${1000 / interval}`, "--collapsed", "-o", output, ...(option ? [option] : [])];
  run([path, "-m", "profiling.sampling", "attach", ...options, `${pid}`], output);
  return countedStacks(output, /^.*:(?<name>[^:]+):(?<line>\d+)$/);
}

/** Lines of frames and a count: "a (x.py:1);b (x.py:2) 17". What is not a frame names the thread. */
function* countedStacks(file: string, form: RegExp): ToldStacks {
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const space = line.lastIndexOf(" ");
    yield { stack: parseFrames(line.slice(0, space).split(";"), form), samples: Number(line.slice(space + 1)), isDisowned: false };
  }
}

/** Each line is one sample; 4 writes binary files, which its own tool turns into such lines. */
function* runAustin(start: readonly string[], pid: Pid, seconds: Seconds, output: string): ToldStacks {
  run([...start, "-i", `${interval * 1000}us`, "-x", `${seconds}`, "-o", output, "-p", `${pid}`], output);
  let text = output;
  if (readFileSync(output).subarray(0, 3).toString("latin1") === "MOJ") {
    text = `${output}.txt`;
    run([join(root, ".cache/peers/venv/bin/mojo2austin"), output, text], text);
  }
  for (const line of readFileSync(text, "utf8").split("\n")) {
    if (!line.startsWith("P")) continue;
    const stack = parseFrames(line.slice(0, line.lastIndexOf(" ")).split(";"), /^.*:(?<name>[^:]+):(?<line>\d+)$/);
    yield { stack, samples: 1, isDisowned: line.includes(":INVALID:") };
  }
}

/** Ends with the program, on SIGINT. Its reader is a thread of the program, which has both CPUs: on one it would see the program stand still. */
function* runEchion(binaries: string, program: string, seconds: Seconds, output: string): ToldStacks {
  const command = [join(binaries, "echion"), "-i", `${interval * 1000}`, "-o", output, join(binaries, "python"), program];
  spawnSync("taskset", ["-c", "0,1", "timeout", "-s", "INT", `${seconds}`, ...command], { stdio: "ignore" });
  const text = `${output}.txt`;
  run([join(root, ".cache/peers/venv/bin/mojo2austin"), output, text], text);
  for (const line of readFileSync(text, "utf8").split("\n")) {
    // Until it says READY, the program imports.
    if (!line.includes("MainThread;") || line.includes("importlib") || line.includes("ready.py")) continue;
    const frames = line.slice(0, line.lastIndexOf(" ")).split(";").slice(2);
    yield { stack: parseFrames(frames, /^.*:(?<name>[^:]+):(?<line>\d+)$/), samples: 1, isDisowned: false };
  }
}

function parseFrames(texts: readonly string[], form: RegExp): ToldFrame[] {
  return texts.flatMap((text) => {
    const groups = /^[PT][0-9a-f:]+$|^tid:\d+$/.test(text) ? undefined : form.exec(text)?.groups;
    return groups === undefined ? [] : [{ name: groups["name"]!, line: Number(groups["line"]) }];
  });
}
