import { LynceusError } from "../base/errors.ts";
import type { SessionTarget } from "../sampler/session-options.ts";
import type { RunOptions } from "../sampler/start.ts";
import { AustinFile } from "./compat/austin/austin-file.ts";
import { recordLive } from "./compat/record-live.ts";
import { exitCodeOfTarget } from "./exit-codes.ts";
import type { RecordingOptions } from "./options/recording-options.ts";
import { printable } from "./text/printable.ts";

/** The Austin whose grammar it is. */
const austinVersion = "3.7.0";

/**
 * -P: samples go to stdout while they are taken, as Austin's text or, with -F mojo, its binary; statistics follow as metadata, and
 * nothing else is said. What a program that we run prints goes to stderr. Resolves with the exit code; throws LynceusError.
 */
export async function recordPipe(target: SessionTarget, options: RecordingOptions, asked: RunOptions): Promise<number> {
  const format = options.format ?? "austin";
  if (format !== "austin" && format !== "mojo") {
    throw new LynceusError("bad-arguments", `the format ${format} cannot be written while it is recorded`, { hint: "with -P: -F austin (text) or -F mojo" });
  }
  if (options.outputs.some((path) => path !== "-")) {
    throw new LynceusError("bad-arguments", "-P writes to stdout, and -o to a file", { hint: "give one of them" });
  }
  if (options.push !== null) throw new LynceusError("bad-arguments", "-P and --push do not go together", { hint: "give one of them" });
  const { write, allProcesses } = options;
  const file = new AustinFile(
    {
      version: austinVersion,
      metric: write.full ? "full" : "time",
      write,
      binary: format === "mojo" ? "names" : null,
      withChildren: allProcesses,
      showsMappings: false,
    },
    ({ pythonVersion }, isFirst) => {
      if (!isFirst) process.stderr.write(`# python: ${printable(pythonVersion)}\n`);
    },
  );
  const outcome = await recordLive(target, { ...asked, programOutput: "stderr" }, () => "-", file);
  return exitCodeOfTarget(outcome.exit);
}
