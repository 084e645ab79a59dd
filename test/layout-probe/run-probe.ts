import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Interpreter } from "../support/interpreters.ts";

const source = join(dirname(fileURLToPath(import.meta.url)), "probe.c");

export interface ProbeResult {
  /** By dotted path in `Layout`. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The bytes of `_Py_DebugOffsets`, 3.13 and later. */
  readonly debugOffsets: Uint8Array | null;
}

/** "free-threaded" from 3.13 on. */
export type Build = "release" | "debug" | "free-threaded";
const buildFlags: Readonly<Record<Build, readonly string[]>> = {
  release: [],
  debug: ["-DPy_DEBUG", "-DPy_REF_DEBUG"],
  "free-threaded": ["-DPy_GIL_DISABLED=1"],
};

/** Where the interpreter's headers are, outermost first; null when its internal headers are not installed. */
export function includeFolders(interpreter: Interpreter): readonly string[] | null {
  const program = "import sysconfig; print(sysconfig.get_path('include')); print(sysconfig.get_path('platinclude'))";
  const folders = execFileSync(interpreter.path, ["-I", "-c", program], { encoding: "utf8" }).trim().split("\n");
  const all = [...new Set([...folders, ...folders.map((folder) => dirname(folder))])];
  return existsSync(join(all[0]!, "internal/pycore_gil.h")) ? [...all, join(all[0]!, "internal")] : null;
}

/** Compiles the probe against these headers and runs it. */
export function runProbe(includes: readonly string[], build: Build): ProbeResult {
  const folder = mkdtempSync(join(tmpdir(), "lynceus-probe-"));
  try {
    const program = join(folder, "probe");
    execFileSync("gcc", [
      "-w",
      "-no-pie",
      "-Wl,--unresolved-symbols=ignore-all",
      "-DPy_BUILD_CORE",
      ...buildFlags[build],
      ...includes.flatMap((include) => ["-I", include]),
      "-o",
      program,
      source,
    ]);
    const lines = execFileSync(program, { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]);
    const offsets = lines.find(([path]) => path === "debugOffsets");
    return {
      numbers: new Map(lines.filter(([path]) => path !== "debugOffsets").map(([path, value]) => [path, Number(value)])),
      debugOffsets: offsets === undefined ? null : new Uint8Array(Buffer.from(offsets[1], "hex")),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
