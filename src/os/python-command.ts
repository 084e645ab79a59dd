import { accessSync, closeSync, constants, openSync, readSync, realpathSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

const longestFirstLine = 512;

/**
 * Whether a command looks like Python, by the name of its program or by the first line of a script: asked of one that ended
 * before anything could be learned from it.
 */
export function isPythonCommand([file = ""]: readonly string[]): boolean {
  const path = findProgram(file);
  if (path === null) return false;
  return isPythonName(path) || isPythonName(realpathSync(path)) || /^#!.*\bpython/.test(readFirstLine(path));
}

function isPythonName(path: string): boolean {
  return /^python[\d.]*(-dbg|[dmt])?$/.test(basename(path));
}

/** As execvp(3) looks for it. */
function findProgram(file: string): string | null {
  const candidates = file.includes("/") ? [file] : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, file));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readFirstLine(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(longestFirstLine);
      return bytes.toString("latin1", 0, readSync(fd, bytes)).split("\n")[0]!;
    } finally {
      closeSync(fd);
    }
  } catch {
    return "";
  }
}
