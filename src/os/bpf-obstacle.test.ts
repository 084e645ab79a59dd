import { expect, it } from "vitest";
import { explainBpfFailure, readBpfFacts, type BpfFacts } from "./bpf-obstacle.ts";
import { errorNumbers } from "./libc.ts";
import { perfEventCall } from "./perf-clock.ts";

const everything: BpfFacts = {
  architecture: "x64",
  kernelRelease: "6.1.0-18-amd64",
  capabilities: (1n << 41n) - 1n,
  inFirstUserNamespace: true,
  lockdown: "none",
  hasSeccompFilter: false,
};

function kindOf(errorName: string, facts: Partial<BpfFacts>, log = ""): string {
  return explainBpfFailure({ what: "create map rows", errno: errorNumbers[errorName]!, log }, { ...everything, ...facts }).kind;
}

it("names what is missing", () => {
  expect(kindOf("EPERM", { capabilities: 0n })).toBe("capabilities");
  expect(kindOf("EPERM", { inFirstUserNamespace: false })).toBe("user-namespace");
  expect(kindOf("EINVAL", { lockdown: "confidentiality" })).toBe("lockdown");
  expect(kindOf("EPERM", { hasSeccompFilter: true })).toBe("seccomp");
  expect(kindOf("ENOSYS", {})).toBe("not-built-in");
  expect(kindOf("ENOSYS", { hasSeccompFilter: true })).toBe("seccomp");
  expect(kindOf("ENOMEM", {})).toBe("memory");
  expect(kindOf("EINVAL", { architecture: "arm64" })).toBe("architecture");
});

it("a clock event that is refused", () => {
  const ofClock = (errorName: string, facts: Partial<BpfFacts>): string =>
    explainBpfFailure({ what: perfEventCall, errno: errorNumbers[errorName]!, log: "" }, { ...everything, ...facts }).message;
  expect(ofClock("EACCES", { capabilities: 0n })).toMatch(/^eBPF capture needs root, or CAP_BPF and CAP_PERFMON; missing/);
  expect(ofClock("EPERM", { hasSeccompFilter: true })).toMatch(/^perf_event_open\(2\) is not allowed here/);
  expect(ofClock("ENOSYS", {})).toBe("this kernel was built without perf_event_open(2)");
  expect(ofClock("ENOENT", {})).toBe("the kernel refused to open a clock event (perf_event_open): ENOENT");
});

it("knows which kernels are too old", () => {
  const kinds = ["4.19.0-26-amd64", "5.9.16", "5.10.0-28-amd64", "5.15.0", "6.18.44", "10.0"].map((kernelRelease) => kindOf("EINVAL", { kernelRelease }));
  expect(kinds).toEqual(["kernel-too-old", "kernel-too-old", "refused", "refused", "refused", "refused"]);
});

it("says which of the two capabilities is not there", () => {
  const message = (capabilities: bigint): string =>
    explainBpfFailure({ what: "", errno: errorNumbers["EPERM"]!, log: "" }, { ...everything, capabilities }).message;
  expect(message(1n << 39n)).toMatch(/missing: CAP_PERFMON$/);
  expect(message(1n << 38n)).toMatch(/missing: CAP_BPF$/);
  expect(message(0n)).toMatch(/missing: CAP_BPF and CAP_PERFMON$/);
});

it("repeats the verifier's verdict, not its statistics", () => {
  const log = "0: (79) r6 = *(u64 *)(r1 +24)\ninvalid bpf_context access off=24 size=8\nprocessed 1 insns (limit 1000000) max_states_per_insn 0\n";
  expect(explainBpfFailure({ what: "load program switched", errno: errorNumbers["EACCES"]!, log }, everything).message).toBe(
    "the kernel refused to load program switched: EACCES (invalid bpf_context access off=24 size=8)",
  );
});

it("tells a package that is not whole from a kernel that refuses", () => {
  expect(explainBpfFailure({ what: "read prebuilds/bpf/lynceus.bpf.o", errno: 0, log: "ENOENT" }, everything)).toMatchObject({
    kind: "package",
    message: "this installation of Lynceus is not whole: it cannot read prebuilds/bpf/lynceus.bpf.o",
  });
});

it("reads the facts of this machine", () => {
  const facts = readBpfFacts();
  expect(facts.architecture).toBe(process.arch);
  expect(facts.kernelRelease).toMatch(/^\d+\.\d+/);
});
