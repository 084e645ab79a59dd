import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Interpreter } from "./interpreters.ts";
import { projectRoot } from "./source-tree.ts";

/** What is tested with: programs that others wrote. pip picks the newest that still runs on that version. */
const packages = ["flask", "gunicorn", "pytest", "aiohttp", "numpy"];

/**
 * A virtual environment with those in the project's cache, made once per version. Null, said on stderr, when it cannot be made
 * (no network, no pip).
 */
export function environmentFor(interpreter: Interpreter): { readonly python: string } | null {
  const folder = join(projectRoot, `.cache/real/${interpreter.version}`);
  const python = join(folder, "bin/python");
  const done = join(folder, "done");
  if (existsSync(done)) return { python };
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const quiet = { stdio: "ignore", timeout: 300_000 } as const;
    execFileSync(interpreter.path, ["-m", "venv", "--without-pip", folder], quiet);
    // Debian's interpreters have no pip of their own: any recent one can serve another.
    execFileSync("python3", ["-m", "pip", "--python", python, "install", "-q", ...packages], quiet);
    writeFileSync(done, packages.join("\n"));
    return { python };
  } catch {
    rmSync(folder, { recursive: true, force: true });
    process.stderr.write(`\nNOT TESTED on CPython ${interpreter.version}: real programs (pip could not install ${packages.join(", ")})\n\n`);
    return null;
  }
}
