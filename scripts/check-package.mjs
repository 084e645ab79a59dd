#!/usr/bin/env node
/** What npm would publish: complete, nothing that does not belong there, and sound by publint's rules. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root } from "./bootstrap.mjs";

const needed = [
  "LICENSE",
  "README.md",
  "ARCHITECTURE.md",
  "NEW_PYTHON_VERSION.md",
  "CHANGELOG.md",
  "package.json",
  "dist/bin.js",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/ui.html",
  "man/lynceus.1",
  "prebuilds/bpf/lynceus.bpf.o",
];
const allowed = /^(dist|docs|man|prebuilds)\/|^(LICENSE|(README|ARCHITECTURE|NEW_PYTHON_VERSION|CHANGELOG)\.md|package\.json)$/;
const forbidden = /\.test\.|\.tsbuildinfo$|\/\.[^/]+$/;
const mostBytes = 5 << 20;

const problems = [];
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
  if (manifest.scripts?.[name]) problems.push(`package.json has an install script: ${name}`);
}

const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
if (packed.status !== 0) problems.push(`npm pack failed: ${packed.stderr}`);
else {
  const [{ files, unpackedSize }] = JSON.parse(packed.stdout);
  const paths = files.map(({ path }) => path);
  problems.push(...needed.filter((path) => !paths.includes(path)).map((path) => `missing: ${path}`));
  problems.push(...paths.filter((path) => !allowed.test(path) || forbidden.test(path)).map((path) => `does not belong there: ${path}`));
  if (unpackedSize > mostBytes) problems.push(`${unpackedSize} bytes unpacked, more than ${mostBytes}`);
}

const bin = join(root, manifest.bin.lynceus);
if (existsSync(bin)) {
  if (!readFileSync(bin, "utf8").startsWith("#!/usr/bin/env node\n")) problems.push("dist/bin.js does not start with #!/usr/bin/env node");
  if ((statSync(bin).mode & 0o111) === 0) problems.push("dist/bin.js is not executable");
}

const { messages } = await publint({ pkgDir: root, strict: true });
problems.push(...messages.map((message) => formatMessage(message, manifest)));

for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
