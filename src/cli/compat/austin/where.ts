import type { Pid } from "../../../base/units.ts";
import { FunctionKind, State } from "../../../profile/tables.ts";
import type { WhereFrame, WhereResult } from "../../../sampler/where.ts";
import { printable } from "../../text/printable.ts";
import type { Paint } from "../../text/terminal.ts";

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
        ...frames.map((frame) => `    ${frameText(frame, bold, paint)}`),
      ]),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function frameText({ name, file, line, kind }: WhereFrame, bold: (color: "yellow" | "cyan" | "green", text: string) => string, paint: Paint): string {
  if (kind === FunctionKind.kernel) return `${paint("cyan", printable(name))} 🐧`;
  return `${bold("yellow", printable(name))} (${bold("cyan", printable(file))}:${bold("green", String(line))})`;
}
