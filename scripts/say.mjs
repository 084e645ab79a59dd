/** How the scripts talk and fail. */
import { spawnSync } from "node:child_process";

/** @param {string} text */
export function say(text) {
  console.error(`lynceus: ${text}`);
}

/** @param {string} message @returns {never} */
export function giveUp(message) {
  say(message);
  process.exit(1);
}

/**
 * Runs a command whose output only matters when it fails: then it is shown, and the script ends.
 * @param {string} command @param {readonly string[]} args @param {{ cwd?: string }} [options]
 */
export function runQuietly(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: "utf8", maxBuffer: 1 << 26 });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
  giveUp(`${[command, ...args].join(" ")} failed${error ? `: ${error.message}` : ""}`);
}
