/**
 * Brings a checkout, fresh or changed, to where its programs run: dependencies, build, interpreters, browser. Plain
 * Node without any package, because there are none yet. Each step does nothing when there is nothing to do.
 */
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { giveUp, runQuietly, say } from "./say.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** Not in dist/, which is published. */
export const buildStamp = join(root, ".cache/built-from");
const oldestNode = 20;

/** Whether node_modules holds what package-lock.json asks for. npm keeps its own account of it in node_modules. */
function hasDependencies() {
  const account = join(root, "node_modules/.package-lock.json");
  if (!existsSync(account)) return false;
  const wanted = Object.entries(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages);
  const installed = JSON.parse(readFileSync(account, "utf8")).packages;
  // Optional ones are for other systems.
  return wanted.every(([path, { version, optional }]) => path === "" || (installed[path] ? installed[path].version === version : optional));
}

export function ensureDependencies() {
  if (Number(process.versions.node.split(".")[0]) < oldestNode) giveUp(`Node ${oldestNode} or later is needed, this is ${process.versions.node}`);
  if (hasDependencies()) return;
  say("installing dependencies (npm ci)");
  runQuietly("npm", ["ci"], { cwd: root });
}

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** Identifies what a build is made from: the contents of all files that go into it. */
export function hashSources() {
  const hash = createHash("sha256");
  const inputs = ["src", "ui", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "vite.config.ts", "scripts/build.mjs"];
  for (const file of inputs.flatMap((name) => filesBelow(join(root, name)))) {
    if (!file.endsWith(".test.ts")) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

export function ensureBuild() {
  if (existsSync(join(root, "dist/bin.js")) && existsSync(buildStamp) && readFileSync(buildStamp, "utf8") === hashSources()) return;
  say("building");
  runQuietly(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root });
}

/** For the tests. 3.14 and 3.15 are on few machines; a failure to fetch them is left to the tests to say. */
export function ensureInterpreters() {
  const { status } = spawnSync(process.execPath, [join(root, "scripts/pythons.mjs"), ...(process.env["CI"] ? ["--all"] : [])], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) say("going on without the interpreters that could not be fetched");
}

const browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** For the browser tests, which fail without one. Only root can install it. */
export function ensureBrowser() {
  if (process.env["CHROMIUM_PATH"] || browsers.some((name) => spawnSync(name, ["--version"]).status === 0)) return;
  const command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"];
  if (process.getuid?.() !== 0) return say(`the browser tests need Chromium: sudo ${command.join(" ")}`);
  say("installing Chromium for the browser tests");
  spawnSync("apt-get", ["update"], { stdio: "ignore" });
  const { status, stderr } = spawnSync("apt-get", command.slice(1), { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  if (status !== 0) say(`Chromium could not be installed: ${stderr}`);
}
