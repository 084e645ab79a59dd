import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ByteCount, Milliseconds, Pid } from "../../src/base/units.ts";
import { join } from "node:path";
import { projectRoot } from "./source-tree.ts";

/** What is installed: sampling runs in a worker, which only the built program has. */
export const entry: string = process.env["LYNCEUS_ENTRY"] ?? join(projectRoot, "dist/bin.js");

export interface Ended {
  /** Null when a signal ended it: a hang, cut off by the time limit. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The most memory that it had (VmHWM), as far as was seen. */
  readonly peak: ByteCount;
}

export interface Running {
  readonly pid: Pid;
  readonly ended: Promise<Ended>;
  output(): string;
  send(signal: NodeJS.Signals): void;
}

export interface CommandOptions {
  readonly cwd: string;
  /** SIGKILL after this time. */
  readonly limit?: Milliseconds;
  /** Put before it: `["setpriv", "--reuid", "65534"]`. */
  readonly prefix?: readonly string[];
  readonly entry?: string;
}

/** Starts `lynceus ARGS`, with an empty stdin. */
export function startLynceus(args: readonly string[], options: CommandOptions): Running {
  const [file, ...rest] = [...(options.prefix ?? []), process.execPath, options.entry ?? entry, ...args];
  const child = spawn(file!, rest, { cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  let peak = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const watch = setInterval(() => (peak = Math.max(peak, readPeak(child.pid!))), 50);
  const limit = setTimeout(() => child.kill("SIGKILL"), options.limit ?? 30_000);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err, peak }));
  void ended.finally(() => (clearInterval(watch), clearTimeout(limit)));
  return { pid: child.pid!, ended, output: () => out, send: (signal) => void child.kill(signal) };
}

export function lynceus(args: readonly string[], options: CommandOptions): Promise<Ended> {
  return startLynceus(args, options).ended;
}

function readPeak(pid: Pid): ByteCount {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
