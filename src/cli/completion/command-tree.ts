import type { Argument, Option } from "commander";
import { formats } from "../../formats/registry.ts";
import { type CommandHelp, helpOf } from "../options/arguments.ts";
import { type CommandModule, implicitVerb, verbs } from "../verbs.ts";

/** What can stand in the place of an option's value or of an operand. */
export type ValueKind =
  | { readonly kind: "file" }
  | { readonly kind: "pid" }
  /** A program, and then whatever that program takes. */
  | { readonly kind: "command" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  /** Nothing that can be known beforehand: a time, a number. */
  | { readonly kind: "other" };

export interface OptionNode {
  /** "-i"; null when there is none. */
  readonly short: string | null;
  readonly long: string;
  readonly description: string;
  /** Null: it stands alone. */
  readonly value: (ValueKind & { readonly name: string }) | null;
  /** What holds without it; null: nothing, or the description says it. */
  readonly defaultValue: string | null;
}

export interface OperandNode {
  /** As in the usage: "<pid>", "[command...]". */
  readonly usage: string;
  readonly description: string;
  readonly value: ValueKind;
}

/** One command with everything that it says of itself. */
export interface CommandNode {
  /** Empty: lynceus without a verb. */
  readonly verb: string;
  readonly summary: string;
  readonly help: CommandHelp | null;
  readonly options: readonly OptionNode[];
  readonly operands: readonly OperandNode[];
}

/** Lynceus without a verb first, then the verbs in the order of its help. */
export async function loadCommandTree(): Promise<readonly CommandNode[]> {
  const implicit = nodeOf("", "", await implicitVerb.load());
  const others = await Promise.all(Object.entries(verbs).map(async ([name, verb]) => nodeOf(name, verb.summary, await verb.load())));
  return [implicit, ...others];
}

function nodeOf(verb: string, summary: string, module: CommandModule): CommandNode {
  const command = module.describe?.();
  if (command === undefined) return { verb, summary, help: null, options: [], operands: [] };
  const help = command.createHelp();
  return {
    verb,
    summary,
    help: helpOf(command),
    options: help.visibleOptions(command).map((option) => optionNode(option, verb)),
    operands: command.registeredArguments.map(operandNode),
  };
}

function optionNode(option: Option, verb: string): OptionNode {
  const name = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? null;
  return {
    short: option.short ?? null,
    long: option.long ?? "",
    description: option.description,
    value: name === null ? null : { name, ...valueKind(name, option.argChoices ?? formatsOf(name, verb)) },
    defaultValue: ["string", "number"].includes(typeof option.defaultValue) ? String(option.defaultValue) : null,
  };
}

/** Names of formats, for an option that takes one. */
function formatsOf(name: string, verb: string): readonly string[] {
  if (name !== "format") return [];
  return formats.filter(({ write, compare }) => (verb === "diff" ? compare !== undefined : write !== null)).map((format) => format.name);
}

function operandNode(operand: Argument): OperandNode {
  const [open, close] = operand.required ? "<>" : "[]";
  return {
    usage: `${open}${operand.name()}${operand.variadic ? "..." : ""}${close}`,
    description: operand.description,
    value: valueKind(operand.name(), operand.argChoices ?? []),
  };
}

/** By the word that stands for it in the help, which is the same everywhere. */
function valueKind(name: string, choices: readonly string[]): ValueKind {
  if (choices.length > 0) return { kind: "choice", choices };
  switch (name) {
    case "file":
    case "before":
    case "after":
    case "folder":
      return { kind: "file" };
    case "pid":
      return { kind: "pid" };
    case "command":
      return { kind: "command" };
    default:
      return { kind: "other" };
  }
}
