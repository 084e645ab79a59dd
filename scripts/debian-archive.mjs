/**
 * Packages of Debian's suites, through apt with a configuration of its own: no root, nothing is installed, no architecture
 * is added, the machine's own packages stay as they are. The mirror is the one that the machine's own apt sources name,
 * or LYNCEUS_DEBIAN_MIRROR. `closeArchives()` at the end.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { say } from "./say.mjs";

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const aptFolders = join(resolve(dirname(fileURLToPath(import.meta.url)), "../.cache"), "apt");

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

/**
 * Runs a tool of apt's family over our own sources, lists and an empty package database. `apt` is the folder of these.
 * @param {{ apt: string, architecture: string }} archive @param {string} tool @param {string[]} args @param {object} options
 */
export function runApt({ apt, architecture }, tool, args, options = {}) {
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
    ["APT::Architecture", architecture],
    ["APT::Architectures", architecture],
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

/** @type {Map<string, { apt: string, architecture: string }>} */
const archives = new Map();

/** A suite for an architecture, its package lists read. */
export function openArchive(suite, architecture) {
  const name = `${suite}-${architecture}`;
  const known = archives.get(name);
  if (known) return known;
  const mirrors = findMirrors();
  if (mirrors.length === 0) throw new Error("no Debian archive among this machine's apt sources; set LYNCEUS_DEBIAN_MIRROR to the URI of one");
  const archive = { apt: join(aptFolders, name), architecture };
  for (const { uri, keyring } of mirrors) {
    rmSync(archive.apt, { recursive: true, force: true });
    for (const folder of ["sources", "lists/partial", "archives/partial"]) mkdirSync(join(archive.apt, folder), { recursive: true });
    writeFileSync(join(archive.apt, "status"), "");
    const source = `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nArchitectures: ${architecture}\nSigned-By: ${keyring}\n`;
    writeFileSync(join(archive.apt, "sources/debian.sources"), source);
    say(`reading the package lists of ${suite} for ${architecture}`);
    try {
      runApt(archive, "apt-get", ["update", "--error-on=any"]);
      archives.set(name, archive);
      return archive;
    } catch (error) {
      say(`that archive has none: ${String(error.stderr ?? error).trim()}`);
    }
  }
  throw new Error(`no archive among this machine's apt sources gave the package lists of ${suite} for ${architecture}`);
}

/** Downloads packages, with all they depend on or alone, and unpacks them into `root`. */
export function unpack(archive, root, packages, { alone }) {
  const downloads = join(root, "archives");
  mkdirSync(join(downloads, "partial"), { recursive: true });
  const args = alone
    ? ["download", ...packages]
    : ["install", "--download-only", "--no-install-recommends", "--yes", "-o", `Dir::Cache::Archives=${downloads}`, ...packages];
  runApt(archive, "apt-get", args, { cwd: downloads });
  for (const file of readdirSync(downloads).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["--extract", join(downloads, file), root]);
  }
  rmSync(downloads, { recursive: true });
}

/** Lets go of the package lists: some hundred megabytes. */
export function closeArchives() {
  archives.clear();
  rmSync(aptFolders, { recursive: true, force: true });
}
