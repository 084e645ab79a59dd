#!/usr/bin/env node
/** `npm run build`: src/ to dist/, one file for one file, the browser view, and the man page. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildStamp, hashSources, root } from "./bootstrap.mjs";

/** @param {string} tool @param {string[]} args */
function run(tool, args) {
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", tool), ...args], { cwd: root, stdio: "inherit" });
  return status === 0;
}

/** What was built from a file that is no longer there would still be packed and imported. */
function removeOrphans(folder = "") {
  for (const entry of readdirSync(join(root, "dist", folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeOrphans(path);
    else if (/\.(js|d\.ts)$/.test(path) && !existsSync(join(root, "src", path.replace(/\.(js|d\.ts)$/, ".ts")))) rmSync(join(root, "dist", path));
  }
}

const hash = hashSources();
const compiled = run("typescript/bin/tsc", ["-p", "tsconfig.build.json"]);
const bundled = run("vite/bin/vite.js", ["build", "--logLevel", "warn"]);
if (!compiled || !bundled) process.exit(1);
removeOrphans();
if (spawnSync(process.execPath, [join(root, "scripts/man-page.mjs")], { cwd: root, stdio: "inherit" }).status !== 0) process.exit(1);
if (existsSync(join(root, "dist/bin.js"))) chmodSync(join(root, "dist/bin.js"), 0o755);
mkdirSync(dirname(buildStamp), { recursive: true });
writeFileSync(buildStamp, hash);
