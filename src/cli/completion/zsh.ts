import { assertNever } from "../../base/assert-never.ts";
import type { CommandNode, OptionNode, ValueKind } from "./command-tree.ts";

/** A script for zsh: as a file `_lynceus` in a folder of `fpath`, or sourced. */
export function formatZshCompletion(commands: readonly CommandNode[]): string {
  const verbs = commands.filter(({ verb }) => verb !== "");
  const described = verbs.map(({ verb, summary }) => `    ${quoted(`${verb}:${summary}`)}`);
  const functions = commands.map((command) => {
    const operands = command.verb === "" ? ["'*:: :_lynceus_first'"] : command.operands.map(operandSpec);
    const specs = [...command.options.flatMap(optionSpecs), ...operands];
    return `_lynceus_in_${command.verb || "none"}() {\n  _arguments -s -S : \\\n    ${specs.join(" \\\n    ")}\n}`;
  });
  return `#compdef lynceus
# Completion for zsh. Made by: lynceus completion zsh

_lynceus_pids() {
  local -a found
  found=(\${(f)"$(grep -la 'pytho[n]' /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\\n')"})
  compadd -a found
}

# The first word that is no option, without a verb before: a program.
_lynceus_first() {
  if (( CURRENT == 1 )); then _command_names -e; else _normal; fi
}

${functions.join("\n\n")}

_lynceus() {
  local -a verbs
  verbs=(
${described.join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    # A verb that begins like it is meant before any program.
    _describe -t verbs verb verbs || _command_names -e
  elif (( CURRENT > 2 )) && (( $+functions[_lynceus_in_$words[2]] )) && [[ $words[2] != none ]]; then
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    _lynceus_in_$verb
  else
    _lynceus_in_none
  fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _lynceus "$@"; else compdef _lynceus lynceus; fi
`;
}

function optionSpecs({ short, long, description, value }: OptionNode): string[] {
  const after = `[${description.replaceAll(/[\\[\]:]/g, String.raw`\$&`)}]${value === null ? "" : `:${value.name}:${action(value)}`}`;
  const words = short === null ? [long] : [short, long];
  // -o may be given several times, and what may not be is said by lynceus itself.
  return words.map((word) => quoted(`*${word}${value === null ? "" : word.startsWith("--") ? "=" : "+"}${after}`));
}

function operandSpec({ value }: CommandNode["operands"][number]): string {
  return value.kind === "command" ? quoted("*:: :_lynceus_first") : quoted(`: :${action(value)}`);
}

function action(value: ValueKind): string {
  switch (value.kind) {
    case "file":
      return "_files";
    case "pid":
      return "_lynceus_pids";
    case "command":
      return "_command_names -e";
    case "choice":
      return `(${value.choices.join(" ")})`;
    case "other":
      return " ";
    default:
      return assertNever(value);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
