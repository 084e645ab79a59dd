import type { Nanoseconds, Pid } from "../../../base/units.ts";
import { type GivenOption, OptionError, type OptionRow, readOptions } from "../option-table.ts";

const row = (letter: string, word: string, value: string | null, does: string): OptionRow => ({ letter, word, value, does });

/** In the order of the help. */
export const echionOptions: readonly OptionRow[] = [
  row("h", "help", null, "show this help message and exit"),
  row("i", "interval", "INTERVAL", "sampling interval in microseconds; units: us, ms, s"),
  row("c", "cpu", null, "sample on-CPU stacks only"),
  row("x", "exposure", "EXPOSURE", "exposure time, in seconds"),
  row("m", "memory", null, "memory allocations (not there yet)"),
  row("n", "native", null, "native stacks (not there yet)"),
  row("o", "output", "OUTPUT", "output location (can use %(pid) to insert the process ID)"),
  row("p", "pid", "PID", "attach to the process with the given PID"),
  row("s", "stealth", null, "taken for compatibility; nothing of Lynceus is in the process"),
  row("w", "where", "WHERE", "where mode: show the stacks of the threads of this process"),
  row("f", "max-file-descriptors", "MAX_FILE_DESCRIPTORS", "taken for compatibility; not needed"),
  row("v", "verbose", null, "taken for compatibility; not needed"),
  row("V", "version", null, "show the version and exit"),
];

/** What is wrong with the words, as argparse says it. */
export class UsageError extends Error {}

export interface EchionArguments {
  readonly asked: "help" | "version" | null;
  readonly interval: Nanoseconds;
  readonly mode: "wall" | "cpu";
  readonly exposure: Nanoseconds | null;
  /** May hold %(pid). */
  readonly output: string;
  readonly pid: Pid | null;
  readonly where: Pid | null;
  /** Options that stand for what cannot be sampled yet. */
  readonly missing: readonly string[];
  readonly command: readonly string[];
}

const defaultInterval: Nanoseconds = 1e6;
const unitSizes = { "": 1e3, us: 1e3, ms: 1e6, s: 1e9 } as const;

/** Throws `UsageError`. */
export function readArguments(args: readonly string[]): EchionArguments {
  const { options, command } = read(args);
  const given = new Map<string, string>();
  for (const option of options) {
    const { word } = option.row;
    if (word === "help" || word === "version") return argumentsFrom(given, [], word);
    check(option);
    given.set(word, option.value);
  }
  return argumentsFrom(given, command, null);
}

function read(args: readonly string[]): ReturnType<typeof readOptions> {
  try {
    return readOptions(echionOptions, args);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const words = {
      unknown: "unrecognized arguments:",
      ambiguous: "ambiguous option:",
      "needs-value": "expected one argument:",
      "takes-no-value": "ignored explicit argument:",
    };
    throw new UsageError(`${words[error.kind]} ${error.option}`);
  }
}

function check({ row: { letter, word, value: name }, value }: GivenOption): void {
  const refuse = (kind: string): UsageError => new UsageError(`argument -${letter}/--${word}: invalid ${kind} value: '${value}'`);
  if (word === "interval" && !(parseInterval(value) >= 1000)) throw refuse("microseconds");
  if ((word === "exposure" || word === "max-file-descriptors") && !/^\d{1,7}$/.test(value)) throw refuse("int");
  if ((name === "PID" || name === "WHERE") && !/^0*[1-9]\d{0,8}$/.test(value)) throw refuse("int");
}

/** NaN for what is none. At most an hour. */
function parseInterval(text: string): Nanoseconds {
  const [, count, unit = ""] = /^(\d{1,10})(us|ms|s)?$/.exec(text) ?? [];
  const time = count === undefined ? Number.NaN : Number(count) * unitSizes[unit as keyof typeof unitSizes];
  return time <= 3600e9 ? time : Number.NaN;
}

function argumentsFrom(given: ReadonlyMap<string, string>, command: readonly string[], asked: EchionArguments["asked"]): EchionArguments {
  const number = (word: string): number | null => (given.has(word) ? Number(given.get(word)) : null);
  const exposure = number("exposure");
  const missing = [given.has("memory") ? "memory mode (-m)" : null, given.has("native") ? "native stacks (-n)" : null];
  return {
    asked,
    interval: given.has("interval") ? parseInterval(given.get("interval")!) : defaultInterval,
    mode: given.has("cpu") ? "cpu" : "wall",
    exposure: exposure === null || exposure === 0 ? null : exposure * 1e9,
    output: given.get("output") ?? "%(pid).echion",
    pid: number("pid"),
    where: number("where"),
    missing: missing.filter((one) => one !== null),
    command,
  };
}
