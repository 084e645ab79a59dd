import { closeSync, openSync, readSync } from "node:fs";
import type { Pid, Tid } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";

/** One call in the kernel. */
export interface KernelFrame {
  readonly name: string;
  /** Which module of it; empty for the kernel itself. */
  readonly module: string;
}

/** Texts that are known; more than these are forgotten again. */
const maxKnown = 4096;
const known = new Map<string, readonly KernelFrame[]>();

/**
 * What a thread that is on no CPU waits in: /proc/PID/task/TID/stack, one file that is read again and again. The kernel unwinds
 * the thread's stack at each read, some 5 us.
 */
export class KernelStack {
  readonly #file: ProcFile;

  private constructor(file: ProcFile) {
    this.#file = file;
  }

  /** Null when the thread is gone, or it is not ours to see. */
  static open(pid: Pid, tid: Tid): KernelStack | null {
    const file = ProcFile.open(`/proc/${pid}/task/${tid}/stack`);
    return file === null ? null : new KernelStack(file);
  }

  /** Root first. Empty for a thread that runs, is gone, or is not in the kernel. */
  read(): readonly KernelFrame[] {
    const length = this.#file.read();
    if (length <= 0) return [];
    const text = Buffer.from(ProcFile.bytes.subarray(0, length)).toString("latin1");
    let frames = known.get(text);
    if (frames === undefined) {
      frames = parseKernelStack(text);
      if (known.size >= maxKnown) known.clear();
      known.set(text, frames);
    }
    return frames;
  }

  close(): void {
    this.#file.close();
  }
}

/** "[<0>] futex_do_wait+0x38/0x60\n[<0>] nfs_wait+0x1/0x2 [nfs]\n", the newest first. Lines that are cut off or unknown are left out. */
export function parseKernelStack(text: string): KernelFrame[] {
  return [...text.matchAll(/^\[<[^>]*>\] ([^+\s]+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[([^\]\s]+)[^\n]*\])?\n/gm)]
    .map(([, name = "", module = ""]) => ({ name: plainName(name), module }))
    .toReversed();
}

/** Without what compilers append: "do_wait.isra.0", "foo.constprop.1.cold". */
export function plainName(symbol: string): string {
  return symbol.replace(/(?:\.(?:isra|constprop|part|cold|llvm|lto_priv)(?:\.?\d+)?)+$/, "");
}

export interface KernelStackObstacle {
  readonly message: string;
  readonly hint: string | null;
}

/** Why what threads do in the kernel cannot be seen; null: it can. */
export function findKernelStackObstacle(): KernelStackObstacle | null {
  try {
    const fd = openSync("/proc/self/stack", "r");
    try {
      readSync(fd, new Uint8Array(1));
      return null;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT"
      ? { message: "this kernel shows no stacks of its own (/proc/PID/stack: CONFIG_STACKTRACE)", hint: null }
      : {
          message: "stacks in the kernel need root (CAP_SYS_ADMIN, outside of user namespaces)",
          hint: "sudo lynceus ..., or in a container: --cap-add SYS_ADMIN",
        };
  }
}
