import type { Command } from "commander";
import { createCommand, parseArguments, parsePid } from "../options/arguments.ts";
import { formatDoctor } from "../text/doctor-text.ts";
import { exitCodes } from "../exit-codes.ts";
import { type ColorChoice, columnsOf, createPaint } from "../text/terminal.ts";

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "doctor",
    summary: "Say what can be recorded here and how well, and what is missing for the rest. With a PID: whether that process can be.",
    examples: [
      { line: "lynceus doctor", does: "what can be done on this machine, as this user?" },
      { line: "lynceus doctor 812", does: "can process 812 be recorded? If not, why?" },
      { line: "lynceus doctor 812 --json", does: "the same for a program; the exit code says it too" },
    ],
  })
    .argument("[pid]", "the process")
    .option("--json", "as JSON")
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus doctor [PID]` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<{ json?: true; color: ColorChoice }>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  const pid = operands[0] === undefined ? null : parsePid(operands[0]);

  const { diagnose } = await import("../../sampler/diagnose.ts");
  const diagnosis = await diagnose(pid);
  const exitCode = diagnosis.failure === null ? 0 : exitCodes[diagnosis.failure];
  const text = options.json
    ? `${JSON.stringify({ ...diagnosis, exitCode }, null, 2)}\n`
    : formatDoctor(diagnosis, { paint: createPaint(process.stdout, options.color), width: columnsOf(process.stdout) ?? 80 });
  process.stdout.write(text);
  return exitCode;
}
