import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Milliseconds } from "../../base/units.ts";
import { makeFolder } from "../../formats/files/make-folder.ts";

/** A browser may come back to a page for as long as that. */
const keptFor: Milliseconds = 24 * 3600 * 1000;

/**
 * Where pages lie that nobody gave a name: a folder that only this user can enter. Pages of days before are removed, since
 * nobody can know when a browser is done with one. `place` is the system's for temporary files.
 */
export function pageFolder(place: string = tmpdir(), now: Milliseconds = Date.now()): string {
  const folder = join(place, `lynceus-pages-${userInfo().uid}`);
  makeFolder(folder, 0o700);
  const status = lstatSync(folder);
  // Somebody else may have made it before us, to read what is written there.
  if (!status.isDirectory() || status.uid !== userInfo().uid || (status.mode & 0o077) !== 0) return mkdtempSync(join(place, "lynceus-pages-"));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age > keptFor) rmSync(path, { force: true, recursive: true });
  }
  return folder;
}
