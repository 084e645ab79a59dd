import { execFileSync } from "node:child_process";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Interpreter, interpreters } from "./interpreters.ts";
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

const quietly = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];

/** The folder is there with everything in it, or not at all. Another file's tests may install the same at the same time. */
function installModules(python: string, args: readonly string[], folder: string): void {
  const own = `${folder}.${process.pid}`;
  execFileSync(python, ["-m", "pip", "install", ...args, "--target", own], { stdio: "pipe", timeout: 120_000 });
  try {
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/**
 * A folder for PYTHONPATH with a package of PyPI that is compiled for this very version of Python and needs no other. Null like `pythonPackage`. Debian's
 * interpreters have no pip: another one's serves them.
 */
export function compiledModule({ minor }: Pick<Interpreter, "minor">, requirement: string): string | null {
  const folder = join(projectRoot, ".cache", "python-modules", `${requirement}-for-3.${minor}`);
  if (existsSync(folder)) return folder;
  const forVersion = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", `3.${minor}`];
  try {
    installModules("python3", [...quietly, ...forVersion, requirement], folder);
    return folder;
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    console.error(`NOT TESTED on CPython 3.${minor}: ${requirement} could not be installed`);
    return null;
  }
}

/** What is installed for this version serves later ones too. */
const lastOwnMinor = 10;

/**
 * A folder for PYTHONPATH with a package of PyPI that is Python code alone, in a release that this interpreter can use. Null like
 * `pythonPackage`.
 */
export function pythonModules({ minor }: Pick<Interpreter, "minor">, requirement: string): string | null {
  const installed = Math.min(minor, lastOwnMinor);
  const folder = join(projectRoot, ".cache", "python-modules", `${requirement}-3.${installed}`);
  if (existsSync(folder)) return folder;
  const python = interpreters().find((each) => each.minor === installed)?.path ?? "python3";
  try {
    installModules(python, [...quietly, requirement], folder);
    return folder;
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    console.error(`NOT TESTED on CPython 3.${minor}: ${requirement} could not be installed`);
    return null;
  }
}
