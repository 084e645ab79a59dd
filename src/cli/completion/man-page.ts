import { bugExitCode, abortedExitCode, exitCodes } from "../exit-codes.ts";
import type { CommandNode, OptionNode, ValueKind } from "./command-tree.ts";

/** lynceus(1) in the language of man(7), for man(1), groff and mandoc. */
export function formatManPage(commands: readonly CommandNode[], version: string): string {
  const [implicit, ...verbs] = commands;
  const recording = commonOptions(verbs);
  const everywhere = commands.map(({ options }) => options).filter((options) => options.length > 0);
  const general = everywhere.length === 0 ? [] : everywhere[0]!.filter((option) => everywhere.every((others) => others.some((other) => isSame(other, option))));
  const without = (options: readonly OptionNode[], ...others: (readonly OptionNode[])[]): readonly OptionNode[] =>
    options.filter((option) => !others.flat().some((other) => isSame(other, option)));
  return [
    `.TH LYNCEUS 1 "" ${quoted(`lynceus ${version}`)} "User Commands"`,
    ".SH NAME",
    "lynceus \\- a profiler for running Python programs",
    ".SH SYNOPSIS",
    ...verbs.flatMap((command) => synopsis(command)),
    ".B lynceus",
    "[options] \\fIcommand\\fR...",
    ".SH DESCRIPTION",
    text(implicit?.help?.summary ?? ""),
    "Without a verb, a command is started as by \\fBrun\\fR.",
    ".SH VERBS",
    ...verbs.flatMap((command) => verbSection(command, without(command.options, general, ["run", "attach"].includes(command.verb) ? recording : []))),
    ".SH OPTIONS WITHOUT A VERB",
    ...without(implicit?.options ?? [], general, recording).flatMap(optionEntry),
    ".SH OPTIONS FOR RECORDING",
    "Those of \\fBrun\\fR and \\fBattach\\fR, and of lynceus without a verb.",
    ...without(recording, general).flatMap(optionEntry),
    ".SH OPTIONS FOR ALL",
    ...general.flatMap(optionEntry),
    ".SH EXIT STATUS",
    "That of the program that was run (128 + signal), and for failures of lynceus:",
    ...exitEntries(),
    ".SH ENVIRONMENT",
    ...entry("\\fBNO_COLOR\\fR, \\fBFORCE_COLOR\\fR", "no colours, or colours where the output is no terminal"),
    ...entry("\\fBCI\\fR", "when it is set there is no progress line"),
    ...entry("\\fBBROWSER\\fR", "what \\fBview\\fR opens pages with"),
    ...entry("\\fBLYNCEUS_PUSH_TOKEN\\fR, \\fBLYNCEUS_PUSH_USER\\fR, \\fBLYNCEUS_PUSH_PASSWORD\\fR", "what a server of \\fB\\-\\-push\\fR wants to know"),
    ...entry("\\fBOTEL_EXPORTER_OTLP_HEADERS\\fR", "more headers for an OpenTelemetry collector: name=value,name=value"),
    ...entry("\\fBLYNCEUS_AUSTIN\\fR", "4: \\fBaustin\\fR stands in for Austin 4"),
    ".SH EXAMPLES",
    ...commands.flatMap(({ help }) => help?.examples ?? []).flatMap(({ line, does }) => [...entry(`\\fB${text(line)}\\fR`, text(does))]),
    "",
  ].join("\n");
}

/** Options of `run` that `attach` has as well. */
function commonOptions(verbs: readonly CommandNode[]): readonly OptionNode[] {
  const optionsOf = (wanted: string): readonly OptionNode[] => verbs.find(({ verb }) => verb === wanted)?.options ?? [];
  return optionsOf("run").filter((option) => optionsOf("attach").some((other) => isSame(other, option)));
}

function isSame(a: OptionNode, b: OptionNode): boolean {
  return a.short === b.short && a.long === b.long && a.description === b.description;
}

function synopsis({ verb, operands, help }: CommandNode): string[] {
  const words = [help === null ? "..." : "[options]", ...operands.map(({ usage }) => usage)];
  return [`.B lynceus ${verb}`, text(words.join(" ")), ".br"];
}

function verbSection({ verb, summary, operands, help }: CommandNode, options: readonly OptionNode[]): string[] {
  return [
    `.SS ${quoted(["lynceus", verb, ...operands.map(({ usage }) => usage)].join(" "))}`,
    text(help?.summary ?? `${summary[0]!.toUpperCase()}${summary.slice(1)}.`),
    ...operands
      .filter(({ description }) => description !== "")
      .flatMap(({ usage, description, value }) => entry(`\\fI${text(usage)}\\fR`, text(description + choicesOf(value)))),
    ...options.flatMap(optionEntry),
  ];
}

function choicesOf(value: ValueKind): string {
  return value.kind === "choice" ? ` (${value.choices.join(", ")})` : "";
}

function optionEntry({ short, long, value, description, defaultValue }: OptionNode): string[] {
  const words = [short, long].filter((word) => word !== null).map((word) => `\\fB${text(word)}\\fR`);
  const choices = value === null ? "" : choicesOf(value);
  const otherwise = defaultValue === null ? "" : ` (default: ${defaultValue})`;
  return entry(`${words.join(", ")}${value === null ? "" : ` \\fI${text(value.name)}\\fR`}`, text(`${description}${choices}${otherwise}`));
}

function exitEntries(): string[] {
  const byCode = new Map<number, string[]>();
  const add = (code: number, name: string): void => void byCode.set(code, [...(byCode.get(code) ?? []), name]);
  for (const [name, code] of Object.entries(exitCodes)) add(code, name.replaceAll("-", " "));
  add(bugExitCode, "a fault in lynceus");
  add(abortedExitCode, "aborted");
  return [...byCode].sort(([a], [b]) => a - b).flatMap(([code, names]) => entry(`\\fB${code}\\fR`, text(names.join(", "))));
}

function entry(head: string, body: string): string[] {
  return [".TP", head, body];
}

/** A dash is one, a backslash is one, and no line begins with what would be an instruction. */
function text(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/\s*\n\s*/g, " ")
    .replace(/^(?=[.'])/, "\\&");
}

function quoted(words: string): string {
  return `"${text(words).replaceAll('"', "\\(dq")}"`;
}
