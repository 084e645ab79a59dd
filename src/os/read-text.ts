import { readFileSync } from "node:fs";

/** A small file of /proc or /sys; empty when it is not there or may not be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
