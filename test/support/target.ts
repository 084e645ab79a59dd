import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Milliseconds, Pid } from "../../src/base/units.ts";
import type { Interpreter } from "./interpreters.ts";

const programs = resolve(dirname(fileURLToPath(import.meta.url)), "../programs");

export interface TargetOptions {
  /** Put before the program: `["-X", "importtime"]`. */
  readonly pythonArguments?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readyTimeout?: Milliseconds;
}

/** A Python program that runs for a test. `await using target = await startTarget(...)` ends it with the block. */
export interface Target extends AsyncDisposable {
  readonly pid: Pid;
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** What followed READY on its line. */
  readonly ready: string;
  /** The lines of stdout since READY. */
  lines(): readonly string[];
  /** The next line of stdout that no call has returned yet. Rejects when the program ends without one. */
  nextLine(): Promise<string>;
  /** Kills exactly this process, if it still runs, and waits for its end. */
  stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Where a program of test/programs is: `programPath("two_trees.py")`. */
export function programPath(program: string): string {
  return resolve(programs, program);
}

/** Starts `program` (of test/programs, or an absolute path) and resolves when it has printed its READY line. */
export async function startTarget(
  interpreter: Pick<Interpreter, "path">,
  program: string,
  args: readonly string[] = [],
  options: TargetOptions = {},
): Promise<Target> {
  const command = [...(options.pythonArguments ?? []), programPath(program), ...args];
  const child = spawn(interpreter.path, command, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONIOENCODING: "utf-8", ...options.env },
  });
  child.stdin.on("error", () => {}); // The program may be gone when a test writes to it.
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-10_000)));

  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const input = createInterface({ input: child.stdout });
  const received: string[] = [];
  let taken = 0;
  let closed = false;
  input.on("line", (line) => received.push(line)).on("close", () => (closed = true));

  async function nextLine(): Promise<string> {
    while (taken >= received.length) {
      if (closed) throw new Error(`${interpreter.path} ${command.join(" ")} ended its output: ${stderr}`);
      await new Promise<void>((wake) => {
        const wakeOnce = (): void => {
          input.off("line", wakeOnce).off("close", wakeOnce);
          wake();
        };
        input.on("line", wakeOnce).on("close", wakeOnce);
      });
    }
    return received[taken++] ?? "";
  }

  async function stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    const [code, signal] = await ended;
    return { code, signal };
  }

  async function waitForReady(): Promise<string> {
    for (;;) {
      const line = await nextLine();
      if (line === "READY" || line.startsWith("READY ")) return line.slice("READY ".length);
    }
  }

  const timeout = options.readyTimeout ?? 30_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error(`${program} did not say READY within ${timeout} ms: ${stderr}`)), timeout)),
  );
  try {
    const ready = await Promise.race([waitForReady(), late, once(child, "error").then(([error]) => Promise.reject(error as Error))]);
    const first = taken;
    return {
      pid: child.pid ?? 0,
      process: child,
      ready,
      lines: () => received.slice(first),
      nextLine,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } catch (error) {
    if (child.pid !== undefined) await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
