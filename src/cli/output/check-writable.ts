import { accessSync, closeSync, constants, openSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { LynceusError } from "../../base/errors.ts";
import { shellWord } from "../text/shell-word.ts";
import { isSystemError, systemErrorText } from "../../formats/files/system-error.ts";

/**
 * Makes sure that `path` can be written, without changing what is there: a program should not be started, and perhaps
 * run for hours, for a result that then has no place. Throws `cannot-write`.
 */
export function checkWritable(path: string): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing?.isDirectory())
      throw new LynceusError("cannot-write", `cannot write ${path}: it is a directory`, { hint: `give a file name: ${shellWord(join(path, "profile.html"))}` });
    if (existing !== undefined) accessSync(path, constants.W_OK);
    // A device or a pipe is written as it is; everything else comes by way of a new file beside it.
    if (existing === undefined || existing.isFile()) probeFolder(dirname(path));
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** access(2) does not know of everything (quotas, odd file systems), so a file is made and taken away. */
function probeFolder(folder: string): void {
  const probe = join(folder, `.lynceus-${process.pid}.tmp`);
  closeSync(openSync(probe, "w"));
  unlinkSync(probe);
}

/** What a failed write or open is for the user; a LynceusError or a fault of ours is passed through. */
export function cannotWrite(path: string, error: unknown, hint?: string): unknown {
  if (error instanceof LynceusError || !isSystemError(error)) return error;
  const reason = error.code === "ENOENT" ? `there is no folder ${dirname(path)}` : systemErrorText(error);
  const advice = hint ?? (error.code === "ENOENT" ? `make it: mkdir -p ${shellWord(dirname(path))}` : undefined);
  return new LynceusError("cannot-write", `cannot write ${path}: ${reason}`, advice === undefined ? { cause: error } : { cause: error, hint: advice });
}
