import { assertNever } from "../../base/assert-never.ts";
import type { CommandNode, OptionNode, ValueKind } from "./command-tree.ts";

/** A script for fish 3 and later. */
export function formatFishCompletion(commands: readonly CommandNode[]): string {
  const verbs = commands.filter(({ verb }) => verb !== "");
  const withValue = [...new Set(commands.flatMap(({ options }) => options.flatMap((option) => (option.value === null ? [] : wordsOf(option)))))];
  return `# Completion for fish. Made by: lynceus completion fish

# The verb, or nothing.
function __lynceus_verb
    set -l words (commandline -opc)
    if contains -- "$words[2]" ${verbs.map(({ verb }) => verb).join(" ")}
        echo $words[2]
    end
end

function __lynceus_at
    test (count (commandline -opc)) -gt 0; and test "$(__lynceus_verb)" = "$argv[1]"
end

# The words from the program on that is to be run; nothing when it does not stand there yet.
function __lynceus_program
    set -l words (commandline -opc)
    set -e words[1]
    test -n "$(__lynceus_verb)"; and set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case ${withValue.join(" ")}
                set -e words[1]
                set -e words[1]
            case '-*'
                set -e words[1]
            case '*'
                break
        end
    end
    string join \\n -- $words
end

function __lynceus_command
    set -l program (string escape -- (__lynceus_program))
    set -l last (commandline -ct)
    if test -z "$program"; and string match -q -- '-*' "$last"
        return
    end
    # A verb that begins like it is meant before any program.
    if test (count (commandline -opc)) -eq 1; and string match -q -- "$last*" ${verbs.map(({ verb }) => verb).join(" ")}
        return
    end
    complete "--do-complete=$(string join -- ' ' $program $last)"
end

function __lynceus_pids
    grep -la 'pytho[n]' /proc/*/cmdline 2>/dev/null | string replace -rf '^/proc/(\\d+)/.*' '$1'
end

complete -c lynceus -f
${verbs.map(({ verb, summary }) => `complete -c lynceus -n 'test (count (commandline -opc)) -eq 1' -a ${verb} -d ${quoted(summary)}`).join("\n")}
${commands.flatMap(linesOf).join("\n")}
`;
}

function linesOf({ verb, options, operands }: CommandNode): string[] {
  const isHere = `__lynceus_at ${verb === "" ? "''" : verb}`;
  const takesCommand = operands.some(({ value }) => value.kind === "command");
  const where = `-n ${quoted(takesCommand ? `${isHere}; and test -z "$(__lynceus_program)"` : isHere)}`;
  return [
    ...options.map(({ short, long, description, value }) => {
      const letter = short === null ? "" : ` -s ${short.slice(1)}`;
      return `complete -c lynceus ${where}${letter} -l ${long.slice(2)}${value === null ? "" : ` -r ${action(value)}`} -d ${quoted(description)}`;
    }),
    ...operands.map(({ value }) => `complete -c lynceus -n ${quoted(isHere)} ${action(value)}`),
  ];
}

function action(value: ValueKind): string {
  switch (value.kind) {
    case "file":
      return "-F";
    case "pid":
      return "-f -a '(__lynceus_pids)'";
    case "command":
      return "-f -a '(__lynceus_command)'";
    case "choice":
      return `-f -a ${quoted(value.choices.join(" "))}`;
    case "other":
      return "-f";
    default:
      return assertNever(value);
  }
}

function wordsOf({ short, long }: OptionNode): string[] {
  return short === null ? [long] : [short, long];
}

/** In fish, a backslash before a quote or another backslash is one of its own. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
