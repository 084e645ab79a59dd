import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./source-tree.ts";

/**
 * The `bin` of a virtual environment with a package of PyPI, made at first use: `name` is its folder in .cache. Null, said
 * loudly with what then stays unchecked, when it cannot be installed here; in CI that is an error.
 */
export function pythonPackage(name: string, requirement: string, unchecked: string): string | null {
  const environment = join(projectRoot, ".cache", name);
  const bin = join(environment, "bin");
  if (existsSync(join(environment, "installed"))) return bin;
  try {
    execFileSync("python3", ["-m", "venv", environment], { stdio: "pipe" });
    execFileSync(join(bin, "python"), ["-m", "pip", "install", "--quiet", requirement], { stdio: "pipe", timeout: 120_000 });
    writeFileSync(join(environment, "installed"), "");
    return bin;
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    console.error(`NOT CHECKED: ${requirement} could not be installed, so ${unchecked}`);
    return null;
  }
}
