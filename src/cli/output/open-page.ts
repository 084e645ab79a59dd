import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Milliseconds } from "../../base/units.ts";

/** A program that shows a page fails soon, or goes on. */
const patience: Milliseconds = 1500;

/** The programs to try, as words, with the page's address in place of "%s" or at the end: those of BROWSER, else the desktop's. */
export function browserCommands(environment: NodeJS.ProcessEnv, address: string): readonly (readonly string[])[] {
  const chosen = (environment["BROWSER"] ?? "").split(":").filter((command) => command.trim() !== "");
  const hasDisplay = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (environment[name] ?? "") !== "");
  const commands = chosen.length > 0 ? chosen : hasDisplay ? ["xdg-open"] : [];
  return commands.map((command) => {
    const words = command.trim().split(/\s+/);
    return words.some((word) => word.includes("%s")) ? words.map((word) => word.replaceAll("%s", address)) : [...words, address];
  });
}

/** Shows a page in the user's browser. False: there is none, or none that works. */
export async function openPage(path: string): Promise<boolean> {
  const address = pathToFileURL(resolve(path)).href;
  for (const command of browserCommands(process.env, address)) if (await start(command)) return true;
  return false;
}

/** True when it ended well, or still runs. */
function start([program = "", ...args]: readonly string[]): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: "ignore", detached: true });
    const timer = setTimeout(() => done(true), patience);
    child.once("error", () => (clearTimeout(timer), done(false)));
    child.once("exit", (code) => (clearTimeout(timer), done(code === 0)));
    child.unref();
  });
}
