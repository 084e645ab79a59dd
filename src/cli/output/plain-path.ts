import { statSync } from "node:fs";

/** A regular file, or one that is not there yet: no pipe, no device, not stdout. */
export function isPlainPath(path: string): boolean {
  if (path === "-") return false;
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}
