#!/usr/bin/env node
/** Runs in a guest of boot.mjs; every line for its host begins with GUEST. Arguments: interpreters, with ":" between them. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { bytesSource, openRecording } from "../../dist/index.js";

const seconds = 10;
const entry = new URL("../../dist/bin.js", import.meta.url).pathname;
const program = new URL("../programs/two_trees.py", import.meta.url).pathname;
const tell = (text) => console.log(`\nGUEST ${text}`);

/** Every stack as the names in it, root first, and how it is known. */
function* stacksOf(file) {
  const [strings, functions, frames, stacks] = [[], [], [], []];
  for (const block of openRecording(bytesSource(readFileSync(file))).blocks()) {
    strings.push(...block.strings);
    for (let row = 0; row < block.functions.length; row++) functions.push(strings[block.functions.name[row]]);
    for (let row = 0; row < block.frames.length; row++) frames.push(functions[block.frames.function[row]]);
    for (let row = 0; row < block.stacks.length; row++) {
      const parent = block.stacks.parent[row];
      stacks.push([...(parent < 0 ? [] : stacks[parent]), frames[block.stacks.frame[row]]]);
    }
    for (let row = 0; row < block.samples.length; row++) yield { names: stacks[block.samples.stack[row]] ?? [], known: block.samples.known[row] };
  }
}

const isImpossible = (names) => names.some((name) => name.startsWith("red_")) && names.some((name) => name.startsWith("blue_"));

async function tryOn(python, source) {
  const version = execFileSync(python, ["-c", "import platform; print(platform.python_version())"], { encoding: "utf8" }).trim();
  const target = spawn(python, [program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(target.stdout, "data");
  const file = "/run/a.lyn";
  const run = spawnSync(process.execPath, [entry, "attach", "-q", "--source", source, "-i", "1ms", "-x", `${seconds}`, "-o", file, `${target.pid}`], {
    encoding: "utf8",
  });
  target.kill("SIGKILL");
  if (run.status !== 0) {
    tell(`CPython ${version}, ${source}: ended with ${run.status}: ${run.stderr.trim()}`);
    return false;
  }
  const all = [...stacksOf(file)];
  const exact = all.filter(({ known }) => known === 1).length;
  const impossible = all.filter(({ names }) => isImpossible(names)).length;
  tell(`CPython ${version}, ${source}: ${all.length} samples, ${exact} of them by the kernel, ${impossible} impossible`);
  return exact > 0 && impossible === 0;
}

tell(`Linux ${release()}`);
const doctor = JSON.parse(spawnSync(process.execPath, [entry, "doctor", "--json"], { encoding: "utf8" }).stdout);
for (const { name, verdict, message } of doctor.machine) if (verdict !== "yes") tell(`doctor: ${name}: ${verdict}, ${message}`);
let isWell = true;
for (const python of (process.argv[2] ?? "").split(":")) {
  for (const source of ["kernel", "kernel-clock"]) isWell = (await tryOn(python, source)) && isWell;
}
tell(isWell ? "all is well" : "something is wrong");
