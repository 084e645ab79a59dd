#!/usr/bin/env node
/**
 * Fetches the interpreters that machines do not have yet, CPython 3.14 and 3.15, into .cache/pythons/<version>:
 *
 *   npm run pythons             what is missing
 *   npm run pythons -- --all    Debian's debug builds of both as well (.cache/pythons/<version>-dbg)
 *
 * They come from Debian's unstable suite, through apt with a configuration of its own: no root, nothing is installed,
 * the machine's own packages stay as they are. The mirror is the one that the machine's own apt sources name, or
 * LYNCEUS_DEBIAN_MIRROR. The unpacked binary gets the unpacked loader as its ELF interpreter and an rpath (not a
 * runpath: extension modules must inherit it), so it runs by its plain path with no environment and no wrapper.
 * CPython finds its library beside itself (Modules/getpath.py looks for lib/python3.X above the executable).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { giveUp, say } from "./say.mjs";

/** Those that Debian's stable suites and pyenv's users are least likely to have. */
const versions = ["3.14", "3.15"];
const suite = "sid";
const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Raise it when what is done to the unpacked files changes: caches of an older recipe are made again. */
const recipe = 1;

const cache = resolve(dirname(fileURLToPath(import.meta.url)), "../.cache");
const apt = join(cache, "apt");
const target = join(cache, "pythons");
const multiarch = "x86_64-linux-gnu";

/** The Debian archives that the machine's own apt uses: one-line (`*.list`) and deb822 (`*.sources`) files. */
function findMirrors() {
  const wanted = process.env["LYNCEUS_DEBIAN_MIRROR"];
  if (wanted) return [{ uri: wanted, keyring: debianKeyring }];
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])].filter(existsSync);
  const entries = files.flatMap((file) => {
    const text = readFileSync(file, "utf8").replace(/^\s*#.*\n?/gm, "");
    if (file.endsWith(".sources")) {
      return text.split(/\n\s*\n/).flatMap((stanza) => {
        const keyring = /^Signed-By:\s*(\/\S+)/im.exec(stanza)?.[1];
        return (/^URIs:\s*(.+)$/im.exec(stanza)?.[1] ?? "")
          .trim()
          .split(/\s+/)
          .map((uri) => ({ uri, keyring }));
      });
    }
    return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)/gm)].map(([, options, uri = ""]) => ({
      uri,
      keyring: /signed-by=(\S+)/.exec(options ?? "")?.[1],
    }));
  });
  const seen = new Set();
  return entries
    .filter(({ uri }) => /\/debian\/?$/.test(uri) && !seen.has(uri) && seen.add(uri))
    .map(({ uri, keyring }) => ({ uri, keyring: keyring ?? debianKeyring }));
}

/** Runs a tool of apt's family over our own sources, lists and an empty package database. */
function runApt(tool, args, options = {}) {
  const overrides = [
    ["Dir::Etc::SourceList", "/dev/null"],
    ["Dir::Etc::SourceParts", join(apt, "sources")],
    ["Dir::Etc::Preferences", "/dev/null"],
    ["Dir::Etc::PreferencesParts", "/dev/null"],
    ["Dir::State", apt],
    ["Dir::State::Lists", join(apt, "lists")],
    ["Dir::State::status", join(apt, "status")],
    ["Dir::Cache", apt],
    ["Dir::Cache::Archives", join(apt, "archives")],
    ["APT::Architecture", "amd64"],
    ["APT::Sandbox::User", "root"],
    ["Acquire::Languages", "none"],
    ["Acquire::IndexTargets::deb::DEP-11::DefaultEnabled", "false"],
    ["Acquire::Retries", "3"],
    ["Debug::NoLocking", "true"],
  ];
  return execFileSync(tool, [...overrides.flatMap(([name, value]) => ["-o", `${name}=${value}`]), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 26,
    env: { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    ...options,
  });
}

function updateLists() {
  const mirrors = findMirrors();
  if (mirrors.length === 0) giveUp("no Debian archive among this machine's apt sources; set LYNCEUS_DEBIAN_MIRROR to the URI of one");
  for (const { uri, keyring } of mirrors) {
    rmSync(apt, { recursive: true, force: true });
    for (const folder of ["sources", "lists/partial", "archives/partial"]) mkdirSync(join(apt, folder), { recursive: true });
    writeFileSync(join(apt, "status"), "");
    writeFileSync(join(apt, "sources/debian.sources"), `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`);
    say(`reading the package lists of ${suite}`);
    try {
      runApt("apt-get", ["update", "--error-on=any"]);
      return;
    } catch (error) {
      say(`that archive has none: ${String(error.stderr ?? error).trim()}`);
    }
  }
  giveUp(`no archive among this machine's apt sources gave ${suite}'s package lists`);
}

/** Downloads packages, with all they depend on or alone, and unpacks them into `root`. */
function unpack(root, packages, { alone }) {
  const archives = join(root, "archives");
  mkdirSync(join(archives, "partial"), { recursive: true });
  const args = alone
    ? ["download", ...packages]
    : ["install", "--download-only", "--no-install-recommends", "--yes", "-o", `Dir::Cache::Archives=${archives}`, ...packages];
  runApt("apt-get", args, { cwd: archives });
  for (const archive of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["--extract", join(archives, archive), root]);
  }
  rmSync(archives, { recursive: true });
}

