import { closeSync, openSync, realpathSync, renameSync, statSync, unlinkSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Milliseconds } from "../../base/units.ts";
import type { WriteOptions } from "../../formats/format.ts";
import { gzipPieces } from "../../formats/gzip.ts";
import type { Recording } from "../../profile/tables.ts";
import { cannotWrite } from "./check-writable.ts";
import { openOutput } from "./open-output.ts";
import type { OutputPlan } from "./output-plan.ts";
import { isSystemError } from "../../formats/files/system-error.ts";
import { writePatiently } from "./write-fully.ts";

/** How long signals may wait while a file is written. */
const breath: Milliseconds = 50;

/** Writes a recording in another format to `path` ("-": stdout). Throws `cannot-write`. */
export async function writeOutput(plan: OutputPlan, path: string, recording: Recording, options: WriteOptions): Promise<void> {
  await writeWhole(path, plan.format.write!(recording, options), plan.isGzipped);
}

/**
 * A file gets its name only when it is whole; until then it is beside it under another, which is gone again when writing
 * fails or the program exits. `path` may be "-": stdout. Throws `cannot-write`.
 */
export async function writeWhole(path: string, pieces: Iterable<string | Uint8Array>, isGzipped: boolean): Promise<void> {
  const bytes = isGzipped ? gzipPieces(pieces) : pieces;
  if (path === "-") return await writePieces(1, bytes).catch(unlessReaderGone);
  const existing = statSync(path, { throwIfNoEntry: false });
  const isSpecial = existing !== undefined && !existing.isFile();
  // Through a link: replacing the link would leave the file that it names as it was.
  const final = existing === undefined ? path : realpathSync(path);
  const temporary = isSpecial ? path : `${final}.${process.pid}.tmp`;
  const discard = (): void => removeIfThere(temporary);
  if (!isSpecial) process.once("exit", discard);
  try {
    const fd = isSpecial ? openOutput(path) : openSync(temporary, "wx", existing === undefined ? 0o666 : existing.mode & 0o777);
    try {
      await writePieces(fd, bytes);
    } finally {
      closeSync(fd);
    }
    if (!isSpecial) renameSync(temporary, final);
  } catch (error) {
    if (!isSpecial) discard();
    throw cannotWrite(path, error);
  } finally {
    process.off("exit", discard);
  }
}

async function writePieces(fd: number, pieces: Iterable<string | Uint8Array>): Promise<void> {
  let last = performance.now();
  for (const piece of pieces) {
    await writePatiently(fd, typeof piece === "string" ? Buffer.from(piece, "utf8") : piece);
    if (performance.now() - last < breath) continue;
    await setImmediate();
    last = performance.now();
  }
}

/** `| head` has what it wanted. */
function unlessReaderGone(error: unknown): void {
  if (!isSystemError(error) || error.code !== "EPIPE") throw cannotWrite("stdout", error);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made, or is renamed already.
  }
}
