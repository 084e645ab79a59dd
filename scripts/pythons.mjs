#!/usr/bin/env node
/**
 * Fetches the interpreters that machines do not have, into .cache/pythons/<name>:
 *
 *   npm run pythons             CPython 3.14 and 3.15, and a 32-bit 3.11 (3.11-i386), as far as they are missing
 *   npm run pythons -- --all    debug builds (3.14-dbg) and more 32-bit versions as well
 *
 * They come from Debian's suites (`debian-archive.mjs`) and are not installed. The unpacked binary gets the unpacked loader
 * as its ELF interpreter and an rpath (not a runpath: extension modules must inherit it), so it runs by its plain path
 * with no environment and no wrapper.
 * CPython finds its library beside itself (Modules/getpath.py looks for lib/python3.X above the executable).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { closeArchives, openArchive, unpack } from "./debian-archive.mjs";
import { giveUp, say } from "./say.mjs";

const architectures = {
  amd64: { multiarch: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2" },
  // A kernel for x86-64 runs these, if it was built to (CONFIG_IA32_EMULATION).
  i386: { multiarch: "i386-linux-gnu", loader: "ld-linux.so.2" },
};

/**
 * What there is to fetch: versions that Debian's stable suites and pyenv's users are least likely to have, and 32-bit ones from wherever they are.
 * `build` is what the names of debug builds end in.
 */
const offered = [
  { version: "3.14", suite: "sid", architecture: "amd64", build: "" },
  { version: "3.15", suite: "sid", architecture: "amd64", build: "" },
  { version: "3.11", suite: "bookworm", architecture: "i386", build: "" },
];
const offeredToo = [
  { version: "3.14", suite: "sid", architecture: "amd64", build: "-dbg" },
  { version: "3.15", suite: "sid", architecture: "amd64", build: "-dbg" },
  { version: "3.9", suite: "bullseye", architecture: "i386", build: "" },
  { version: "3.13", suite: "trixie", architecture: "i386", build: "" },
  { version: "3.14", suite: "sid", architecture: "i386", build: "" },
  { version: "3.15", suite: "sid", architecture: "i386", build: "" },
];
/** Raise it when what is done to the unpacked files changes: caches of an older recipe are made again. */
const recipe = 1;

const cache = resolve(dirname(fileURLToPath(import.meta.url)), "../.cache");
const target = join(cache, "pythons");

/** Where the libraries of an unpacked tree are. Both forms of the /usr merge are about. */
const libraryFolders = (root, { multiarch }) => [join(root, "usr/lib", multiarch), join(root, "lib", multiarch)];

function findLoader(root, architecture) {
  const found = libraryFolders(root, architecture)
    .map((folder) => join(folder, architecture.loader))
    .find(existsSync);
  if (!found) throw new Error(`no dynamic loader in ${root}`);
  return realpathSync(found);
}

/**
 * Names the unpacked loader and libraries in the binary by their paths in `home`, where `root` will be renamed to.
 * Two steps in this order: patchelf 0.18 makes an executable of a fixed address crash when the interpreter comes first.
 */
function patch(root, home, binary, architecture) {
  const loader = findLoader(root, architecture);
  const libraries = libraryFolders(root, architecture).join(":");
  // patchelf was unpacked from the same suite, so it needs the same loader and libraries.
  const patchelf = (...args) => execFileSync(loader, ["--library-path", libraries, join(root, "usr/bin/patchelf"), ...args, join(root, "usr/bin", binary)]);
  patchelf("--force-rpath", "--set-rpath", libraryFolders(home, architecture).join(":"));
  patchelf("--set-interpreter", loader.replace(root, home));
}

/** The interpreter's version when it runs and its extension modules load, else null. */
function runsAs(path) {
  const program = "import ctypes, json, sqlite3, ssl, lzma, bz2, zlib, asyncio, platform; print(platform.python_version())";
  const { status, stdout } = spawnSync(path, ["-I", "-c", program], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function install({ version, suite, architecture, build }) {
  const home = join(target, `${version}${architecture === "amd64" ? "" : `-${architecture}`}${build}`);
  const binary = `python${version}${build}`;
  const path = join(home, "usr/bin", binary);
  const stamp = join(home, "installed.json");
  // The paths in the ELF file are absolute: a checkout that was moved needs a new one.
  const expected = JSON.stringify({ recipe, home });
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === expected && runsAs(path)) return;

  const archive = openArchive(suite, architecture);
  const root = `${home}.partial-${process.pid}`;
  const packages = [binary, "patchelf"];
  say(`fetching ${packages.join(", ")}`);
  try {
    unpack(archive, root, packages, { alone: false });
    // For the layout probe; a machine has its own of the C library for its own architecture.
    const headers = architecture === "amd64" ? [] : ["libc6-dev", "linux-libc-dev", "libcrypt-dev"];
    unpack(archive, root, [`libpython${version}-dev`, ...headers], { alone: true });
    patch(root, home, binary, architectures[architecture]);
    writeFileSync(join(root, "installed.json"), expected);
    rmSync(home, { recursive: true, force: true });
    renameSync(root, home);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  const found = runsAs(path);
  if (!found) throw new Error(`${path} was unpacked but does not run`);
  say(`${path} is CPython ${found}`);
}

for (const tool of ["apt-get", "dpkg-deb"]) {
  if (spawnSync(tool, ["--version"]).status !== 0) giveUp(`${tool} is needed to fetch interpreters; on other systems name yours in LYNCEUS_PYTHONS`);
}
mkdirSync(target, { recursive: true });
const failures = [];
for (const one of process.argv.includes("--all") ? [...offered, ...offeredToo] : offered) {
  try {
    install(one);
  } catch (error) {
    failures.push(`CPython ${one.version}${one.build} for ${one.architecture}: ${error.message}\n${error.stderr ?? ""}`.trim());
  }
}
closeArchives();
if (failures.length > 0) giveUp(failures.join("\n"));
