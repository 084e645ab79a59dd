import type { Command } from "commander";
import { createCommand, parseArguments } from "../options/arguments.ts";
import { record } from "../record.ts";
import { addKillOption, addRecordingOptions, type RecordingFlags, recordingOptionsFrom } from "../options/recording-options.ts";

/** Options, operands and help. */
export function describe(): Command {
  const command = createCommand({
    verb: "run",
    summary: "Start a program and record the Python in it from its first moment. Its input, output, signals and exit code stay its own.",
    examples: [
      { line: "lynceus run python app.py", does: "leaves a picture, app-812.html" },
      { line: "lynceus run -i 100us -o app.lyn python app.py", does: "10,000 samples a second, kept as a recording" },
      { line: "lynceus run -x 10 --kill -- ./serve.sh --port 80", does: "any command that starts Python, for 10 seconds" },
    ],
  }).argument("<command...>", "the program and its arguments");
  return addKillOption(addRecordingOptions(command)).passThroughOptions();
}

/** `lynceus run [options] [--] command...` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<RecordingFlags>(describe(), args);
  if (parsed === null) return 0;
  return await record({ kind: "command", command: parsed.operands }, recordingOptionsFrom(parsed.options));
}
