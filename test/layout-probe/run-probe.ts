import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
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

/**
 * What makes a program of i686 with the compiler that is here: the C library's headers and start-up code that were unpacked with a 32-bit
 * interpreter, whose configuration stands for that of headers that were configured for x86-64.
 */
export function i686Flags({ path, minor }: Interpreter): readonly string[] {
  const root = resolve(dirname(path), "../..");
  const folders = ["usr/lib/i386-linux-gnu", "lib/i386-linux-gnu"].map((folder) => join(root, folder));
  const place = (name: string): string => folders.map((folder) => join(folder, name)).find(existsSync) ?? name;
  const start = ["crt1.o", "crti.o", "crtn.o"].map(place);
  const configuration = join(root, `usr/include/i386-linux-gnu/python3.${minor}/pyconfig.h`);
  const library = place("libc.so.6");
  const compiling = ["-m32", `--sysroot=${root}`, "-include", configuration];
  const linking = ["-nostdlib", ...start, library, `-Wl,--dynamic-linker=${place("ld-linux.so.2")}`, `-Wl,-rpath,${dirname(library)}`];
  return [...compiling, ...linking];
}

/** Compiles the probe against these headers and runs it. `machine` is for another than ours: `i686Flags`. */
export function runProbe(includes: readonly string[], build: Build, machine: readonly string[] = []): ProbeResult {
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
      ...machine,
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
