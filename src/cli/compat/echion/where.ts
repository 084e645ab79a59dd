import type { WhereResult } from "../../../sampler/where.ts";
import { printable } from "../../text/printable.ts";
import type { Paint } from "../../text/terminal.ts";

/** As Echion tells what threads are doing: the newest call last. */
export function formatEchionWhere({ threads }: WhereResult, paint: Paint): string {
  const lines = ["\r🐴 Echion reporting for duty", ""];
  for (const { name, tid, frames } of threads) {
    lines.push(`    🧵 ${printable(name === "" ? String(tid) : name)}:`);
    for (const frame of frames)
      lines.push(`${paint("bold", paint("yellow", printable(frame.name)))} (${paint("cyan", printable(frame.file))}:${paint("green", String(frame.line))})`);
    lines.push("");
  }
  return `${lines.join("\n")}\n`;
}
