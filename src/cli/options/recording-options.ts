import { type Command, Option } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Milliseconds, Nanoseconds } from "../../base/units.ts";
import type { WriteOptions } from "../../formats/format.ts";
import type { RecordingMeta } from "../../profile/tables.ts";
import { type SessionOptions, defaultSessionOptions } from "../../sampler/session-options.ts";
import { collect, modeOption } from "./arguments.ts";
import { exposureRule, intervalRule, parseDuration, parseRate, timeoutRule } from "./quantities.ts";
import type { ColorChoice } from "../text/terminal.ts";
import { type PushFlags, type PushOptions, addPushOption, pushOptionsFrom } from "./push-options.ts";
import { type WriteFlags, addWriteOptions, writeOptionsFrom } from "./write-options.ts";

/** As commander hands them over, parsed. */
export interface RecordingFlags extends WriteFlags, PushFlags {
  readonly interval?: Nanoseconds;
  readonly rate?: Nanoseconds;
  readonly cpu?: true;
  readonly mode?: RecordingMeta["mode"];
  readonly exposure?: Nanoseconds;
  readonly output?: readonly string[];
  readonly format?: string;
  readonly children?: true;
  readonly timeout?: Nanoseconds;
  readonly source?: SessionOptions["source"];
  readonly pause?: SessionOptions["pause"];
  readonly kernel?: true;
  readonly tasks?: boolean;
  readonly kill?: true;
  readonly pipe?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly color: ColorChoice;
}

/** What `run` and `attach` record, and how. */
export interface RecordingOptions {
  readonly interval: Nanoseconds;
  readonly mode: RecordingMeta["mode"];
  readonly exposure: Nanoseconds | null;
  /** As given to -o; empty for the default. */
  readonly outputs: readonly string[];
  /** -F; null when file names decide. */
  readonly format: string | null;
  readonly write: WriteOptions;
  /** Null: nothing is pushed. */
  readonly push: PushOptions | null;
  readonly allProcesses: boolean;
  /** Null: as long as the program runs. */
  readonly startTimeout: Milliseconds | null;
  readonly source: SessionOptions["source"];
  readonly pause: SessionOptions["pause"];
  readonly kernelStacks: boolean;
  readonly tasks: boolean;
  readonly killAtEnd: boolean;
  /** Samples go to stdout while they are taken. */
  readonly isPipe: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly color: ColorChoice;
}

export function addRecordingOptions(command: Command): Command {
  command
    .option("-i, --interval <time>", "time between samples, such as 100us or 1ms; a plain number is in us (default: 1ms)", (text) =>
      parseDuration(text, intervalRule),
    )
    .addOption(new Option("-r, --rate <rate>", "the same as samples per second, such as 250 or 1khz").argParser(parseRate).conflicts("interval"))
    .addOption(new Option("-c, --cpu", "show CPU time; the same as --mode cpu").conflicts("mode"))
    .addOption(modeOption("what to show; everything is recorded (default: wall)"))
    .option("-x, --exposure <time>", "stop after this time; a plain number is in seconds", (text) => parseDuration(text, exposureRule))
    .option("-o, --output <file>", "where to write, several times if need be; the extension says the format; %(pid) is replaced; - is stdout", collect)
    .option("-F, --format <format>", "the format, whatever the extension says")
    .option("-k, --kernel", "what threads do in the kernel too: where they wait, what their system calls do; needs root")
    .option("--no-tasks", "threads only, without the asyncio tasks and greenlets that take turns on them")
    .option("-C, --children", "record all Python processes below it too")
    .option("-t, --timeout <time>", "end a program in which no Python interpreter starts within this time; a plain number is in ms", (text) =>
      parseDuration(text, timeoutRule),
    )
    .addOption(
      new Option("--source <way>", "how running threads are captured: auto copies from outside, and asks the kernel (eBPF) where a copy does not prove itself")
        .choices(["auto", "remote", "kernel", "kernel-clock"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "--pause <when>",
        "stop a thread to copy its stack: auto does so where nothing else gives it and the kernel cannot be asked, 1 % of the time at most",
      )
        .choices(["never", "auto", "always"])
        .default("auto"),
    )
    .option("-P, --pipe", "samples to stdout as they are taken, as Austin's text (or -F mojo); what the program prints goes to stderr")
    .option("-q, --quiet", "no progress and no summary, only errors")
    .option("-v, --verbose", "more figures in the summary, causes of errors");
  return addPushOption(addWriteOptions(command));
}

/** For commands that start a program. */
export function addKillOption(command: Command): Command {
  return command.addOption(new Option("--kill", "end the program when the time of -x is over, instead of leaving it running"));
}

/** Throws `bad-arguments` when --kill has no time to wait for. */
export function recordingOptionsFrom(flags: RecordingFlags): RecordingOptions {
  if (flags.kill && flags.exposure === undefined) {
    throw new LynceusError("bad-arguments", "--kill needs a time after which the program is ended", { hint: "such as: -x 30 --kill" });
  }
  const mode = flags.mode ?? (flags.cpu ? "cpu" : "wall");
  return {
    interval: flags.interval ?? flags.rate ?? defaultSessionOptions.interval,
    mode,
    exposure: flags.exposure ?? null,
    outputs: flags.output ?? [],
    format: flags.format ?? null,
    write: writeOptionsFrom(flags, mode),
    push: pushOptionsFrom(flags),
    allProcesses: flags.children ?? false,
    startTimeout: flags.timeout === undefined ? null : Math.round(flags.timeout / 1e6),
    source: flags.source ?? defaultSessionOptions.source,
    pause: flags.pause ?? defaultSessionOptions.pause,
    kernelStacks: flags.kernel ?? defaultSessionOptions.kernelStacks,
    tasks: flags.tasks ?? defaultSessionOptions.tasks,
    killAtEnd: flags.kill ?? false,
    isPipe: flags.pipe ?? false,
    isQuiet: flags.quiet ?? false,
    isVerbose: flags.verbose ?? false,
    color: flags.color,
  };
}
