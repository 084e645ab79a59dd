import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Pid } from "../../src/base/units.ts";
import type { Truth } from "./truth.ts";

const program = fileURLToPath(new URL("target.py", import.meta.url));

/** `target.py` in a process of its own that stands still until it is closed. */
export interface TargetProcess extends AsyncDisposable {
  readonly pid: Pid;
  readonly truth: Truth;
}

/**
 * Starts it from a folder in /tmp in which the interpreter's own installation is a link, so that images say nothing of the machine
 * that they were made on. No site, no environment: the same modules everywhere. `biggestDict`: entries of the biggest dict that it makes.
 */
export async function startTarget(python: string, biggestDict: number): Promise<TargetProcess> {
  const prefix = execFileSync(python, ["-I", "-S", "-c", "import sys; print(sys.base_prefix)"], { encoding: "utf8" }).trim();
  const folder = mkdtempSync(join(tmpdir(), "lynceus-image-"));
  const home = join(folder, "python");
  symlinkSync(prefix, home);
  copyFileSync(program, join(folder, "target.py"));
  const inside = relative(prefix, python);
  const child = spawn(inside.startsWith("..") ? python : join(home, inside), ["-s", "-S", "-B", join(folder, "target.py"), String(biggestDict)], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: folder,
    env: { PYTHONHOME: home },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true });
  };
  for await (const line of createInterface(child.stdout)) {
    return { pid: child.pid!, truth: JSON.parse(line) as Truth, [Symbol.asyncDispose]: close };
  }
  await close();
  throw new Error(`${python} ${program} ended without telling the truth`);
}
