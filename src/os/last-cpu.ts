import type { Pid, Tid } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";

/** Fields 3 and 39 of /proc/PID/task/TID/stat; field 2 may hold anything, so they are counted from its last ")". */
const stateField = 3;
const cpuField = 39;

/** On which CPU a thread is, or was when it was last on one: 1 us a look. Where the kernel's own rows are not to be had. */
export class LastCpu {
  readonly #stat: ProcFile;

  private constructor(stat: ProcFile) {
    this.#stat = stat;
  }

  /** Null when the thread is gone (or no file descriptor is left). */
  static open(pid: Pid, tid: Tid): LastCpu | null {
    const stat = ProcFile.open(`/proc/${pid}/task/${tid}/stat`);
    return stat === null ? null : new LastCpu(stat);
  }

  /** The CPU that it is on or waits for; -1 when it is neither running nor about to. */
  find(): number {
    const length = this.#stat.read();
    const { bytes } = ProcFile;
    let at = length - 1;
    while (at > 0 && bytes[at] !== 0x29 /* ) */) at--;
    if (at <= 0 || bytes[at + 2] !== 0x52 /* R */) return -1;
    at += 2;
    for (let field = stateField; field < cpuField && at < length; at++) if (bytes[at] === 0x20) field++;
    let cpu = 0;
    for (; at < length && bytes[at]! >= 0x30; at++) cpu = cpu * 10 + bytes[at]! - 0x30;
    return cpu;
  }

  close(): void {
    this.#stat.close();
  }
}
