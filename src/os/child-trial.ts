import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Pid } from "../base/units.ts";
import { declare, errno } from "./libc.ts";
import { readText } from "./read-text.ts";
import { tryRead } from "./try-read.ts";

const ptrace = declare<(request: number, pid: Pid, address: number, options: number) => number>(
  "long ptrace(int request, int pid, uintptr_t address, uintptr_t options)",
);
const PTRACE_SEIZE = 0x4206;

/** What may be done to a program that we start. */
export interface ChildTrial {
  /** Error numbers; 0: it works. */
  readonly readError: number;
  readonly seizeError: number;
  /** The kernel counts CPU time and switches of its threads. */
  readonly hasSchedstat: boolean;
  /** The kernel says what its threads wait for. */
  readonly hasSyscall: boolean;
}

/**
 * They wait for their stdin to end, so they end with us, whatever happens. Node only where there is no shell (small
 * containers): it may have been given capabilities that make it unreadable.
 */
const idlers: readonly (readonly [string, ...string[]])[] = [
  ["/bin/sh", "-c", "read line"],
  [process.execPath, "-e", "process.stdin.resume()"],
];

/** Starts a child, tries on it what a recording does, and ends it. Null when none can be started. */
export async function tryOnChild(): Promise<ChildTrial | null> {
  for (const idler of idlers) {
    const tried = await tryOn(idler);
    if (tried !== null) return tried;
  }
  return null;
}

async function tryOn([file, ...args]: readonly [string, ...string[]]): Promise<ChildTrial | null> {
  // A session of its own: a Ctrl-C would stop a traced child instead of ending it.
  const child = spawn(file, args, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  try {
    await once(child, "spawn");
    return trial(child);
  } catch {
    return null;
  } finally {
    if (child.pid !== undefined) await end(child);
  }
}

function trial({ pid = 0 }: ChildProcess): ChildTrial {
  const folder = `/proc/${pid}/task/${pid}`;
  // "0 0 0" in a kernel that was built to count but does not: it was put on a CPU at least once.
  const hasSchedstat = /^\d+ \d+ [1-9]/.test(readText(`${folder}/schedstat`));
  const hasSyscall = readText(`${folder}/syscall`) !== "";
  const readError = tryRead(pid);
  return { readError, hasSchedstat, hasSyscall, seizeError: ptrace(PTRACE_SEIZE, pid, 0, 0) === 0 ? 0 : errno() };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
