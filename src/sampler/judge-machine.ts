import type { BpfObstacle } from "../os/bpf-obstacle.ts";
import type { KernelStackObstacle } from "../os/kernel-stack.ts";
import type { ChildTrial } from "../os/child-trial.ts";
import { canTrace, type MachineFacts } from "../os/machine-facts.ts";
import { no, partly, yes, type Check } from "./diagnosis.ts";

/** What was tried, beside what could be read. */
export interface MachineTrials {
  /** Null: no child could be started. */
  readonly child: ChildTrial | null;
  /** What keeps the kernel from capturing threads; null: nothing. */
  readonly kernelObstacle: BpfObstacle | null;
  /** The kernel shows us when threads are switched. */
  readonly seesSwitches: boolean;
  /** What keeps threads from being copied by clocks of their own; null: nothing. */
  readonly clockObstacle: BpfObstacle | null;
  /** What keeps the stacks of threads in the kernel from us; null: nothing. */
  readonly kernelStackObstacle: KernelStackObstacle | null;
}

const oldestNode = 20;
const unknownWithoutProc = "it takes our own /proc to know";
const fromContainer = "give the container the right: --cap-add SYS_PTRACE, or run Lynceus on the host";
const withCapability = "sudo lynceus ..., or in a container: --cap-add SYS_PTRACE";

/** What can be done on this machine, as this user. Pure: the facts say it all. */
export function judgeMachine(facts: MachineFacts, { child, kernelObstacle, seesSwitches, clockObstacle, kernelStackObstacle }: MachineTrials): Check[] {
  return [
    judgeSystem(facts),
    judgeProc(facts),
    facts.ownMemoryError === 0
      ? yes("memory", "reading memory", "process_vm_readv(2) works")
      : no("memory", "reading memory", "process_vm_readv(2) is not allowed here (a seccomp filter, as containers have it)", fromContainer, "no-permission"),
    judgeStarted(facts, child),
    judgeOwn(facts),
    judgeOthers(facts),
    judgeNamespaces(facts),
    ...(child === null ? [] : judgeCounts(child)),
    kernelObstacle === null
      ? yes("kernel", "exact samples", "eBPF can copy a thread that runs too fast to prove itself")
      : no("kernel", "exact samples", kernelObstacle.message, kernelObstacle.hint),
    judgeSwitches(kernelObstacle, seesSwitches),
    judgeClock(kernelObstacle, clockObstacle),
    kernelStackObstacle === null
      ? yes("kernelStacks", "kernel stacks", "-k shows what threads do in the kernel")
      : no("kernelStacks", "kernel stacks", kernelStackObstacle.message, kernelStackObstacle.hint),
    ...(child === null ? [] : [judgePause(facts, child)]),
  ];
}

function judgeSystem({ kernelRelease, architecture, nodeVersion, user }: MachineFacts): Check {
  const message = `Linux ${kernelRelease} on ${architecture === "x64" ? "x86-64" : architecture}, Node ${nodeVersion}; we are ${user === 0 ? "root" : `user ${user}`}`;
  if (architecture !== "x64") return no("system", "system", message, "Lynceus is made for x86-64", "cannot-attach");
  if (Number.parseInt(nodeVersion, 10) < oldestNode) return partly("system", "system", message, `Node ${oldestNode} or later is needed`);
  return yes("system", "system", message);
}

function judgeStarted(facts: MachineFacts, child: ChildTrial | null): Check {
  const [id, name] = ["started", "programs we start"];
  if (child === null) return partly(id, name, facts.proc.isOurs ? "not tried: no program could be started" : "not tried: it takes our own /proc", null);
  if (child.readError === 0) return yes(id, name, "their memory can be read");
  if (facts.ownMemoryError !== 0) return no(id, name, "memory cannot be read at all: see above", null, "no-permission");
  const yama = yamaForbids(facts, 2);
  return yama === null
    ? no(id, name, "a child of ours may not be read: a security module forbids it", "run Lynceus on the host, outside of containers", "no-permission")
    : no(id, name, yama.message, yama.hint, "no-permission");
}

function judgeOwn(facts: MachineFacts): Check {
  const [id, name] = ["own", "our own processes"];
  if (!facts.proc.isOurs) return partly(id, name, unknownWithoutProc, null);
  if (facts.ownMemoryError !== 0) return no(id, name, "memory cannot be read at all: see above", null);
  const yama = yamaForbids(facts, 1);
  if (yama !== null) return no(id, name, yama.message, yama.hint);
  if (canTrace(facts)) return yes(id, name, "with CAP_SYS_PTRACE, even those that were made undumpable");
  return yes(id, name, `those of user ${facts.user}, unless they are undumpable, changed their user, or have more capabilities`);
}

