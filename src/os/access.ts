import { LynceusError } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";
import { errno, errorNumbers } from "./libc.ts";
import { openProcessImage } from "./process-image.ts";
import { hasOwnProc, isAlive, readStat } from "./processes.ts";
import { tryReadOwn } from "./try-read.ts";
import { readText } from "./read-text.ts";

/** Throws when nothing can be read here: there is no /proc of our own pid namespace, or the call that reads memory is forbidden. */
export function checkMachine(): void {
  if (!hasOwnProc())
    throw new LynceusError("cannot-attach", "/proc is missing, or of another pid namespace than ours", {
      hint: "mount -t proc proc /proc, or for unshare(1): --mount-proc",
    });
  if (tryReadOwn() !== 0)
    throw new LynceusError("no-permission", "process_vm_readv is not allowed here (a seccomp filter, as containers have it)", {
      hint: "give the container the right: --cap-add SYS_PTRACE, or run Lynceus on the host",
    });
}

/**
 * Throws what stands in the way of reading a process: it is not there, has ended, is the kernel's own, or is not ours to
 * read. Returns when its memory can be read.
 */
export function checkAccess(pid: Pid): void {
  checkMachine();
  const stat = readStat(pid);
  if (stat === null) throw isHidden(pid) ? hidden(pid) : new LynceusError("no-such-process", `there is no process ${pid}`);
  if (stat.state === "Z" || stat.state === "X")
    throw new LynceusError("no-such-process", `process ${pid} has ended already and only waits for its parent to take note (a zombie)`);
  if (stat.isKernelThread) throw new LynceusError("not-python", `process ${pid} is a kernel thread`);
  using image = openProcessImage(pid);
  const readable = image?.mappings.find((mapping) => mapping.readable && !mapping.path.startsWith("[v"));
  if (image === null || (readable === undefined && image.mappings.length === 0)) {
    if (!isAlive(pid)) throw new LynceusError("no-such-process", `process ${pid} ended while it was looked at`);
    throw denied(pid);
  }
  if (readable === undefined || image.memory.read(readable.start, new Uint8Array(8))) return;
  const reason = errno();
  if (reason === errorNumbers["ESRCH"] || !isAlive(pid)) throw new LynceusError("no-such-process", `process ${pid} ended while it was looked at`);
  if (reason === errorNumbers["EPERM"]) throw denied(pid);
}

/** There, but not to be seen in /proc. */
function isHidden(pid: Pid): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function hidden(pid: Pid): LynceusError {
  return new LynceusError("no-permission", `there is a process ${pid}, but /proc does not show it to us (mount option hidepid)`, {
    hint: `sudo lynceus ... ${pid}, or mount /proc with a gid= that may see all`,
  });
}

/** What is missing for reading this process, and the command that grants it: ptrace(2), "Ptrace access mode checking". */
function denied(pid: Pid): LynceusError {
  const own = process.getuid?.() ?? 0;
  const owner = readOwner(pid);
  const scope = readText("/proc/sys/kernel/yama/ptrace_scope").trim();
  if (owner !== null && owner !== own && own !== 0) {
    return new LynceusError("no-permission", `process ${pid} belongs to user ${owner}, and we run as user ${own}`, {
      hint: `sudo lynceus ... ${pid}  (or CAP_SYS_PTRACE)`,
    });
  }
  // Scope 3 binds everybody; the others, those without the capability.
  if (scope === "3" || (scope !== "" && scope !== "0" && !hasTraceCapability())) {
    return new LynceusError(
      "no-permission",
      `process ${pid} may not be read: kernel.yama.ptrace_scope is ${scope}${scope === "1" ? ", so only its ancestors may" : ""}`,
      {
        hint:
          scope === "3"
            ? "it can only be changed by starting the machine anew"
            : `sudo lynceus ... ${pid}, or for all processes: sudo sysctl kernel.yama.ptrace_scope=0`,
      },
    );
  }
  if (!hasTraceCapability()) {
    if (own === 0)
      return new LynceusError("no-permission", `process ${pid} may not be read: we are root, but without CAP_SYS_PTRACE`, {
        hint: "start the container with --cap-add SYS_PTRACE, or run Lynceus on the host",
      });
  } else {
    return new LynceusError(
      "no-permission",
      `process ${pid} may not be read although we have CAP_SYS_PTRACE: it belongs to another user namespace, or a security module forbids it`,
      {
        hint: "run Lynceus on the host, outside of containers and user namespaces",
      },
    );
  }
  return new LynceusError("no-permission", `process ${pid} may not be read: it has changed its user or was made undumpable`, {
    hint: `sudo lynceus ... ${pid}  (or CAP_SYS_PTRACE)`,
  });
}

/** Bit 19 of the effective capabilities: include/uapi/linux/capability.h. */
function hasTraceCapability(): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(readText("/proc/self/status"))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> 19n) & 1n) === 1n;
}

function readOwner(pid: Pid): number | null {
  const line = /^Uid:\s+\d+\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1];
  return line === undefined ? null : Number(line);
}
