import { statSync } from "node:fs";
import type { Pid } from "../base/units.ts";

/** Whether CLOCK_MONOTONIC tells a process the same as us: containers may have one of their own (time_namespaces(7), Linux 5.6). */
export function sharesClocks(pid: Pid): boolean {
  const ours = inodeOf(process.pid);
  return ours === null || ours === inodeOf(pid);
}

/** Null: the kernel knows no such namespaces, or the process is gone. */
function inodeOf(pid: Pid): number | null {
  try {
    return statSync(`/proc/${pid}/ns/time`).ino;
  } catch {
    return null;
  }
}