function judgeOthers(facts: MachineFacts): Check {
  const [id, name] = ["others", "others' processes"];
  if (!facts.proc.isOurs) return partly(id, name, unknownWithoutProc, null);
  if (facts.ownMemoryError !== 0) return no(id, name, "memory cannot be read at all: see above", null);
  if (!canTrace(facts))
    return no(id, name, facts.user === 0 ? "we are root, but without CAP_SYS_PTRACE" : "that needs root, or CAP_SYS_PTRACE", withCapability);
  if (facts.ptraceScope === 3) return no(id, name, "kernel.yama.ptrace_scope is 3", null);
  if (!facts.inFirstUserNamespace)
    return partly(id, name, "only those of our own user namespace: CAP_SYS_PTRACE does not count outside of it", "run Lynceus on the host");
  return yes(id, name, "with CAP_SYS_PTRACE, those of every user");
}

/** Whether Yama keeps us from processes, for a scope of at least so much: Documentation/admin-guide/LSM/Yama.rst. */
function yamaForbids(facts: MachineFacts, least: 1 | 2): { message: string; hint: string } | null {
  const scope = facts.ptraceScope ?? 0;
  if (scope < least || (scope < 3 && canTrace(facts))) return null;
  const which = ["", "only what we start, and what is below it, may be read", "only with CAP_SYS_PTRACE may be read", "nobody may read processes"][scope];
  return {
    message: `kernel.yama.ptrace_scope is ${scope}: ${which}`,
    hint: scope === 3 ? "it stays so until the next boot; see /etc/sysctl.d" : "sudo lynceus ..., or for all: sudo sysctl kernel.yama.ptrace_scope=0",
  };
}

function judgeProc(facts: MachineFacts): Check {
  const [id, name] = ["proc", "list of processes"];
  const { isOurs, hidepid } = facts.proc;
  if (!isOurs)
    return no(id, name, "/proc is missing, or of another pid namespace than ours", "mount -t proc proc /proc, or unshare --mount-proc", "cannot-attach");
  if (hidepid !== null && !canTrace(facts))
    return partly(id, name, `/proc is mounted with hidepid=${hidepid}, which hides those of others`, "sudo lynceus ...");
  return yes(id, name, "/proc shows all");
}

function judgeNamespaces({ proc, inFirstPidNamespace, inFirstUserNamespace }: MachineFacts): Check {
  if (!proc.isOurs) return partly("namespaces", "namespaces", unknownWithoutProc, null);
  const inside = [inFirstPidNamespace ? [] : "pid", inFirstUserNamespace ? [] : "user"].flat();
  if (inside.length === 0) return yes("namespaces", "namespaces", "the host's own, for pids and users");
  const effect = inFirstPidNamespace ? "" : "; processes outside cannot be seen";
  return partly(
    "namespaces",
    "namespaces",
    `we are in a ${inside.join(" and a ")} namespace, as containers have them${effect}`,
    "for others: run Lynceus on the host",
  );
}

function judgeCounts(child: ChildTrial): Check[] {
  return [
    child.hasSchedstat
      ? yes("cpuTime", "CPU time", "the kernel counts it for each thread (schedstat)")
      : no("cpuTime", "CPU time", "there is no /proc/PID/schedstat, or it does not count", "a kernel with CONFIG_SCHED_INFO", "cannot-attach"),
    child.hasSyscall
      ? yes("gilWaiting", "waiting for GIL", "the kernel says what a thread waits for (/proc/PID/syscall)")
      : partly("gilWaiting", "waiting for GIL", "/proc/PID/syscall may not be read: idle threads are seen, but not who waits for the GIL", null),
  ];
}

function judgeSwitches(obstacle: BpfObstacle | null, seesSwitches: boolean): Check {
  const [id, name] = ["switches", "thread switches"];
  if (seesSwitches) return yes(id, name, "the kernel tells which thread runs on which CPU (sched_switch)");
  if (obstacle !== null) return no(id, name, "they need the same as exact samples", null);
  return no(id, name, "the kernel does not let us see sched_switch: CPUs are guessed from /proc", null);
}

function judgeClock(kernelObstacle: BpfObstacle | null, obstacle: BpfObstacle | null): Check {
  const [id, name] = ["kernelClock", "clock samples"];
  if (obstacle === null) return yes(id, name, "--source kernel-clock: clocks of their own interrupt threads to copy them");
  if (kernelObstacle !== null) return no(id, name, "they need the same as exact samples", null);
  return no(id, name, obstacle.message, obstacle.hint);
}

function judgePause({ hasSeccompFilter }: MachineFacts, { seizeError }: ChildTrial): Check {
  const [id, name] = ["pause", "pausing threads"];
  if (seizeError === 0) return yes(id, name, "ptrace(2) is allowed on programs that we start");
  return no(id, name, `ptrace(2) is not allowed on a child of ours${hasSeccompFilter ? " (a seccomp filter, as containers have it)" : ""}`, fromContainer);
}
