import type { Command } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { collect, createCommand, modeOption, parseArguments } from "../options/arguments.ts";
import type { Recording } from "../../profile/tables.ts";
import { checkOutput } from "../output/check-output.ts";
import { abortedExitCode } from "../exit-codes.ts";
import { leave } from "../leave.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import { planOutputs } from "../output/output-plan.ts";
import { type WriteFlags, addWriteOptions, writeOptionsFrom } from "../options/write-options.ts";
import { writeOutput } from "../output/write-output.ts";

interface ConvertFlags extends WriteFlags {
  readonly output?: readonly string[];
  readonly format?: string;
  readonly mode?: Mode;
}

/** Options, operands and help. */
export function describe(): Command {
  const command = createCommand({
    verb: "convert",
    summary: "Write a recording in other formats. What kind of file it is, is told by its contents.",
    examples: [
      { line: "lynceus convert app.lyn -o app.html", does: "a picture of a recording" },
      { line: "lynceus convert app.html -o app.austin -o app.collapsed.gz", does: "the recording inside a picture, for other tools" },
      { line: "lynceus convert app.lyn -o app.speedscope.json -o app.gecko.json.gz", does: "for speedscope and for the Firefox Profiler" },
      { line: "lynceus convert app.lyn --mode cpu -o - -F collapsed", does: "CPU time to a pipe" },
    ],
  })
    .argument("<file>", "a recording, or anything that holds one")
    .option("-o, --output <file>", "where to write, several times if need be; the extension says the format; - is stdout", collect)
    .option("-F, --format <format>", "the format, whatever the extension says")
    .addOption(modeOption("what to show (default: what it was recorded for)"))
    .option("-v, --verbose", "causes of errors");
  return addWriteOptions(command);
}

/** `lynceus convert FILE -o FILE` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<ConvertFlags>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  if (options.output === undefined) throw new LynceusError("bad-arguments", "there is no output", { hint: "add -o and a file name, such as: -o profile.html" });
  const plans = planOutputs(options.output, options.format ?? null);
  for (const plan of plans) checkOutput(plan);
  const recording = madeFor(options.mode ?? null, openRecordingFile(operands[0] ?? ""));
  // By way of leave(), so that half-written files are removed.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => void leave(abortedExitCode));
  for (const plan of plans) await writeOutput(plan, plan.path ?? "-", recording, writeOptionsFrom(options, recording.meta.mode));
  return 0;
}

/** The same recording, of which `mode` is shown first where a format holds all of it. */
function madeFor(mode: Mode | null, recording: Recording): Recording {
  if (mode === null) return recording;
  return {
    meta: { ...recording.meta, mode },
    get isComplete() {
      return recording.isComplete;
    },
    blocks: () => recording.blocks(),
  };
}
