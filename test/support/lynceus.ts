import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Milliseconds, Pid } from "../../src/base/units.ts";

/** What is installed, made by `npm run build`; LYNCEUS_BIN names another build. */
export const entry: string = process.env["LYNCEUS_BIN"] ?? new URL("../../dist/bin.js", import.meta.url).pathname;

export interface LynceusOptions {
  readonly cwd?: string;
  /** What it reads on its stdin. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In a process group of its own, as a shell with job control starts it. */
  readonly ownGroup?: boolean;
}

export interface Ended {
  /** As a shell says it: 128 + n after signal n. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `lynceus ARGS` in the making. `await using` kills it, if it still runs, when the block is left. */
export interface Running extends AsyncDisposable {
  readonly pid: Pid;
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What it (and the program it runs) wrote so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Ended, and nobody has its stdout open any more. */
  readonly ended: Promise<Ended>;
  /** Ended, but a program that it left running may still write, and what was written may not all have come. */
  readonly exited: Promise<Ended>;
}

export function startLynceus(args: readonly string[], options: LynceusOptions = {}): Running {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: options.cwd,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...options.env },
    detached: options.ownGroup ?? false,
  });
  child.stdin.on("error", () => {}); // It may have ended without reading.
  if (options.input !== undefined) child.stdin.end(options.input);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const describe = ([code, signal]: [number | null, NodeJS.Signals | null]): Ended => ({ code: code ?? 128 + signalNumber(signal), out, err });
  const exited = (once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>).then(describe);
  const ended = (once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>).then(describe);
  return {
    pid: child.pid ?? 0,
    process: child,
    out: () => out,
    err: () => err,
    ended,
    exited,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs `lynceus ARGS` to its end; its stdin is empty unless `input` says otherwise. */
export async function lynceus(args: readonly string[], options: LynceusOptions = {}): Promise<Ended> {
  return await startLynceus(args, { input: "", ...options }).ended;
}

/** A folder that goes away with the block: `using folder = temporaryFolder()`. */
export function temporaryFolder(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), "lynceus-test-"));
  return { path, file: (name) => join(path, name), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Waits until a recording goes on: its file is made when an interpreter was found. */
export async function waitForRecording(file: string): Promise<void> {
  await waitFor(() => existsSync(file), file);
  await sleep(50);
}

export async function waitFor(condition: () => boolean, what: string, timeout: Milliseconds = 20_000): Promise<void> {
  for (const end = performance.now() + timeout; !condition(); await sleep(5)) {
    if (performance.now() > end) throw new Error(`waited ${timeout} ms in vain for ${what}`);
  }
}

/** The letter that ps(1) shows: R S D T t Z; null when there is no such process (any more). */
export function processState(pid: Pid): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2)[0] ?? null;
  } catch {
    return null;
  }
}

/** Runs or sleeps: neither stopped nor gone. */
export function isRunning(pid: Pid): boolean {
  return ["R", "S", "D"].includes(processState(pid) ?? "gone");
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
