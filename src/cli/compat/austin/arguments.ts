import type { Milliseconds, Nanoseconds, Pid } from "../../../base/units.ts";
import { type GivenOption, OptionError, readOptions } from "../option-table.ts";
import { type Flavor, startTimeout } from "./flavors.ts";

/** What is wrong with the words, as Austin says it. */
export class UsageError extends Error {}

/** What Austin was asked to do. */
export interface AustinArguments {
  /** Printed instead of anything else. */
  readonly asked: "help" | "usage" | "version" | null;
  readonly interval: Nanoseconds;
  readonly timeout: Milliseconds | null;
  readonly metric: "wall" | "cpu" | "memory" | "full";
  readonly isBinary: boolean;
  readonly isPipe: boolean;
  readonly showCollections: boolean;
  readonly withChildren: boolean;
  readonly kernelStacks: boolean;
  /** Of options that stand for what cannot be sampled yet. */
  readonly missing: readonly string[];
  readonly exposure: Nanoseconds | null;
  readonly output: string | null;
  readonly pid: Pid | null;
  readonly where: Pid | null;
  readonly command: readonly string[];
}

/** Throws `UsageError`. */
export function readArguments(flavor: Flavor, args: readonly string[]): AustinArguments {
  const { options, command } = read(flavor, args);
  const last = new Map<string, string>();
  for (const option of options) {
    const asked = askedBy(option);
    if (asked !== null) return argumentsFrom(flavor, last, [], asked);
    check(option);
    last.set(option.row.word, option.value);
  }
  if (command.length > 0 && (last.has("pid") || last.has("where"))) throw new UsageError("the -p option is incompatible with the command argument");
  return argumentsFrom(flavor, last, command, null);
}

function read(flavor: Flavor, args: readonly string[]): ReturnType<typeof readOptions> {
  try {
    return readOptions(flavor.options, args);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new UsageError(inGetoptsWords(error));
  }
}

/** getopt_long(3), glibc */
function inGetoptsWords({ kind, option }: OptionError): string {
  const isLetter = !option.startsWith("--");
  switch (kind) {
    case "unknown":
      return isLetter ? `invalid option -- '${option.slice(1)}'` : `unrecognized option '${option}'`;
    case "needs-value":
      return isLetter ? `option requires an argument -- '${option.slice(1)}'` : `option '${option}' requires an argument`;
    case "ambiguous":
      return `option '${option}' is ambiguous`;
    case "takes-no-value":
      return `option '${option}' doesn't allow an argument`;
  }
}

function askedBy({ row }: GivenOption): AustinArguments["asked"] {
  return row.word === "help" || row.word === "usage" || row.word === "version" ? row.word : null;
}

function check({ row, value }: GivenOption): void {
  switch (row.word) {
    case "interval":
      if (!(parseTime(value, "us") >= 1000)) throw new UsageError("the sampling interval must be a positive integer");
      break;
    case "timeout":
      if (!(parseTime(value, "ms") >= 1e6)) throw new UsageError("timeout must be a positive integer");
      break;
    case "exposure":
      if (!(parseTime(value, "s") >= 0)) throw new UsageError("the exposure must be a positive integer");
      break;
    case "heap":
      if (!/^\d{1,9}$/.test(value)) throw new UsageError("the heap size must be a positive integer");
      break;
    case "pid":
    case "where":
      if (!/^0*[1-9]\d{0,8}$/.test(value)) throw new UsageError("invalid PID");
      break;
  }
}

const unitSizes = { us: 1e3, ms: 1e6, s: 1e9 } as const;

/** A whole number, in `plain` unless it has a unit; NaN for anything else. At most a month. */
function parseTime(text: string, plain: keyof typeof unitSizes): Nanoseconds {
  const [, count, unit = plain] = /^\s*\+?(\d{1,13})(us|ms|s)?$/.exec(text) ?? [];
  const time = count === undefined ? Number.NaN : Number(count) * unitSizes[unit as keyof typeof unitSizes];
  return time <= 30 * 86_400e9 ? time : Number.NaN;
}

function argumentsFrom(flavor: Flavor, given: ReadonlyMap<string, string>, command: readonly string[], asked: AustinArguments["asked"]): AustinArguments {
  const exposure = given.has("exposure") ? parseTime(given.get("exposure")!, "s") : 0;
  const withChildren = given.has("children");
  const where = given.has("where") ? Number(given.get("where")) : null;
  return {
    asked,
    interval: given.has("interval") ? parseTime(given.get("interval")!, "us") : flavor.interval,
    // Children of a program that is no Python may come at any time.
    timeout: given.has("timeout") ? parseTime(given.get("timeout")!, "ms") / 1e6 : withChildren ? null : startTimeout,
    metric: given.has("full") ? "full" : given.has("memory") ? "memory" : given.has("sleepless") || given.has("cpu") ? "cpu" : "wall",
    isBinary: flavor.isBinary || given.has("binary"),
    isPipe: given.has("pipe"),
    showCollections: given.has("gc"),
    withChildren,
    kernelStacks: given.has("kernel"),
    missing: given.has("native") || flavor.name === "austinp" ? ["native stacks"] : [],
    exposure: exposure === 0 ? null : exposure,
    output: given.get("output") ?? null,
    pid: where === null && given.has("pid") ? Number(given.get("pid")) : null,
    where,
    command,
  };
}
