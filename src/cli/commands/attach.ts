import type { Command } from "commander";
import { createCommand, parseArguments, parsePid } from "../options/arguments.ts";
import { record } from "../record.ts";
import { addRecordingOptions, type RecordingFlags, recordingOptionsFrom } from "../options/recording-options.ts";

/** Options, operands and help. */
export function describe(): Command {
  const command = createCommand({
    verb: "attach",
    summary: "Record a Python process that is running. Ctrl-C ends the recording, not the process.",
    examples: [
      { line: "lynceus attach 812", does: "until Ctrl-C; leaves a picture, app-812.html" },
      { line: "lynceus attach 812 -x 30 -c", does: "for 30 seconds, CPU time" },
      { line: "lynceus attach 812 -o a.lyn -o a.collapsed", does: "one recording, two files" },
    ],
  }).argument("<pid>", "the process");
  return addRecordingOptions(command);
}

/** `lynceus attach PID` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<RecordingFlags>(describe(), args);
  if (parsed === null) return 0;
  return await record({ kind: "process", pid: parsePid(parsed.operands[0] ?? "") }, recordingOptionsFrom(parsed.options));
}
