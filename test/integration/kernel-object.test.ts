import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { errorNumbers } from "../../src/os/libc.ts";
import { loadProgram } from "../../src/os/bpf.ts";
import { exchangeSize, requestSize } from "../../src/sampler/capture/kernel/kernel-exchange.ts";
import { LoadedObject, parseKernelObject, type KernelObject } from "../../src/sampler/capture/kernel/kernel-object.ts";
import { readShippedObject } from "../../src/sampler/capture/kernel/kernel-prebuilds.ts";
import { sourceOf } from "../support/byte-source.ts";
import { projectRoot } from "../support/source-tree.ts";

const read = readShippedObject();
if (!read.ok) throw new Error(`cannot ${read.error.what}`);
const shipped = read.value;
const compiler = findCompiler();
if (compiler === null) {
  const message = "NOT TESTED that the object in prebuilds/bpf is what bpf/ makes: no clang-14 and llvm-strip-14 (apt-get install clang-14 llvm-14)";
  if (process.env["CI"]) throw new Error(message);
  process.stderr.write(`\n${message}\n\n`);
}

it.skipIf(compiler === null)("is what its source makes", () => {
  const folder = mkdtempSync(join(tmpdir(), "lynceus-bpf-"));
  try {
    execFileSync("make", ["-s", "-C", join(projectRoot, "bpf"), `OUT=${folder}`]);
    expect(parseKernelObject(sourceOf(readFileSync(join(folder, "lynceus.bpf.o"))))).toEqual(shipped);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("has the structs that this side takes it to have", () => {
  expect(shipped.maps.get("exchange")?.valueSize).toBe(exchangeSize);
  expect(shipped.maps.get("rows")?.valueSize).toBe(64);
  expect(shipped.maps.get("clocked")?.valueSize).toBe(requestSize);
  const onDemand = ["copy_chunks", "follow_steps", "follow_objects", "capture"];
  const programs = [...onDemand, "switched", "switched_before_5_18", "clock_copy_chunks", "clock_follow_steps", "clock_follow_objects", "clock_capture"];
  expect([...shipped.programs.keys()]).toEqual(programs);
  expect(shipped.licence).toBe("Dual MIT/GPL");
});

it("uses only helpers that Linux 5.10 has", () => {
  const helpers = new Set<number>();
  for (const { instructions } of shipped.programs.values()) {
    const view = new DataView(instructions.buffer);
    // 0x85: call; the source register 0: a helper, by its number.
    for (let at = 0; at < view.byteLength; at += 8) if (view.getUint8(at) === 0x85) helpers.add(view.getInt32(at + 4, true));
  }
  // Newer than 120, current_ids_in, is only ringbuf_output, of 5.8: kernels are asked for no other.
  expect(helpers.delete(130)).toBe(true);
  expect(Math.max(...helpers)).toBeLessThanOrEqual(120);
});

it("a damaged one is refused, never linked wrongly", () => {
  const bytes = readFileSync(join(projectRoot, "prebuilds/bpf/lynceus.bpf.o"));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => {
      expect(() => parseKernelObject(sourceOf(bytes.subarray(0, length)))).toThrow(/./);
    }),
  );
});

it.skipIf(process.getuid?.() !== 0)("the verifier's reasons are in the error", () => {
  // exit, without a value to return
  const failure = loadProgram("wrong", "raw_tracepoint", Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0), "GPL");
  expect(failure).toMatchObject({ ok: false, error: { what: "load program wrong", errno: errorNumbers["EACCES"] } });
  expect(failure.ok ? "" : failure.error.log).toMatch(/R0 !read_ok/);
});

it.skipIf(process.getuid?.() !== 0)("what was created before a failure is let go", () => {
  const open = (): number => readdirSync("/proc/self/fd").filter((fd) => linkOf(`/proc/self/fd/${fd}`).startsWith("anon_inode:bpf-")).length;
  const before = open();
  const kept = LoadedObject.load(shipped, ["capture"]);
  expect(open()).toBeGreaterThan(before);
  if (kept.ok) kept.value.close();
  const broken: KernelObject = {
    ...shipped,
    programs: new Map([
      ["wrong", { kind: "raw_tracepoint", instructions: Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0), mapUses: [{ offset: 0, map: "exchange" }] }],
    ]),
  };
  for (let round = 0; round < 5; round++) expect(LoadedObject.load(broken, ["wrong"]).ok).toBe(false);
  expect(open()).toBe(before);
});

/** Empty when it is closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** As bpf/Makefile calls them: another version makes other instructions of the same source. */
function findCompiler(): string | null {
  try {
    execFileSync("llvm-strip-14", ["--version"], { stdio: "ignore" });
    return execFileSync("clang-14", ["--version"], { encoding: "utf8" });
  } catch {
    return null;
  }
}
