import { readlinkSync } from "node:fs";
import type { Pid } from "../base/units.ts";
import { readBpfFacts, type BpfFacts } from "./bpf-obstacle.ts";
import { hasOwnProc } from "./processes.ts";
import { readText } from "./read-text.ts";
import { tryReadOwn } from "./try-read.ts";

/** Of the machine and of this process, as far as it decides which processes can be read. */
export interface MachineFacts extends BpfFacts {
  /** "20.20.2" */
  readonly nodeVersion: string;
  /** The effective one. */
  readonly user: number;
  /** kernel.yama.ptrace_scope; null where Yama is not there. */
  readonly ptraceScope: number | null;
  /** The error number of process_vm_readv(2) on ourselves, which only a seccomp filter can forbid; 0: it works. */
  readonly ownMemoryError: number;
  readonly proc: ProcFacts;
  readonly inFirstPidNamespace: boolean;
}

/** How /proc is mounted: Documentation/filesystems/proc.rst, "Mount options". */
export interface ProcFacts {
  /** Its process ids are those of our own pid namespace. */
  readonly isOurs: boolean;
  /** Whose processes it hides from those without CAP_SYS_PTRACE; null: it hides none from us. */
  readonly hidepid: string | null;
}

/** PROC_PID_INIT_INO of include/linux/proc_ns.h */
const firstPidNamespace = "pid:[4026531836]";
/** CAP_SYS_PTRACE; include/uapi/linux/capability.h */
const traceBit = 19n;

export function readMachineFacts(): MachineFacts {
  const scope = readText("/proc/sys/kernel/yama/ptrace_scope").trim();
  return {
    ...readBpfFacts(),
    nodeVersion: process.versions.node,
    user: process.geteuid?.() ?? 0,
    ptraceScope: scope === "" ? null : Number(scope),
    ownMemoryError: tryReadOwn(),
    proc: {
      isOurs: hasOwnProc(),
      hidepid: parseHidepid(readText("/proc/self/mountinfo"), [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])]),
    },
    inFirstPidNamespace: readLink("/proc/self/ns/pid") === firstPidNamespace,
  };
}

export function canTrace({ capabilities }: Pick<MachineFacts, "capabilities">): boolean {
  return ((capabilities >> traceBit) & 1n) === 1n;
}

/** The option of the /proc that is seen, the one mounted last; null for a value that hides nothing, and for members of the group that sees all. */
export function parseHidepid(mountinfo: string, groups: readonly number[]): string | null {
  const options = mountinfo
    .split("\n")
    .findLast((line) => /^\S+ \S+ \S+ \S+ \/proc /.test(line))
    ?.replace(/^.* - /, "");
  const value = /\bhidepid=(\w+)/.exec(options ?? "")?.[1];
  const group = /\bgid=(\d+)/.exec(options ?? "")?.[1];
  return value === undefined || value === "0" || value === "off" || groups.includes(Number(group)) ? null : value;
}

/** What everybody may know of a process (`/proc/PID/status`), unless /proc hides it. */
export interface ProcessFacts {
  /** The effective one. */
  readonly user: number;
  /** Who traces it: a debugger; null: nobody. */
  readonly tracer: Pid | null;
  /** Its id in each pid namespace, from ours to its own. */
  readonly ids: readonly Pid[];
}

/** Null when there is no such process. */
export function readProcessFacts(pid: Pid): ProcessFacts | null {
  const status = readText(`/proc/${pid}/status`);
  const numbers = (name: string): number[] => (new RegExp(`^${name}:(.*)$`, "m").exec(status)?.[1] ?? "").trim().split(/\s+/).map(Number);
  if (status === "") return null;
  const [tracer = 0] = numbers("TracerPid");
  return { user: numbers("Uid")[1] ?? 0, tracer: tracer === 0 ? null : tracer, ids: numbers("NSpid") };
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
