import type { Command } from "commander";
import type { Pid } from "../../base/units.ts";
import { createCommand, parseArguments, parsePid } from "../options/arguments.ts";
import { createSourceReader } from "../text/source-lines.ts";
import { type ColorChoice, columnsOf, createPaint } from "../text/terminal.ts";
import { formatWhere } from "../text/where-text.ts";

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "where",
    summary: "Show what every thread of a Python process is doing now, the newest call last.",
    examples: [
      { line: "lynceus where 812", does: "all threads, their states, their stacks" },
      { line: "lynceus where 812 --json", does: "the same for a program" },
    ],
  })
    .argument("<pid>", "the process")
    .option("--json", "as JSON: columns count UTF-8 bytes from 1, 0 is not known")
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus where PID` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<{ json?: true; color: ColorChoice }>(describe(), args);
  if (parsed === null) return 0;
  return await where(parsePid(parsed.operands[0] ?? ""), parsed.options);
}

export async function where(pid: Pid, options: { readonly json?: true; readonly color: ColorChoice }): Promise<number> {
  const { lookAt } = await import("../../sampler/look.ts");
  const result = lookAt(pid);
  const text = options.json
    ? `${JSON.stringify(result, null, 2)}\n`
    : formatWhere(result, { paint: createPaint(process.stdout, options.color), readSource: createSourceReader(pid), width: columnsOf(process.stdout) ?? 200 });
  process.stdout.write(text);
  return 0;
}
