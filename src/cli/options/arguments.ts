import { styleText } from "node:util";
import { Command, CommanderError, Option } from "commander";
import { LynceusError } from "../../base/errors.ts";
import type { Pid } from "../../base/units.ts";
import { parseCount } from "./quantities.ts";
import { colorChoices } from "../text/terminal.ts";
import { version } from "../../os/package-version.ts";

export interface Example {
  readonly line: string;
  readonly does: string;
}

export interface CommandHelp {
  /** What follows "lynceus": "run", or empty for the command without a verb. */
  readonly verb: string;
  readonly summary: string;
  readonly examples: readonly Example[];
  /** Lines that follow the examples. */
  readonly more?: string;
}

const helps = new WeakMap<Command, CommandHelp>();

/** What a command was made with, for other ways of showing it. */
export function helpOf(command: Command): CommandHelp | null {
  return helps.get(command) ?? null;
}

/** A commander command that ends nothing by itself, and whose help starts with examples. */
export function createCommand(help: CommandHelp): Command {
  const { verb, summary, examples, more = "" } = help;
  const width = Math.max(...examples.map(({ line }) => line.length));
  const exampleText = examples.map(({ line, does }) => `  ${line.padEnd(width)}   ${does}`).join("\n");
  const command = new Command(verb === "" ? "lynceus" : `lynceus ${verb}`)
    .description(summary)
    .addHelpText("before", () => `Examples:\n${exampleText}\n${more}`)
    .configureHelp({ styleTitle: (title) => styleText("bold", title, { validateStream: false }) })
    .configureOutput({ writeErr: () => {} })
    .helpOption("-h, --help", "show this help")
    .version(`lynceus ${version}`, "-V, --version", "show the version")
    .addOption(new Option("--color <when>", "colours").choices(colorChoices).default("auto"))
    .exitOverride();
  helps.set(command, help);
  return command;
}

/**
 * Options and operands of `args`; null when help or the version was asked for and has been printed. What commander
 * finds wrong comes as `bad-arguments`.
 */
export function parseArguments<T extends object>(
  command: Command,
  args: readonly string[],
): { readonly options: T; readonly operands: readonly string[] } | null {
  try {
    command.parse([...args], { from: "user" });
    return { options: command.opts<T>(), operands: command.args };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    const [message = "", ...suggestion] = inOurWords(error.message).split("\n");
    const hint = suggestion.join(" ").replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?") || `see: ${command.name()} --help`;
    throw new LynceusError("bad-arguments", message.replace(/\.$/, ""), { hint });
  }
}

/** What commander says of a word that is none of the choices, as `parseCount()` and its like say it. */
function inOurWords(message: string): string {
  const choice =
    /^error: (?:option '(?:-\w, )?(--[\w-]+)[^']*' argument|command-argument value) '([^]*)' is invalid(?: for argument '(\w+)')?\. Allowed choices are (.*)\.$/;
  return message
    .replace(choice, (_, option: string | undefined, value: string, argument: string | undefined, choices: string) => {
      return `${option ?? argument ?? ""} takes one of ${choices}, not "${value}"`;
    })
    .replace(/^error: /, "");
}

/** For options that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function modeOption(description: string): Option {
  return new Option("--mode <mode>", description).choices(["wall", "cpu", "gil"]);
}

/** A process id. Throws `bad-arguments`. */
export function parsePid(text: string): Pid {
  return parseCount(text, "PID", 1);
}
