import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { LynceusError } from "../base/errors.ts";
import { addressOf, declare, errorNumbers } from "./libc.ts";

const prlimit = declare<(pid: number, resource: number, limit: number, old: number) => number>(
  "int prlimit(int pid, int resource, uintptr_t limit, uintptr_t old)",
);
const RLIMIT_NOFILE = 7;

/** Where what a program writes to its stdout goes: where ours goes, nowhere, or where our stderr goes. */
export type ProgramOutput = "stdout" | "nowhere" | "stderr";

const stdoutOf = { stdout: "inherit", nowhere: "ignore", stderr: 2 } as const;

/**
 * Starts a command with our own stdin, stderr and, unless `output` says otherwise, stdout, in our process group, so that the terminal's Ctrl-C and Ctrl-Z
 * reach it as if we were not there. Rejects with `cannot-launch`.
 */
export async function launch(command: readonly string[], output: ProgramOutput = "stdout"): Promise<ChildProcess> {
  const [file, ...rest] = command;
  if (file === undefined || file === "") throw new LynceusError("cannot-launch", "the name of the command is empty");
  const child = attempt(file, rest, output);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause: NodeJS.ErrnoException) => reject(explain(file, cause)));
  });
  if (child.pid !== undefined) restoreFileLimit(child.pid);
  return child;
}

/** Node tells of the usual failures by an event and throws the rarer ones. */
function attempt(file: string, rest: readonly string[], output: ProgramOutput): ChildProcess {
  try {
    return spawn(file, rest, { stdio: ["inherit", stdoutOf[output], "inherit"] });
  } catch (cause) {
    throw explain(file, cause as NodeJS.ErrnoException);
  }
}

/** Node raises its own limit of open files at start, and what it starts would inherit that. Gives the command the one we were started with. */
function restoreFileLimit(pid: number): void {
  const soft = readSoftFileLimit(process.ppid);
  if (soft === null) return;
  const limit = new BigUint64Array(2);
  const address = addressOf(limit.buffer);
  if (prlimit(pid, RLIMIT_NOFILE, 0, address) !== 0 || soft >= limit[0]!) return;
  limit[0] = soft;
  prlimit(pid, RLIMIT_NOFILE, address, 0);
}

function readSoftFileLimit(pid: number): bigint | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"))?.[1];
    return soft === undefined ? null : BigInt(soft);
  } catch {
    return null;
  }
}

function explain(file: string, cause: NodeJS.ErrnoException): LynceusError {
  switch (cause.errno === undefined ? undefined : -cause.errno) {
    case errorNumbers["ENOENT"]:
      return new LynceusError("cannot-launch", file.includes("/") ? `there is no file ${file}` : `the command ${file} was not found`, { cause });
    case errorNumbers["ENOTDIR"]:
      return new LynceusError("cannot-launch", `there is no file ${file}`, { cause });
    case errorNumbers["EACCES"]:
      if (isFolder(file)) return new LynceusError("cannot-launch", `${file} is a directory`, { cause });
      return new LynceusError("cannot-launch", `${file} may not be executed`, {
        cause,
        hint: `chmod +x ${file}, or name the interpreter: lynceus run python3 ${file}`,
      });
    case errorNumbers["ENOEXEC"]:
      return new LynceusError("cannot-launch", `${file} is not a program`, { cause, hint: `name the interpreter: lynceus run python3 ${file}` });
    default:
      return new LynceusError("cannot-launch", `${file} cannot be started: ${cause.message}`, { cause });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
