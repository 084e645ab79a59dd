#!/usr/bin/env node
/**
 * `npm test`: all set-up, then every check, cheap ones first, whatever fails. `npm test -- unit types` runs only those.
 * The last line is `N passed, N failed` (`, N skipped`): tests one by one, a static check counts as one.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBrowser, ensureBuild, ensureDependencies, ensureInterpreters, root } from "./bootstrap.mjs";
import { say } from "./say.mjs";

/** What is to be run, by the files of the tools: `npx` would start npm for each. */
const tool = (path) => [process.execPath, join(root, "node_modules", path)];
const vitest = (project) => [...tool("vitest/vitest.mjs"), "run", "--project", project];
const ownScript = (name) => [process.execPath, join(root, "scripts", name)];

/**
 * `counts`: its tests are counted one by one. `needs`: set-up for this step alone.
 * @typedef {{ name: string, commands: string[][], counts?: boolean, needs?: () => void }} Step
 */
/** @type {Step[]} */
const steps = [
  { name: "format", commands: [[...tool("oxfmt/bin/oxfmt"), "--check"]] },
  { name: "lint", commands: [[...tool("oxlint/bin/oxlint"), "--type-aware", "--deny-warnings"]] },
  {
    name: "types",
    commands: [".", "ui", "test/browser", "scripts"]
      .filter((project) => existsSync(join(root, project, "tsconfig.json")))
      .map((project) => [...tool("typescript/bin/tsc"), "-p", project]),
  },
  { name: "dead-code", commands: [[...tool("knip/bin/knip.js"), "--no-progress"]] },
  { name: "architecture", commands: [vitest("architecture")], counts: true },
  { name: "unit", commands: [vitest("unit")], counts: true },
  { name: "build", commands: [ownScript("build.mjs")] },
  { name: "untimed", commands: [vitest("untimed")], counts: true, needs: ensureInterpreters },
  { name: "integration", commands: [vitest("integration")], counts: true, needs: ensureInterpreters },
  { name: "browser", commands: [vitest("browser")], counts: true, needs: ensureBrowser },
  { name: "package", commands: [ownScript("check-package.mjs"), ownScript("check-installed.mjs")] },
];

/**
 * Runs one step and says how many passed and failed in it.
 * @param {Step} step @param {string} countsFile
 */
function runStep({ name, commands, counts, needs }, countsFile) {
  console.log(`\n== ${name}`);
  needs?.();
  writeFileSync(countsFile, "");
  const started = performance.now();
  const failed = commands.filter(
    ([command = "", ...args]) => spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, LYNCEUS_COUNTS: countsFile } }).status !== 0,
  );
  const total = { passed: 0, failed: 0, skipped: 0 };
  if (counts) {
    for (const line of readFileSync(countsFile, "utf8").split("\n").filter(Boolean)) {
      for (const [key, value] of Object.entries(JSON.parse(line))) total[key] += value;
    }
    // Vitest did not get as far as its tests, or failed for another reason (an unhandled error, a bad option).
    if (failed.length > 0 && total.failed === 0) total.failed = 1;
  } else {
    total[failed.length === 0 ? "passed" : "failed"] = 1;
  }
  console.log(`-- ${name}: ${total.failed === 0 ? "ok" : "FAILED"} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return total;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  say(`no such step: ${unknown.join(", ")}. Steps: ${steps.map((step) => step.name).join(", ")}`);
  process.exit(64);
}
ensureDependencies();
if (!wanted.includes("build") && ["untimed", "integration", "browser", "package"].some((name) => wanted.includes(name))) ensureBuild();

const folder = mkdtempSync(join(tmpdir(), "lynceus-test-"));
const results = steps
  .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  .map((step) => ({ name: step.name, ...runStep(step, join(folder, "counts")) }));
rmSync(folder, { recursive: true });

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const broken = results.filter(({ failed }) => failed > 0).map(({ name }) => name);
if (broken.length > 0) console.log(`\nFAILED: ${broken.join(", ")}`);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : ""}`);
process.exitCode = broken.length > 0 ? 1 : 0;
