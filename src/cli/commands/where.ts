import type { Command } from "commander";
import type { Pid } from "../../base/units.ts";
import { createCommand, parseArguments, parsePid } from "../options/arguments.ts";
import type { WhereResult } from "../../sampler/where.ts";
import { printable } from "../text/printable.ts";
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
      { line: "lynceus where --tasks 812", does: "asyncio's tasks, greenlets: who waits for whom, deadlocks first" },
      { line: "lynceus where -C 812", does: "and of all Python processes below it: a server and its workers" },
      { line: "lynceus where 812 --json", does: "the same for a program" },
    ],
  })
    .argument("<pid>", "the process")
    .option("-C, --children", "the Python processes below it too")
    .option("--tasks", "tasks of asyncio, greenlets, of trio and curio: what each waits for, and circles of them")
    .option("--all", "with --tasks: each of those that are alike, too")
    .option("-k, --kernel", "what threads do in the kernel too; needs root")
    .option("--json", "as JSON: columns count UTF-8 bytes from 1, 0 is not known")
    .option("-v, --verbose", "causes of errors");
}

interface WhereFlags {
  readonly children?: true;
  readonly tasks?: boolean;
  readonly all?: true;
  readonly kernel?: true;
  readonly json?: true;
  readonly color: ColorChoice;
}

/** `lynceus where PID` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<WhereFlags>(describe(), args);
  if (parsed === null) return 0;
  return await where(parsePid(parsed.operands[0] ?? ""), parsed.options);
}

export async function where(pid: Pid, options: WhereFlags): Promise<number> {
  const { lookAt, lookBelow } = await import("../../sampler/look.ts");
  const look = { kernelStacks: options.kernel ?? false, tasks: options.tasks ?? false };
  if (!options.children) {
    const result = lookAt(pid, look);
    process.stdout.write(options.json ? asJson(result) : asText(result, options));
    return 0;
  }
  const { processes, failures } = lookBelow(pid, look);
  for (const failure of failures) process.stderr.write(`lynceus: left out: ${printable(failure.message)}\n`);
  process.stdout.write(options.json ? asJson(processes) : processes.map((result) => asText(result, options)).join("\n"));
  return 0;
}

function asJson(result: WhereResult | readonly WhereResult[]): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

function asText(result: WhereResult, { color, all }: WhereFlags): string {
  const readSource = createSourceReader(result.pid);
  const width = columnsOf(process.stdout) ?? 200;
  return formatWhere(result, { paint: createPaint(process.stdout, color), readSource, width, allTasks: all ?? false });
}
