import { basename } from "node:path";
import { LynceusError } from "../../../base/errors.ts";
import { defaultWriteOptions } from "../../../formats/format.ts";
import { version } from "../../../os/package-version.ts";
import { endedTooSoon } from "../../../sampler/describe-failure.ts";
import { printable } from "../../text/printable.ts";
import { createPaint } from "../../text/terminal.ts";
import { standIns } from "../invoked-as.ts";
import { recordLive } from "../record-live.ts";
import { type AustinArguments, UsageError, readArguments } from "./arguments.ts";
import { AustinFile, type AustinFileOptions } from "./austin-file.ts";
import { type Failure, failures, noPythonChildren, noTarget } from "./failures.ts";
import { type Flavor, flavors } from "./flavors.ts";
import { formatHelp, formatUsage } from "./help.ts";
import { bannerLines, exposureLine, pythonLines, statisticsLines } from "./messages.ts";

const badArguments = 64;

/** `austin ARGS`, `austinp ARGS` or `austin4 ARGS`. Resolves with Austin's exit code. */
export async function austinMain(name: Flavor["name"], args: readonly string[]): Promise<number> {
  const flavor = flavors[name];
  // As it was typed: a link has the name of Austin.
  const invoked = basename(process.argv[1] ?? "");
  const program = standIns.includes(invoked) ? invoked : `lynceus ${name}`;
  if (args.length === 0) return print(formatUsage(flavor, program));
  // Austin's -h wants a number, so one alone asks for help.
  if (args.length === 1 && args[0] === "-h") return print(formatHelp(flavor, program));
  try {
    const given = readArguments(flavor, args);
    switch (given.asked) {
      case "help":
        return print(formatHelp(flavor, program));
      case "usage":
        return print(formatUsage(flavor, program));
      case "version":
        return print(`${name === "austin4" ? "austin" : name} ${flavor.version}\n`);
      case null:
        return await work(flavor, given);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${name}: ${printable(error.message)}\nTry \`${program} --help' or \`${program} --usage' for more information.\n`);
    return badArguments;
  }
}

async function work(flavor: Flavor, given: AustinArguments): Promise<number> {
  const paint = createPaint(process.stderr, "auto");
  const tell = (lines: readonly string[]): void => void process.stderr.write(lines.map((line) => `${line}\n`).join(""));
  if (!given.isPipe) tell(bannerLines(flavor, paint));
  if (given.missing.length > 0) tell([`lynceus ${version} has no ${given.missing.join(" and no ")} yet: these are the Python frames`]);
  try {
    if (given.where !== null) return await where(given.where, given, (lines) => given.isPipe || tell(lines));
    if (given.pid === null && given.command.length === 0) return refuse(noTarget, null);
    await record(flavor, given, tell);
    return 0;
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    return refuse(failureOf(error, given), error);
  }
}

function failureOf(error: LynceusError, { withChildren }: AustinArguments): Failure {
  if (error.code !== "not-python") return failures[error.code];
  if (withChildren) return noPythonChildren;
  return error.message === endedTooSoon ? failures["cannot-launch"] : failures["not-python"];
}

async function where(pid: number, given: AustinArguments, tell: (lines: readonly string[]) => void): Promise<number> {
  const { formatAustinWhere } = await import("./where.ts");
  const { lookAt, lookBelow } = await import("../../../sampler/look.ts");
  const options = { kernelStacks: given.kernelStacks };
  const results = given.withChildren ? lookBelow(pid, options).processes : [lookAt(pid, options)];
  tell(pythonLines(results[0]!.pythonVersion, createPaint(process.stderr, "auto")));
  return print(formatAustinWhere(results, pid, createPaint(process.stdout, "auto")));
}

async function record(flavor: Flavor, given: AustinArguments, tell: (lines: readonly string[]) => void): Promise<void> {
  const paint = createPaint(process.stderr, "auto");
  const options: AustinFileOptions = {
    version: flavor.version,
    metric: given.metric === "full" || given.metric === "memory" ? given.metric : "time",
    write: { ...defaultWriteOptions, mode: given.metric === "cpu" ? "cpu" : "wall", showCollections: given.showCollections },
    binary: !given.isBinary ? null : flavor.name === "austin4" ? "names" : "ids",
    withChildren: given.withChildren,
    showsMappings: flavor.name === "austinp",
  };
  const file = new AustinFile(options, ({ pythonVersion }, isFirst) => {
    if (!given.isPipe) tell(pythonLines(pythonVersion, paint));
    else if (!isFirst) tell([`# python: ${printable(pythonVersion)}`]);
    if (isFirst && !given.isPipe && given.exposure !== null) tell([exposureLine(given.exposure / 1e9)]);
  });
  const outcome = await recordLive(
    given.pid === null ? { kind: "command", command: given.command } : { kind: "process", pid: given.pid },
    {
      interval: given.interval,
      mode: options.write.mode,
      exposure: given.exposure,
      killAtEnd: true,
      // What the program prints would be among the samples.
      programOutput: given.output === null ? "nowhere" : "stdout",
      kernelStacks: given.kernelStacks,
      // Austin's text knows threads only.
      tasks: false,
      notesMemory: options.metric !== "time",
      processes: given.withChildren ? "all" : "outermost",
      startTimeout: given.timeout,
    },
    () => given.output ?? "-",
    file,
  );
  if (!given.isPipe) tell(statisticsLines(outcome, file.collecting, paint));
}

function refuse({ exitCode, text }: Failure, error: LynceusError | null): number {
  const details = [error?.message ?? null, ...(error?.hint?.split("\n") ?? [])].filter((line) => line !== null);
  process.stderr.write(`\n${text}.\n${details.map((line) => `    ${printable(line)}\n`).join("")}`);
  return exitCode;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
