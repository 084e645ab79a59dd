import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Interpreter } from "./interpreters.ts";
import { projectRoot } from "./source-tree.ts";

/** Programs that others wrote, and the name of their environment. pip picks the newest that still runs on that version. */
export interface RealPrograms {
  readonly name: string;
  readonly packages: readonly string[];
}

const usualPrograms: RealPrograms = { name: "real", packages: ["flask", "gunicorn", "pytest", "aiohttp", "numpy"] };

/**
 * A virtual environment with those in the project's cache, made once per version. Null, said on stderr, when it cannot be made
 * (no network, no pip).
 */
export function environmentFor(interpreter: Interpreter, { name, packages }: RealPrograms = usualPrograms): { readonly python: string } | null {
  const folder = join(projectRoot, `.cache/${name}/${interpreter.version}`);
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
    process.stderr.write(`\nNOT TESTED on CPython ${interpreter.version}: programs of others (pip could not install ${packages.join(", ")})\n\n`);
    return null;
  }
}
