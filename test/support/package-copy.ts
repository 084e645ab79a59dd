import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { entry } from "./command-line.ts";
import { projectRoot } from "./source-tree.ts";

/** Put before a command: another user, without any rights. Takes root and setpriv(1). */
export const becomeNobody: readonly string[] = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

/** As that user. Interpreters may lie in a home that is closed to others. */
export function nobodyCanRun(path: string): boolean {
  try {
    execFileSync(becomeNobody[0]!, [...becomeNobody.slice(1), path, "-c", ""], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A folder where everybody may write, and in it Lynceus as it is installed: the checkout may be closed to others. */
export function copyPackage(): Disposable & { readonly folder: string; readonly entry: string } {
  const folder = mkdtempSync(join(tmpdir(), "lynceus-copy-"));
  chmodSync(folder, 0o777);
  cpSync(dirname(entry), join(folder, "package/dist"), { recursive: true });
  for (const name of ["package.json", "prebuilds"]) cpSync(join(projectRoot, name), join(folder, "package", name), { recursive: true });
  mkdirSync(join(folder, "package/node_modules"));
  for (const name of ["koffi", "commander", "@koromix"])
    cpSync(join(projectRoot, "node_modules", name), join(folder, "package/node_modules", name), { recursive: true });
  return { folder, entry: join(folder, "package/dist/bin.js"), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}
