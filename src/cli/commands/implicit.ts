import type { Command } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Pid } from "../../base/units.ts";
import { createCommand, parseArguments, parsePid } from "../options/arguments.ts";
import { findNearest } from "../options/nearest.ts";
import { addKillOption, addRecordingOptions, type RecordingFlags, recordingOptionsFrom } from "../options/recording-options.ts";
import { verbs } from "../verbs.ts";

interface ImplicitFlags extends RecordingFlags {
  readonly pid?: Pid;
  readonly where?: Pid;
  readonly json?: true;
}

/** Options, operands and help. */
export function describe(): Command {
  const command = createCommand({
    verb: "",
    summary: "A profiler for running Python programs, from outside: it reads their memory while they run.",
    examples: [
      { line: "lynceus run python app.py", does: "run it; leaves a picture of where the time went" },
      { line: "lynceus attach 812 -x 30", does: "record a running process for 30 seconds" },
      { line: "lynceus where 812", does: "what is it doing right now?" },
      { line: "lynceus report app-812.html", does: "the same picture as a table" },
      { line: "lynceus convert app.lyn -o app.collapsed", does: "for another tool" },
    ],
    more: verbsHelp(),
  })
    .usage(
      "VERB ...\n       lynceus [options] command...    (the same as run)\n       lynceus [options] -p PID        (the same as attach)\n       lynceus -w PID                  (the same as where)",
    )
    .argument("[command...]")
    .option("-p, --pid <pid>", "record this process; the same as attach", parsePid)
    .option("-w, --where <pid>", "show what this process is doing; the same as where", parsePid)
    .option("--json", "with -w: as JSON");
  return addKillOption(addRecordingOptions(command)).passThroughOptions();
}

/** No verb: `lynceus [options] command...` runs, `-p PID` attaches, `-w PID` looks. Its help is the help of lynceus. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<ImplicitFlags>(describe(), args);
  if (parsed === null) return 0;

  const { options, operands } = parsed;
  if (options.json && options.where === undefined) throw new LynceusError("bad-arguments", "--json goes with -w, where or report");
  const given = [operands.length > 0 ? "a command" : null, options.pid === undefined ? null : "-p", options.where === undefined ? null : "-w"].filter(
    (one) => one !== null,
  );
  if (given.length === 0) throw new LynceusError("bad-arguments", "there is nothing to do: no verb, no command, no PID", { hint: "see: lynceus --help" });
  if (given.length > 1) throw new LynceusError("bad-arguments", `${given.join(" and ")} do not go together`, { hint: "give one of them" });

  // Its --no-tasks is one of recordings.
  if (options.where !== undefined) return await (await import("./where.ts")).where(options.where, { ...options, tasks: false });
  const { record } = await import("../record.ts");
  const recordingOptions = recordingOptionsFrom(options);
  if (options.pid !== undefined) {
    if (options.kill) throw new LynceusError("bad-arguments", "--kill is for a program that lynceus started, not for -p");
    return await record({ kind: "process", pid: options.pid }, recordingOptions);
  }
  const [program = ""] = operands;
  const isQuoted = args[args.length - operands.length - 1] === "--";
  if (Object.hasOwn(verbs, program) && !isQuoted) {
    throw new LynceusError("bad-arguments", `the verb ${program} comes before the options`, {
      hint: `write: lynceus ${program} [options] ...; for a program of that name: lynceus [options] -- ${program}`,
    });
  }
  try {
    return await record({ kind: "command", command: operands }, recordingOptions);
  } catch (error) {
    throw suggestVerb(error, program);
  }
}

/** `lynceus reprot FILE` was most likely no program. */
function suggestVerb(error: unknown, program: string): unknown {
  const verb = findNearest(program, Object.keys(verbs));
  if (!(error instanceof LynceusError) || error.code !== "cannot-launch" || verb === null) return error;
  return new LynceusError(error.code, error.message, { hint: `did you mean: lynceus ${verb} ...?`, cause: error.cause });
}

function verbsHelp(): string {
  const lines = Object.entries(verbs).map(([verb, { summary }]) => `  ${verb.padEnd(12)}${summary}`);
  return `\nVerbs (each has its own --help):\n${lines.join("\n")}\n`;
}
