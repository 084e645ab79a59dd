import type { Command } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Milliseconds } from "../../base/units.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { looksLikeDestination } from "../../push/destination.ts";
import { abortedExitCode } from "../exit-codes.ts";
import { leave } from "../leave.ts";
import { createCommand, modeOption, parseArguments } from "../options/arguments.ts";
import { type PushFlags, addPushDetails, pushOptionsFrom } from "../options/push-options.ts";
import { Pushing } from "../pushing.ts";
import { pushLines } from "../text/push-text.ts";

/** A recording of a day is thousands of slices; a server that does not answer ends it much earlier. */
const patience: Milliseconds = 10 * 60_000;

interface Flags extends Omit<PushFlags, "push"> {
  readonly mode?: Mode;
  readonly quiet?: true;
}

/** Options, operands and help. */
export function describe(): Command {
  const command = createCommand({
    verb: "push",
    summary: "Send a recording to a server of continuous profiling: Pyroscope, or an OpenTelemetry collector. What waits for it goes along.",
    examples: [
      { line: "lynceus push app.lyn pyroscope+http://localhost:4040", does: "in slices of 10 s, as if it had been pushed while it was made" },
      { line: "lynceus push app.pb.gz otlp+http://localhost:4318 --push-label env=test", does: "any file that holds a recording, with a label" },
      { line: "lynceus push pyroscope+http://localhost:4040", does: "only what waits since the server was away" },
    ],
  })
    .argument("[file]", "a recording, or anything that holds one")
    .argument("[url]", "the server")
    .usage("[options] [file] <url>")
    .addOption(modeOption("what to send (default: what it was recorded for)"))
    .option("-q, --quiet", "only errors")
    .option("-v, --verbose", "causes of errors");
  return addPushDetails(command);
}

/** `lynceus push [FILE] URL` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<Flags>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  const [file, url] = operands.length === 1 && looksLikeDestination(operands[0]!) ? [null, operands[0]!] : [operands[0] ?? "", operands[1]];
  if (url === undefined)
    throw new LynceusError("bad-arguments", "there is no server to push to", { hint: "such as: lynceus push app.lyn pyroscope+http://localhost:4040" });
  const push = pushOptionsFrom({ ...options, push: url })!;
  const recording = file === null ? null : openRecordingFile(file);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => void leave(abortedExitCode));
  const pushing = new Pushing(push, options.mode ?? recording?.meta.mode ?? "wall", null);
  if (recording !== null) {
    let hasBegun = false;
    for (const block of recording.blocks()) {
      if (!hasBegun) pushing.begin(recording.meta, block.processes[0]?.pid ?? 0);
      hasBegun = true;
      pushing.add(block);
    }
  }
  const outcome = await pushing.end(patience);
  const lines = pushLines(outcome, push.destination);
  if (outcome.refused + outcome.dropped + outcome.waiting + outcome.lost > 0) {
    throw new LynceusError("cannot-write", lines[0]!, lines[1] === undefined ? {} : { hint: lines[1] });
  }
  const nothing = file === null && outcome.accepted === 0 ? `nothing waited for ${push.destination.title}` : null;
  if (!options.quiet) process.stderr.write(`lynceus: ${nothing ?? lines.join("\n")}\n`);
  return 0;
}
