import type { OptionRow } from "../option-table.ts";
import type { Flavor } from "./flavors.ts";

const width = 79;
const textColumn = 29;

/** `program`: what was typed to get here, "austin" or "lynceus austin". */
export function formatHelp(flavor: Flavor, program: string): string {
  const extension = flavor.isBinary ? "mojo" : "austin";
  const examples = [
    [`${program} -i 1ms python app.py > app.${extension}`, flavor.isBinary ? "record a program" : "record a program, a line for each sample"],
    [`${program} -Cp 812 -x 5 -o app.${extension}`, "a running process and its children, for 5 seconds"],
    [`${program} -w 812`, "what is it doing now?"],
  ] as const;
  const longest = Math.max(...examples.map(([line]) => line.length));
  return [
    "Examples:",
    ...examples.map(([line, does]) => `  ${line.padEnd(longest)}   ${does}`),
    "",
    `Usage: ${program} [OPTION...] command [ARG...]`,
    `Lynceus with the options, files and words of ${flavor.name === "austin4" ? "Austin" : flavor.name} ${flavor.version}.`,
    "",
    ...flavor.options.flatMap(optionLines),
    "",
    "Mandatory or optional arguments to long options are also mandatory or optional",
    "for any corresponding short options.",
    "",
  ].join("\n");
}

export function formatUsage(flavor: Flavor, program: string): string {
  const flags = flavor.options.filter(({ letter, value }) => letter !== null && value === null).map(({ letter }) => letter);
  const words = [
    `[-${flags.join("")}]`,
    ...flavor.options.filter(({ value }) => value !== null).map(({ letter, value }) => `[-${letter} ${value}]`),
    ...flavor.options.map(({ word, value }) => `[--${word}${value === null ? "" : `=${value}`}]`),
    "command",
    "[ARG...]",
  ];
  return `${wrap(words, `Usage: ${program}`, " ".repeat(12)).join("\n")}\n`;
}

function optionLines({ letter, word, value, does }: OptionRow): string[] {
  const head = `  ${letter === null ? "    " : `-${letter}, `}--${word}${value === null ? "" : `=${value}`}`;
  return wrap(does.split(" "), head.padEnd(textColumn - 1), " ".repeat(textColumn));
}

function wrap(words: readonly string[], first: string, indentation: string): string[] {
  const lines = [first];
  for (const word of words) {
    const line = `${lines.at(-1)!} ${word}`;
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(indentation + word);
  }
  return lines;
}
