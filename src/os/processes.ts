import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import type { ByteCount, Pid, Tid } from "../base/units.ts";
import { readText } from "./read-text.ts";

/** What /proc/PID/stat says, as far as we need it. */
export interface ProcessStat {
  /** R S D T t Z X I, as ps(1) shows it. */
  readonly state: string;
  readonly parent: Pid;
  /** The process that leads its session, which may be gone. */
  readonly session: Pid;
  readonly isKernelThread: boolean;
  /** On its way out: its memory may be gone already, though it is no zombie yet. */
  readonly isEnding: boolean;
  /** Clock ticks since boot: with the pid this names a process for good. */
  readonly startTime: number;
  /** Changes with each execve(2): where the stack starts, in a new address space. 0 when we may not know. */
  readonly imageMark: string;
  /** All of its mappings together. */
  readonly addressSpace: ByteCount;
}

/** include/linux/sched.h */
const PF_EXITING = 0x0000_0004;
const PF_KTHREAD = 0x0020_0000;

/** Whether /proc is there and its ids are those of our own pid namespace. */
export function hasOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
}

/** Null when there is no such process. */
export function readStat(pid: Pid, tid: Tid = pid): ProcessStat | null {
  const text = readText(`/proc/${pid}/task/${tid}/stat`);
  return text === "" ? null : parseStat(text);
}

/** proc(5): the name in field 2 may hold anything, so count from its last ")". */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "?",
    parent: Number(fields[1]),
    session: Number(fields[3]),
    isKernelThread: (Number(fields[6]) & PF_KTHREAD) !== 0,
    isEnding: (Number(fields[6]) & PF_EXITING) !== 0,
    startTime: Number(fields[19]),
    imageMark: `${fields[23]},${fields[25]},${fields[42]}`,
    addressSpace: Number(fields[20]),
  };
}

/** Empty for kernel threads and zombies. */
export function readCommandLine(pid: Pid): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return text === "" ? [] : text.replace(/\0$/, "").split("\0");
  } catch {
    return [];
  }
}

/** The path of the program, as its own mount namespace names it; empty when we may not know. */
export function readExecutable(pid: Pid): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}

/** Thread ids; empty when the process is gone. */
export function listThreads(pid: Pid): Tid[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Direct children, of whichever thread started them. */
export function listChildren(pid: Pid): Pid[] {
  const children: Pid[] = [];
  for (const tid of listThreads(pid)) {
    const text = readText(`/proc/${pid}/task/${tid}/children`);
    for (const word of text.split(" ")) if (word !== "") children.push(Number(word));
  }
  return children;
}

/** False for the id of a thread that is not a process's first: /proc knows those, too, but does not list them. */
export function isProcess(id: Pid): boolean {
  return /^Tgid:\t(\d+)$/m.exec(readText(`/proc/${id}/status`))?.[1] === String(id);
}

/** All processes below this one, parents first. At most `most`. */
export function listDescendants(pid: Pid, most: number): Pid[] {
  const found = listChildren(pid);
  for (let at = 0; at < found.length && found.length < most; at++) found.push(...listChildren(found[at]!));
  return found.slice(0, most);
}

/** The id of a thread in the innermost pid namespace, which is what the thread itself calls its id. */
export function readInnerThreadId(pid: Pid, tid: Tid): Tid {
  const line = /^NSpid:\s*(.*)$/m.exec(readText(`/proc/${pid}/task/${tid}/status`))?.[1];
  return line === undefined ? tid : Number(line.trim().split(/\s+/).at(-1));
}

export function isAlive(pid: Pid): boolean {
  const stat = readStat(pid);
  return stat !== null && !stat.isEnding && stat.state !== "Z" && stat.state !== "X";
}

/** What the kernel calls a thread, 15 bytes at most; empty when it is gone. */
export function readThreadComment(pid: Pid, tid: Tid): string {
  return readText(`/proc/${pid}/task/${tid}/comm`).trimEnd();
}
