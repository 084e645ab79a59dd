import { basename } from "node:path";
import type { Pid } from "../../base/units.ts";

/** "app-812.html": what a recording is called when nobody said. */
export function defaultOutputName(command: readonly string[], pid: Pid, extension: string): string {
  return `${programName(command)}-${pid}${extension}`;
}

export function replacePid(name: string, pid: Pid): string {
  return name.replaceAll("%(pid)", String(pid));
}

/** "app" for `python3 -X dev /srv/app.py --port 1`, "http.server" for `python -m http.server`, "gunicorn" for itself. */
export function programName(command: readonly string[]): string {
  const program = basename(command[0] ?? "");
  const script = /^python[\d.]*[a-z]*$/.test(program) ? scriptOf(command.slice(1)) : null;
  const name = (script ?? program)
    .replace(/\.pyw?$/, "")
    .replace(/[^\w.@+-]/g, "_")
    .slice(0, 60);
  return /^\.*$/.test(name) ? "python" : name;
}

/** What python(1) was told to run; null for `-c`, standard input or nothing. Letters without a value may be joined: -Bm. */
function scriptOf(args: readonly string[]): string | null {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-")) return basename(arg);
    const [, letter, rest] = /^-[bBdEiIOPqRsSuvx]*([cmWX])(.*)$/s.exec(arg) ?? [];
    if (arg === "-" || letter === "c") return null;
    if (letter === "m") return rest === "" ? (args[at + 1] ?? null) : rest!;
    if (rest === "" || arg === "--check-hash-based-pycs") at++;
  }
  return null;
}
