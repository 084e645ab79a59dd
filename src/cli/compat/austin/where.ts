import { LynceusError } from "../../../base/errors.ts";
import type { Pid } from "../../../base/units.ts";
import { listChildren } from "../../../os/processes.ts";
import { State } from "../../../profile/tables.ts";
import { lookAt } from "../../../sampler/look.ts";
import type { WhereResult } from "../../../sampler/where.ts";
import { printable } from "../../text/printable.ts";
import type { Paint } from "../../text/terminal.ts";

const mostProcesses = 100_000;

/** The process, and with `withChildren` those below it that are Python. Throws LynceusError when there is none at all. */
export function lookAtTree(pid: Pid, withChildren: boolean): readonly WhereResult[] {
  const pids = withChildren ? listTree(pid) : [pid];
  const results: WhereResult[] = [];
  let refusal: unknown = null;
  for (const one of pids) {
    try {
      results.push(lookAt(one));
    } catch (error) {
      if (!(error instanceof LynceusError)) throw error;
      refusal ??= error;
    }
  }
  if (results.length === 0) throw refusal;
  return results;
}

function listTree(root: Pid): readonly Pid[] {
  const pids = [root];
  for (let at = 0; at < pids.length && pids.length < mostProcesses; at++) pids.push(...listChildren(pids[at]!));
  return pids;
}

/** As `austin -w` prints it: the newest call last. */
export function formatAustinWhere(results: readonly WhereResult[], parent: Pid, paint: Paint): string {
  const bold = (color: "magenta" | "blue" | "yellow" | "cyan" | "green", text: string): string => paint("bold", paint(color, text));
  return results
    .flatMap(({ pid, threads }) =>
      threads.flatMap(({ interpreter, tid, state, frames }) => [
        "",
        "",
        `${state & State.onCpu ? "🚀" : "💤"}${pid === parent ? "" : "🧒"} Process ${bold("magenta", String(pid))} 🧵 Thread ${bold("blue", `${interpreter}:${tid}`)}`,
        "",
        ...frames.map(({ name, file, line }) => `    ${bold("yellow", printable(name))} (${bold("cyan", printable(file))}:${bold("green", String(line))})`),
      ]),
    )
    .map((line) => `${line}\n`)
    .join("");
}
