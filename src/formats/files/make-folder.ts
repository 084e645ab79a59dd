import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isSystemError } from "./system-error.ts";

/**
 * Makes a folder and those above it; fine if it is there. Throws the system's error. Node's own `recursive` never comes
 * back below a folder that says that it takes none although it is there, as /proc does.
 */
export function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = dirname(path);
    if (error.code !== "ENOENT" || parent === path || existsSync(parent)) throw error;
    makeFolder(parent, mode);
    makeFolder(path, mode);
  }
}
