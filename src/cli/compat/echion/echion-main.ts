import { basename } from "node:path";
import { LynceusError } from "../../../base/errors.ts";
import type { Pid } from "../../../base/units.ts";
import { version } from "../../../os/package-version.ts";
import { EndedEarly } from "../../../sampler/ended-early.ts";
import { exitCodeOfTarget } from "../../exit-codes.ts";
import { replacePid } from "../../output/output-name.ts";
import { printable } from "../../text/printable.ts";
import { createPaint } from "../../text/terminal.ts";
import { recordLive } from "../record-live.ts";
import { type EchionArguments, UsageError, readArguments } from "./arguments.ts";
import { deafToQuit, isExecutable } from "./command.ts";
import { EchionFile } from "./echion-file.ts";
import { formatHelp, formatUsage } from "./help.ts";
import { formatEchionWhere } from "./where.ts";

const failed = 1;
const badUsage = 2;

/** `echion ARGS`. Resolves with Echion's exit code: that of the program that it ran. */
export async function echionMain(args: readonly string[]): Promise<number> {
  // As it was typed: a link has the name of Echion.
  const program = basename(process.argv[1] ?? "") === "echion" ? "echion" : "lynceus echion";
  try {
    const given = readArguments(args);
    if (given.asked === "version") return print(`echion 0.3.5 [lynceus ${version}]\n`, 0);
    const isIdle = given.pid === null && given.where === null && given.command.length === 0;
    if (given.asked === "help" || isIdle) return print(formatHelp(program), isIdle && given.asked === null ? failed : 0);
    if (given.missing.length > 0)
      process.stderr.write(
        `lynceus ${version} has no ${given.missing.join(" and no ")} yet: this is ${given.mode === "cpu" ? "CPU" : "wall"} time of Python frames\n`,
      );
    return await (given.where === null ? record(given, program) : where(given.where));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${formatUsage(program)}echion: error: ${printable(error.message)}\n`);
    return badUsage;
  }
}

async function where(pid: Pid): Promise<number> {
  const { lookAt } = await import("../../../sampler/look.ts");
  try {
    return print(formatEchionWhere(lookAt(pid), createPaint(process.stdout, "auto")), 0);
  } catch (error) {
    return refuse(error, pid);
  }
}

async function record(given: EchionArguments, program: string): Promise<number> {
  const isRun = given.pid === null;
  const [file = ""] = given.command;
  if (isRun && !isExecutable(file))
    return print(`echion: executable '${printable(file)}' does not have executable permissions.\n\n${formatUsage(program)}`, failed);
  let target: Pid | null = given.pid;
  // In Echion's own process this signal is the program's: it tells where its threads are, and does no harm.
  const onQuit = (): void => void tellWhere(target);
  if (isRun) process.on("SIGQUIT", onQuit);
  try {
    const outcome = await recordLive(
      given.pid === null ? { kind: "command", command: deafToQuit(given.command) } : { kind: "process", pid: given.pid },
      { interval: given.interval, mode: given.mode, exposure: given.exposure, waitAtEnd: isRun },
      ({ pid }) => {
        target = pid;
        // As Echion's own help, and its default, write it.
        return replacePid(given.output.replaceAll("%%(pid)", "%(pid)"), pid);
      },
      new EchionFile(given.mode),
    );
    return exitCodeOfTarget(outcome.exit);
  } catch (error) {
    return error instanceof EndedEarly ? exitCodeOfTarget(error.exit) : refuse(error, given.pid);
  } finally {
    process.off("SIGQUIT", onQuit);
  }
}

async function tellWhere(pid: Pid | null): Promise<void> {
  if (pid === null) return;
  const { lookAt } = await import("../../../sampler/look.ts");
  try {
    process.stderr.write(formatEchionWhere(lookAt(pid), createPaint(process.stderr, "auto")));
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    process.stderr.write(`echion: ${printable(error.message)}\n`);
  }
}

/** Echion prints its failures to stdout. */
function refuse(error: unknown, pid: Pid | null): number {
  if (!(error instanceof LynceusError)) throw error;
  const what = pid === null ? "echion" : `Failed to attach to process ${pid}`;
  const hint = error.hint === null ? "" : `${error.hint.split("\n").map(printable).join("\n")}\n`;
  return print(`${what}: ${printable(error.message)}\n${hint}`, failed);
}

function print(text: string, exitCode: number): number {
  process.stdout.write(text);
  return exitCode;
}
