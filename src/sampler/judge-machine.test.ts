import { expect, it } from "vitest";
import type { BpfObstacle } from "../os/bpf-obstacle.ts";
import type { MachineFacts } from "../os/machine-facts.ts";
import { judgeMachine, type MachineTrials } from "./judge-machine.ts";

const root: MachineFacts = {
  architecture: "x64",
  kernelRelease: "6.1.0-18-amd64",
  capabilities: (1n << 41n) - 1n,
  inFirstUserNamespace: true,
  inFirstPidNamespace: true,
  lockdown: "none",
  hasSeccompFilter: false,
  nodeVersion: "20.20.2",
  user: 0,
  ptraceScope: null,
  ownMemoryError: 0,
  proc: { isOurs: true, hidepid: null },
};
const everything: MachineTrials = {
  child: { readError: 0, seizeError: 0, hasSchedstat: true, hasSyscall: true },
  kernelObstacle: null,
  seesSwitches: true,
  clockObstacle: null,
  kernelStackObstacle: null,
};
const obstacle: BpfObstacle = { kind: "capabilities", message: "missing: CAP_BPF", hint: "sudo" };
const user = { user: 1000, capabilities: 0n };

/** What is not "yes". */
function doubts(facts: Partial<MachineFacts>, trials: Partial<MachineTrials> = {}): Record<string, string> {
  const checks = judgeMachine({ ...root, ...facts }, { ...everything, ...trials });
  return Object.fromEntries(checks.filter(({ verdict }) => verdict !== "yes").map(({ id, verdict, failure }) => [id, failure ?? verdict]));
}

function messageOf(id: string, facts: Partial<MachineFacts>, trials: Partial<MachineTrials> = {}): string {
  const { message, hint } = judgeMachine({ ...root, ...facts }, { ...everything, ...trials }).find((check) => check.id === id)!;
  return `${message} -> ${hint}`;
}

it("has nothing to say against root on a new kernel", () => {
  expect(doubts({})).toEqual({});
  expect(doubts({ ptraceScope: 2 })).toEqual({});
});

it("tells an ordinary user what root could do", () => {
  expect(doubts(user)).toEqual({ others: "no" });
  expect(doubts(user, { kernelObstacle: obstacle, seesSwitches: false })).toEqual({ others: "no", kernel: "no", switches: "no" });
  expect(doubts(user, { kernelObstacle: obstacle, seesSwitches: false, clockObstacle: obstacle })).toMatchObject({ kernel: "no", kernelClock: "no" });
  expect(messageOf("kernelClock", user, { kernelObstacle: obstacle, clockObstacle: obstacle })).toBe("they need the same as exact samples -> null");
  expect(messageOf("kernelClock", user, { clockObstacle: obstacle })).toBe("missing: CAP_BPF -> sudo");
  expect(doubts(user, { kernelStackObstacle: obstacle })).toEqual({ others: "no", kernelStacks: "no" });
  expect(messageOf("kernel", user, { kernelObstacle: obstacle })).toBe("missing: CAP_BPF -> sudo");
});

it("knows what each ptrace_scope of Yama forbids, and to whom", () => {
  const unreadable = { child: { ...everything.child!, readError: 1, seizeError: 1 } };
  expect(doubts({ ...user, ptraceScope: 0 })).toEqual({ others: "no" });
  expect(doubts({ ...user, ptraceScope: 1 })).toEqual({ own: "no", others: "no" });
  expect(doubts({ ...user, ptraceScope: 2 }, unreadable)).toEqual({ started: "no-permission", own: "no", others: "no", pause: "no" });
  expect(doubts({ ptraceScope: 3 }, unreadable)).toEqual({ started: "no-permission", own: "no", others: "no", pause: "no" });
  expect(messageOf("own", { ...user, ptraceScope: 1 })).toBe(
    "kernel.yama.ptrace_scope is 1: only what we start, and what is below it, may be read -> sudo lynceus ..., or for all: sudo sysctl kernel.yama.ptrace_scope=0",
  );
  expect(messageOf("started", { ptraceScope: 3 }, unreadable)).toContain("until the next boot");
});

it("does not blame Yama for what a security module does", () => {
  const trials = { child: { ...everything.child!, readError: 1 } };
  expect(messageOf("started", { ptraceScope: 1, ...user }, trials)).toContain("a security module forbids it");
  expect(messageOf("started", { ptraceScope: 2 }, trials)).toContain("a security module forbids it");
});

it("sees that a filter leaves nothing to read with", () => {
  const trials = { child: { ...everything.child!, readError: 38 } };
  expect(doubts({ ownMemoryError: 38 }, trials)).toEqual({ memory: "no-permission", started: "no-permission", own: "no", others: "no" });
});

it("knows root of a container from root", () => {
  expect(doubts({ capabilities: 0n })).toEqual({ others: "no" });
  expect(messageOf("others", { capabilities: 0n })).toMatch(/^we are root, but without CAP_SYS_PTRACE -> .*--cap-add SYS_PTRACE/);
  expect(doubts({ inFirstUserNamespace: false })).toEqual({ others: "partly", namespaces: "partly" });
  expect(messageOf("namespaces", { inFirstUserNamespace: false, inFirstPidNamespace: false })).toMatch(/a pid and a user namespace.*cannot be seen/);
});

it("knows what /proc may hide", () => {
  expect(doubts({ ...user, proc: { isOurs: true, hidepid: "2" } })).toEqual({ others: "no", proc: "partly" });
  expect(doubts({ proc: { isOurs: true, hidepid: "2" } })).toEqual({});
  expect(doubts({ proc: { isOurs: false, hidepid: null } }, { child: null })).toEqual({
    proc: "cannot-attach",
    started: "partly",
    own: "partly",
    others: "partly",
    namespaces: "partly",
  });
});

it("says what the kernel does not count or tell", () => {
  const child = { ...everything.child!, hasSchedstat: false, hasSyscall: false };
  expect(doubts({}, { child })).toEqual({ cpuTime: "cannot-attach", gilWaiting: "partly" });
  expect(doubts({}, { seesSwitches: false })).toEqual({ switches: "no" });
});

it("names machines that it is not made for", () => {
  expect(doubts({ architecture: "arm64" })).toEqual({ system: "cannot-attach" });
  expect(doubts({ nodeVersion: "18.20.0" })).toEqual({ system: "partly" });
});
