import { statSync } from "node:fs";
import type { Pid } from "../base/units.ts";

/** What names a namespace: the kernel's `dev_t` and the inode number of its file. */
export interface PidNamespace {
  readonly device: number;
  readonly inode: number;
}

/** The pid namespace that a process is in itself. Null when it is gone or not ours to look at. */
export function readPidNamespace(pid: Pid): PidNamespace | null {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/ns/pid`);
    return { device: decodeDevice(dev), inode: ino };
  } catch {
    return null;
  }
}

/** From what stat(2) says to how the kernel keeps it: `new_decode_dev` of include/linux/kdev_t.h. */
function decodeDevice(encoded: number): number {
  const major = (encoded >>> 8) & 0xfff;
  const minor = (encoded & 0xff) | ((encoded >>> 12) & 0xfff00);
  return ((major << 20) | minor) >>> 0;
}
