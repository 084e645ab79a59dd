#!/usr/bin/env node
/**
 * `npm start`: builds what is missing, profiles a sample program and says where the picture is. With arguments they
 * are those of the command line: `npm start -- -p PID`, `npm start -- where PID`, `npm start -- run app.py`.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { constants, homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuild, ensureDependencies, root } from "./bootstrap.mjs";
import { giveUp, say } from "./say.mjs";

/** Any CPython from 3.8 on: what `python3` means here, else pyenv's and the project's own. */
function findPython() {
  const folders = [join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions"), join(root, ".cache/pythons")];
  const installed = folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).flatMap((version) => [join(folder, version, "bin/python3"), join(folder, version, `usr/bin/python${version}`)]));
  const test = "import platform, sys; sys.exit(platform.python_implementation() != 'CPython' or not (3, 8) <= sys.version_info < (3, 16))";
  const found = ["python3", "python", ...installed].find((path) => spawnSync(path, ["-c", test]).status === 0);
  return found ?? giveUp("no CPython 3.8 to 3.15 was found; npm run pythons fetches one");
}

/** Runs the command line and ends as it ends. Ctrl-C reaches it by itself: it is in the same process group. */
function runLynceus(args, whenDone) {
  const child = spawn(process.execPath, [join(root, "dist/bin.js"), ...args], { cwd: process.env["INIT_CWD"] ?? process.cwd(), stdio: "inherit" });
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => {
    if (code === 0) whenDone();
    process.exitCode = code ?? 128 + constants.signals[signal ?? "SIGTERM"];
  });
}

ensureDependencies();
ensureBuild();
const args = process.argv.slice(2);
if (args.length > 0) {
  runLynceus(args, () => {});
} else {
  const picture = join(root, ".cache/orders.html");
  say("profiling examples/orders.py, about 5 seconds");
  runLynceus(["run", "-o", picture, findPython(), join(root, "examples/orders.py")], () => {
    say(`the flame graph is ${pathToFileURL(picture).href} (open it in a browser)`);
    say("your own program: npm start -- run app.py, or npm start -- -p PID");
  });
}
