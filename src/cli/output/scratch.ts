import { unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryFile } from "../../os/memory-file.ts";
import { checkWritable } from "./check-writable.ts";
import { isPlainPath } from "./plain-path.ts";

/** A recording on its way to something else. */
export interface Scratch {
  readonly path: string;
  /** It is on disk, and stays there when we do not remove it. */
  readonly isKept: boolean;
  remove(): void;
}

/** Beside the output; for a pipe in the folder for temporary files, or where nothing may be written (a read-only container) in memory. */
export function createScratch(output: string): Scratch {
  const name = `${process.pid}.partial.lyn`;
  const path = isPlainPath(output) ? `${output}.${name}` : join(tmpdir(), `lynceus-${name}`);
  const inMemory = isPlainPath(output) || canWrite(path) ? null : createMemoryFile("lynceus");
  return inMemory === null ? { path, isKept: true, remove: () => unlinkSync(path) } : { path: inMemory, isKept: false, remove: () => {} };
}

function canWrite(path: string): boolean {
  try {
    checkWritable(path);
    return true;
  } catch {
    return false;
  }
}
