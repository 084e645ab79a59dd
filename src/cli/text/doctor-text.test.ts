import { expect, test } from "vitest";
import { no, partly, yes, type Diagnosis } from "../../sampler/diagnosis.ts";
import { formatDoctor } from "./doctor-text.ts";
import { displayWidth } from "./printable.ts";
import { createPaint, plain } from "./terminal.ts";

const diagnosis: Diagnosis = {
  pid: 812,
  canRecord: false,
  failure: "no-permission",
  machine: [
    yes("system", "system", "Linux 6.1.0 on x86-64, Node 20.20.2; we are user 1000"),
    no(
      "kernel",
      "exact samples",
      "eBPF capture needs root, or CAP_BPF and CAP_PERFMON; missing: CAP_BPF",
      "sudo lynceus ..., or in a container: --cap-add BPF",
    ),
  ],
  process: [
    yes("exists", "process", "of user 0, 1 thread: python \x1b[31mapp.py"),
    partly("running", "not stopped", "it is stopped by a signal", "kill -CONT 812"),
    no("memory", "its memory", "process 812 belongs to user 0, and we run as user 1000", "sudo lynceus ... 812", "no-permission"),
  ],
};

test("a table that fits a terminal, with what to do below what is wrong", () => {
  const text = formatDoctor(diagnosis, { paint: plain, width: 80 });
  expect(text).toBe(`Here
  yes     system             Linux 6.1.0 on x86-64, Node 20.20.2; we are user
                             1000
  no      exact samples      eBPF capture needs root, or CAP_BPF and
                             CAP_PERFMON; missing: CAP_BPF
                             -> sudo lynceus ..., or in a container: --cap-add
                                BPF

Process 812
  yes     process            of user 0, 1 thread: python \\x1b[31mapp.py
  partly  not stopped        it is stopped by a signal
                             -> kill -CONT 812
  no      its memory         process 812 belongs to user 0, and we run as user
                             1000
                             -> sudo lynceus ... 812

Process 812 cannot be recorded.
`);
  expect(Math.max(...text.split("\n").map(displayWidth))).toBeLessThanOrEqual(80);
});

test("without a process, and when all is well", () => {
  const well: Diagnosis = { pid: null, canRecord: true, failure: null, machine: [yes("system", "system", "Linux")], process: [] };
  expect(formatDoctor(well, { paint: plain, width: 80 })).toBe("Here\n  yes     system             Linux\n\nPrograms that we start can be recorded.\n");
  expect(formatDoctor({ ...well, pid: 812 }, { paint: plain, width: 80 })).toContain("Process 812 can be recorded: lynceus attach 812\n");
});

test("colours change nothing else", () => {
  const colored = formatDoctor(diagnosis, { paint: createPaint(process.stdout, "always"), width: 80 });
  expect(colored).toContain("\x1b[33mpartly\x1b[39m  not stopped");
  expect(colored.replaceAll(/\x1b\[\d+m/g, "")).toBe(formatDoctor(diagnosis, { paint: plain, width: 80 }));
});

test("an endless name from the process is cut", () => {
  const long = { ...diagnosis, process: [yes("exists", "process", "x".repeat(1e6))] };
  expect(formatDoctor(long, { paint: plain, width: 80 }).length).toBeLessThan(2000);
});
