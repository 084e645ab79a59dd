import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A CPython that the tests may start. */
export interface Interpreter {
  /** As `platform.python_version()` says: "3.14.0", "3.15.0rc1". */
  readonly version: string;
  /** The X of 3.X: 8 to 15. */
  readonly minor: number;
  /** Built with Py_DEBUG: other layouts, more fields. */
  readonly debug: boolean;
  /** Of its addresses, in bytes: 4 for i686. */
  readonly wordSize: 4 | 8;
  /** Absolute, can be spawned as it is. A shim or a link is kept as it was found. */
  readonly path: string;
  readonly source: "LYNCEUS_PYTHONS" | "pyenv" | "PATH" | "cache";
}

export const supportedMinors: readonly number[] = [8, 9, 10, 11, 12, 13, 14, 15];
/** Of those, the ones whose 32-bit builds scripts/pythons.mjs can fetch. */
const fetchedI686: readonly number[] = [9, 11, 13, 14, 15];

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
let found: readonly Interpreter[] | null = null;
let foundI686: readonly Interpreter[] | null = null;

/**
 * One interpreter per minor version that this machine has, oldest first. The first place that has one wins: LYNCEUS_PYTHONS, pyenv, PATH, the project's
 * cache. A 32-bit one only where LYNCEUS_PYTHONS asks for it.
 */
export function interpreters(): readonly Interpreter[] {
  return oneOfEach(findInterpreters().filter(({ wordSize, source }) => wordSize === 8 || source === "LYNCEUS_PYTHONS"));
}

/**
 * The same for 32-bit ones. From 3.13 on these may take seconds to start: they count in 64-bit numbers that reach across cache lines, and the kernel makes
 * whoever does that wait (split_lock_detect in its admin guide). So they are looked for only here, and used sparingly.
 */
export function i686Interpreters(): readonly Interpreter[] {
  const cached = supportedMinors.map((minor) => join(projectRoot, `.cache/pythons/3.${minor}-i386/usr/bin/python3.${minor}`)).filter(existsSync);
  foundI686 ??= oneOfEach([...findInterpreters().filter(({ wordSize }) => wordSize === 4), ...cached.flatMap((path) => identify(path, "cache") ?? [])]);
  return foundI686;
}

/** The other builds that this machine has of the supported versions: debug, static, other patch releases. Perhaps none ("npm run pythons -- --all" fetches some). */
export function extraInterpreters(): readonly Interpreter[] {
  const main = interpreters();
  return findInterpreters().filter((interpreter) => !main.includes(interpreter));
}

function oneOfEach(all: readonly Interpreter[]): readonly Interpreter[] {
  return supportedMinors.flatMap((minor) => all.find((interpreter) => interpreter.minor === minor && !interpreter.debug) ?? []);
}

/**
 * The same, for tests that are run once per version. In CI a missing version is an error; elsewhere it is said on
 * stderr, and the tests run on those that are there (none at all is an error too).
 */
export function requireInterpreters(): readonly Interpreter[] {
  const present = interpreters();
  const missing = supportedMinors.filter((minor) => !present.some((interpreter) => interpreter.minor === minor)).map((minor) => `3.${minor}`);
  if (missing.length === 0) return present;
  const message = `NOT TESTED on CPython ${missing.join(", ")}: no such interpreter here ("npm run pythons" fetches 3.14 and 3.15; LYNCEUS_PYTHONS names others)`;
  if (process.env["CI"] || present.length === 0) throw new Error(message);
  process.stderr.write(`\n${message}\n\n`);
  return present;
}

/** 32-bit ones of these versions, for tests that are run once per version; Debian has some versions only. In CI there has to be one. */
export function requireI686Interpreters(minors: readonly number[] = fetchedI686): readonly Interpreter[] {
  const present = i686Interpreters().filter(({ minor }) => minors.includes(minor));
  const missing = minors.filter((minor) => !present.some((interpreter) => interpreter.minor === minor)).map((minor) => `3.${minor}`);
  if (missing.length === 0) return present;
  const message = `NOT TESTED on 32-bit CPython ${missing.join(", ")}: no such interpreter here ("npm run pythons -- --all" fetches them)`;
  if (process.env["CI"] && present.length === 0) throw new Error(message);
  process.stderr.write(`\n${message}\n\n`);
  return present;
}

function findInterpreters(): readonly Interpreter[] {
  if (found) return found;
  const byFile = new Map<string, Interpreter>();
  for (const { path, source } of candidates()) {
    if (!existsSync(path)) continue;
    const file = realpathSync(path);
    const interpreter = byFile.has(file) ? null : identify(path, source);
    if (interpreter && supportedMinors.includes(interpreter.minor)) byFile.set(file, interpreter);
  }
  return (found = [...byFile.values()]);
}

function* candidates(): Generator<Pick<Interpreter, "path" | "source">> {
  for (const path of (process.env["LYNCEUS_PYTHONS"] ?? "").split(":").filter(Boolean)) yield { path: resolve(path), source: "LYNCEUS_PYTHONS" };

  const pyenv = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  // The highest patch release of each minor first: 3.11.10 before 3.11.7.
  const versions = existsSync(pyenv) ? readdirSync(pyenv).sort((a, b) => b.localeCompare(a, "en", { numeric: true })) : [];
  for (const version of versions.filter((name) => /^3\.\d+\.\d+\w*$/.test(name))) yield { path: join(pyenv, version, "bin/python"), source: "pyenv" };

  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder && !folder.startsWith(join(pyenv, "../shims")));
  for (const minor of supportedMinors) {
    for (const folder of folders) yield { path: join(folder, `python3.${minor}`), source: "PATH" };
  }

  for (const minor of supportedMinors) {
    for (const build of ["", "-dbg"]) yield { path: join(projectRoot, `.cache/pythons/3.${minor}${build}/usr/bin/python3.${minor}${build}`), source: "cache" };
  }
}

/** Null for what does not run or is another implementation. */
function identify(path: string, source: Interpreter["source"]): Interpreter | null {
  const facts = [
    "platform.python_implementation()",
    "sys.version_info[1]",
    "platform.python_version()",
    "hasattr(sys, 'gettotalrefcount')",
    "sys.maxsize > 2**32",
  ];
  const program = `import platform, sys; print(${facts.join(", ")})`;
  try {
    const output = execFileSync(path, ["-I", "-S", "-c", program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 40_000 });
    const [implementation, minor, version, debug, wide] = output.trim().split(" ");
    if (implementation !== "CPython" || !minor || !version) return null;
    return { version, minor: Number(minor), debug: debug === "True", wordSize: wide === "True" ? 8 : 4, path, source };
  } catch {
    return null;
  }
}
