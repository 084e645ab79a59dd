import { release } from "node:os";
import type { BpfFailure } from "./bpf.ts";
import { errorNumbers } from "./libc.ts";
import { perfEventCall } from "./perf-clock.ts";
import { readText } from "./read-text.ts";

/** What stands between us and the kernel's own way of copying a thread. */
export interface BpfObstacle {
  readonly kind:
    | "architecture"
    | "kernel-too-old"
    | "capabilities"
    | "user-namespace"
    | "lockdown"
    | "seccomp"
    | "not-built-in"
    | "memory"
    | "package"
    | "refused";
  /** One neutral sentence without a full stop. */
  readonly message: string;
  /** What to do about it; null when nothing can be done here. */
  readonly hint: string | null;
}

/** Of the machine and of this process, as far as it decides what bpf(2) does. */
export interface BpfFacts {
  readonly architecture: string;
  /** As uname(2) says: "6.1.0-18-amd64". */
  readonly kernelRelease: string;
  /** CapEff of /proc/self/status. */
  readonly capabilities: bigint;
  /** Capabilities in another user namespace than the first are none for bpf(2). */
  readonly inFirstUserNamespace: boolean;
  readonly lockdown: "none" | "integrity" | "confidentiality";
  readonly hasSeccompFilter: boolean;
}

/** include/uapi/linux/capability.h; CAP_SYS_ADMIN stands for both of the others. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

export function readBpfFacts(): BpfFacts {
  const status = readText("/proc/self/status");
  return {
    architecture: process.arch,
    kernelRelease: release(),
    capabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`),
    inFirstUserNamespace: /^\s*0\s+0\s+4294967295\s*$/.test(readText("/proc/self/uid_map")),
    lockdown: (/\[(integrity|confidentiality)\]/.exec(readText("/sys/kernel/security/lockdown"))?.[1] ?? "none") as BpfFacts["lockdown"],
    hasSeccompFilter: /^Seccomp:\s*2$/m.test(status),
  };
}

/** Why the kernel said no. The surest reason first: some hide others. */
export function explainBpfFailure(failure: BpfFailure, facts: BpfFacts): BpfObstacle {
  if (facts.architecture !== "x64") return { kind: "architecture", message: `eBPF capture is made for x86-64, and this is ${facts.architecture}`, hint: null };
  if (failure.errno === 0)
    return { kind: "package", message: `this installation of Lynceus is not whole: it cannot ${failure.what}`, hint: "install it again" };
  if (isOlder(facts.kernelRelease, 5, 10))
    return { kind: "kernel-too-old", message: `eBPF capture needs Linux 5.10 or later, and this is ${facts.kernelRelease}`, hint: null };
  const call = failure.what === perfEventCall ? "perf_event_open(2)" : "bpf(2)";
  if (failure.errno === errorNumbers["ENOSYS"]) {
    return facts.hasSeccompFilter ? seccompForbids(call) : { kind: "not-built-in", message: `this kernel was built without ${call}`, hint: null };
  }
  if (failure.errno === errorNumbers["ENOMEM"])
    return {
      kind: "memory",
      message: `the kernel has no memory left for it (${failure.what})`,
      hint: "ulimit -l unlimited, or a larger memory limit of the container",
    };
  // perf_event_open(2) says EACCES for most of what bpf(2) says EPERM for.
  if (failure.errno === errorNumbers["EPERM"] || (failure.what === perfEventCall && failure.errno === errorNumbers["EACCES"])) {
    const has = (bit: bigint): boolean => ((facts.capabilities >> bit) & 1n) === 1n;
    const missing = has(CAP_SYS_ADMIN) ? [] : [...(has(CAP_BPF) ? [] : ["CAP_BPF"]), ...(has(CAP_PERFMON) ? [] : ["CAP_PERFMON"])];
    if (missing.length > 0) {
      return {
        kind: "capabilities",
        message: `eBPF capture needs root, or CAP_BPF and CAP_PERFMON; missing: ${missing.join(" and ")}`,
        hint: "sudo lynceus ..., or in a container: --cap-add BPF --cap-add PERFMON",
      };
    }
    if (!facts.inFirstUserNamespace)
      return {
        kind: "user-namespace",
        message: "we are root only in a user namespace of our own, which does not count for eBPF",
        hint: "run Lynceus on the host, outside of user namespaces (rootless containers)",
      };
    if (facts.lockdown === "confidentiality")
      return { kind: "lockdown", message: "the kernel is locked down (confidentiality), so that no eBPF program may read memory", hint: null };
    if (facts.hasSeccompFilter) return seccompForbids(call);
  }
  // A lockdown makes a helper disappear rather than the call fail.
  if (facts.lockdown === "confidentiality")
    return { kind: "lockdown", message: "the kernel is locked down (confidentiality), so that no eBPF program may read memory", hint: null };
  const reason = Object.entries(errorNumbers).find(([, number]) => number === failure.errno)?.[0] ?? `error ${failure.errno}`;
  const verdict = failure.log.split("\n").findLast((line) => line !== "" && !/^processed \d+ insns/.test(line));
  return { kind: "refused", message: `the kernel refused to ${failure.what}: ${reason}${verdict === undefined ? "" : ` (${verdict})`}`, hint: null };
}

function seccompForbids(call: string): BpfObstacle {
  return {
    kind: "seccomp",
    message: `${call} is not allowed here (a seccomp filter, as containers have it)`,
    hint: "give the container the right: --cap-add BPF --cap-add PERFMON, or run Lynceus on the host",
  };
}

function isOlder(kernelRelease: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = kernelRelease.split(".").map(Number.parseFloat);
  return first < major || (first === major && second < minor);
}
