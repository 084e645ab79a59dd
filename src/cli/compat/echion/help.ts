import { echionOptions } from "./arguments.ts";

const textColumn = 24;
const width = 79;

/** `program`: what was typed to get here, "echion" or "lynceus echion". */
export function formatHelp(program: string): string {
  const examples = [
    [`${program} -o app.echion python app.py`, "record a program"],
    [`${program} -p 812 -x 30`, "a running process for 30 seconds"],
    [`${program} -w 812`, "what is it doing now?"],
  ] as const;
  const longest = Math.max(...examples.map(([line]) => line.length));
  return [
    "Examples:",
    ...examples.map(([line, does]) => `  ${line.padEnd(longest)}   ${does}`),
    "",
    formatUsage(program),
    "Lynceus with the options, files and words of Echion.",
    "",
    "positional arguments:",
    "  command               Command string to execute.",
    "",
    "options:",
    ...echionOptions.flatMap(({ letter, word, value, does }) => {
      const shown = value === null ? "" : ` ${value}`;
      const head = `  -${letter}${shown}, --${word}${shown}`;
      const lines = wrap(does.split(" "), " ".repeat(textColumn - 1));
      return head.length < textColumn - 1 ? [head.padEnd(textColumn - 1) + lines[0]!.slice(textColumn - 1), ...lines.slice(1)] : [head, ...lines];
    }),
    "",
  ].join("\n");
}

export function formatUsage(program: string): string {
  const words = [...echionOptions.map(({ letter, value }) => `[-${letter}${value === null ? "" : ` ${value}`}]`), "..."];
  const start = `Usage: ${program}`;
  const lines = wrap(words, " ".repeat(start.length));
  return `${start}${lines.join("\n").slice(start.length)}\n`;
}

function wrap(words: readonly string[], indentation: string): string[] {
  const lines = [indentation];
  for (const word of words) {
    const line = `${lines.at(-1)!} ${word}`;
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(`${indentation} ${word}`);
  }
  return lines;
}
