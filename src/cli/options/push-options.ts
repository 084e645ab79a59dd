import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { type Destination, parseDestination } from "../../push/destination.ts";
import { parseLabel } from "../../push/labels.ts";
import { collect } from "./arguments.ts";
import { parseDuration, pushEveryRule } from "./quantities.ts";

const defaultEvery: Nanoseconds = 10e9;

/** As commander hands them over. */
export interface PushFlags {
  readonly push?: string;
  readonly pushEvery?: Nanoseconds;
  readonly pushService?: string;
  readonly pushLabel?: readonly string[];
  readonly pushTenant?: string;
  readonly pushQueue?: string;
}

/** Where profiles are pushed, and under which names. */
export interface PushOptions {
  readonly destination: Destination;
  readonly every: Nanoseconds;
  /** Null: the program's name. */
  readonly service: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly queueFolder: string;
}

/** For commands that record; `lynceus push` takes the URL as an operand. */
export function addPushOption(command: Command): Command {
  return addPushDetails(
    command.option("--push <url>", "send the profile to a server while it is made, such as pyroscope+http://localhost:4040 or otlp+http://localhost:4318"),
  );
}

export function addPushDetails(command: Command): Command {
  return command
    .option("--push-every <time>", "how long a slice is; a plain number is in seconds (default: 10s)", (text) => parseDuration(text, pushEveryRule))
    .option("--push-service <name>", "what the profile is called there (default: the program's name)")
    .option("--push-label <name=value>", "a label more, several times if need be", collect)
    .option("--push-tenant <name>", "the tenant, for servers that have several")
    .option("--push-queue <folder>", "where slices wait while the server is away (default: ~/.local/state/lynceus/push)");
}

/** Null: nothing is to be pushed. Throws `bad-arguments`. */
export function pushOptionsFrom(flags: PushFlags): PushOptions | null {
  if (flags.push === undefined) {
    const given = (["pushEvery", "pushService", "pushLabel", "pushTenant", "pushQueue"] as const).find((name) => flags[name] !== undefined);
    if (given !== undefined) {
      const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new LynceusError("bad-arguments", `--${option} goes with --push`, { hint: "add a server, such as: --push pyroscope+http://localhost:4040" });
    }
    return null;
  }
  if (flags.pushService === "") throw new LynceusError("bad-arguments", "--push-service takes a name");
  return {
    destination: parseDestination(flags.push, flags.pushTenant ?? null, process.env),
    every: flags.pushEvery ?? defaultEvery,
    service: flags.pushService ?? null,
    labels: Object.fromEntries((flags.pushLabel ?? []).map(parseLabel)),
    queueFolder: flags.pushQueue === undefined ? defaultQueueFolder() : resolve(flags.pushQueue),
  };
}

/** As the XDG base directory specification has it: data that should outlive a restart, and is no one's document. */
function defaultQueueFolder(): string {
  const state = process.env["XDG_STATE_HOME"] ?? "";
  return join(state.startsWith("/") ? state : join(homedir(), ".local", "state"), "lynceus", "push");
}