/** Where the libraries of an unpacked tree are. Both forms of the /usr merge are about. */
const libraryFolders = (root) => [join(root, "usr/lib", multiarch), join(root, "lib", multiarch)];

function findLoader(root) {
  const found = libraryFolders(root)
    .map((folder) => join(folder, "ld-linux-x86-64.so.2"))
    .find(existsSync);
  if (!found) giveUp(`no dynamic loader in ${root}`);
  return realpathSync(found);
}

/**
 * Names the unpacked loader and libraries in the binary by their paths in `home`, where `root` will be renamed to.
 * Two steps in this order: patchelf 0.18 makes an executable of a fixed address crash when the interpreter comes first.
 */
function patch(root, home, binary) {
  const loader = findLoader(root);
  const libraries = libraryFolders(root).join(":");
  // patchelf was unpacked from the same suite, so it needs the same loader and libraries.
  const patchelf = (...args) => execFileSync(loader, ["--library-path", libraries, join(root, "usr/bin/patchelf"), ...args, join(root, "usr/bin", binary)]);
  patchelf("--force-rpath", "--set-rpath", libraryFolders(home).join(":"));
  patchelf("--set-interpreter", loader.replace(root, home));
}

/** The interpreter's version when it runs and its extension modules load, else null. */
function runsAs(path) {
  const program = "import ctypes, json, sqlite3, ssl, lzma, bz2, zlib, asyncio, platform; print(platform.python_version())";
  const { status, stdout } = spawnSync(path, ["-I", "-c", program], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function install({ name, binary, packages, headers }) {
  const home = join(target, name);
  const path = join(home, "usr/bin", binary);
  const stamp = join(home, "installed.json");
  // The paths in the ELF file are absolute: a checkout that was moved needs a new one.
  const expected = JSON.stringify({ recipe, home });
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === expected && runsAs(path)) return;

  if (!existsSync(join(apt, "sources/debian.sources")) || !install.updated) updateLists();
  install.updated = true;
  const root = `${home}.partial-${process.pid}`;
  say(`fetching ${packages.join(", ")}`);
  unpack(root, packages, { alone: false });
  unpack(root, headers, { alone: true });
  patch(root, home, binary);
  writeFileSync(join(root, "installed.json"), expected);
  rmSync(home, { recursive: true, force: true });
  renameSync(root, home);
  const version = runsAs(path);
  if (!version) giveUp(`${path} was unpacked but does not run`);
  say(`${path} is CPython ${version}`);
}
install.updated = false;

for (const tool of ["apt-get", "dpkg-deb"]) {
  if (spawnSync(tool, ["--version"]).status !== 0) giveUp(`${tool} is needed to fetch interpreters; on other systems name yours in LYNCEUS_PYTHONS`);
}
mkdirSync(target, { recursive: true });
const builds = process.argv.includes("--all") ? ["", "-dbg"] : [""];
const wanted = builds.flatMap((build) =>
  versions.map((version) => ({
    name: `${version}${build}`,
    binary: `python${version}${build}`,
    packages: [`python${version}${build}`, "patchelf"],
    headers: [`libpython${version}-dev`],
  })),
);
try {
  for (const one of wanted) install(one);
} catch (error) {
  giveUp(`${error.message}\n${error.stderr ?? ""}`);
}
rmSync(apt, { recursive: true, force: true });
