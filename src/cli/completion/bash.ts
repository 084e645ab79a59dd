import type { CommandNode, OptionNode, ValueKind } from "./command-tree.ts";

/**
 * A script for bash 4 and later, with or without the bash-completion package. Tables of words, one line for each verb, and one
 * function that walks over what was typed.
 */
export function formatBashCompletion(commands: readonly CommandNode[]): string {
  const verbs = commands.map(({ verb }) => verb).filter((verb) => verb !== "");
  const options = commands.map(({ verb, options: all }) => `    ${label(verb)}) echo ${quoted(all.flatMap(wordsOf).join(" "))} ;;`);
  const values = commands.flatMap(({ verb, options: all }) =>
    all.flatMap((option) =>
      option.value === null
        ? []
        : [
            `    ${wordsOf(option)
              .map((word) => quoted(`${verb} ${word}`))
              .join(" | ")}) echo ${quoted(action(option.value))} ;;`,
          ],
    ),
  );
  const operands = commands.map(({ verb, operands: all }) => `    ${label(verb)}) echo ${quoted(all.map(({ value }) => action(value)).join(";"))} ;;`);
  return `# Completion for bash. Made by: lynceus completion bash

_lynceus_options() {
  case "$1" in
${options.join("\n")}
  esac
}

# What follows an option of a verb. Fails when nothing does.
_lynceus_value() {
  case "$1 $2" in
${values.join("\n")}
    *) return 1 ;;
  esac
}

# What stands after a verb, one after the other.
_lynceus_operands() {
  case "$1" in
${operands.join("\n")}
  esac
}

_lynceus_offer() {
  case "$1" in
    file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
    pid) COMPREPLY=($(compgen -W "$(grep -la 'pytho[n]' /proc/[0-9]*/cmdline 2>/dev/null | tr -dc '0-9\\n')" -- "$cur")) ;;
    command) COMPREPLY=($(compgen -c -- "$cur")) ;;
    choice\\ *) COMPREPLY=($(compgen -W "\${1#choice }" -- "$cur")) ;;
  esac
}

_lynceus() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} verb= index=1 count=0 awaited= word kinds
  COMPREPLY=()
  case " ${verbs.join(" ")} " in
    *" \${COMP_WORDS[1]} "*) ((COMP_CWORD > 1)) && verb=\${COMP_WORDS[1]} && index=2 ;;
  esac
  for (( ; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == = ]]; then continue
    elif [[ -n $awaited ]]; then awaited=
    elif [[ $word == -- ]]; then ((index++)); count=-1; break
    elif [[ $word == -* ]]; then awaited=$(_lynceus_value "$verb" "$word")
    else
      kinds=$(_lynceus_operands "$verb")
      [[ $kinds == command* ]] && { count=-1; break; }
      ((count++))
    fi
  done
  [[ $cur == = ]] && cur=
  if [[ -n $awaited ]]; then
    _lynceus_offer "$awaited"
  elif ((count < 0)); then
    # The program and its own words.
    if declare -F _command_offset >/dev/null; then _command_offset "$index"
    elif ((index >= COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$cur"))
    else _lynceus_offer file
    fi
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_lynceus_options "$verb")" -- "$cur"))
  else
    IFS=\\; read -r -a kinds <<< "$(_lynceus_operands "$verb")"
    # A verb that begins like it is meant before any program.
    ((COMP_CWORD == 1)) && COMPREPLY=($(compgen -W ${quoted(verbs.join(" "))} -- "$cur"))
    [[ \${#COMPREPLY[@]} == 0 ]] && _lynceus_offer "\${kinds[count]:-}"
  fi
  return 0
}

complete -F _lynceus lynceus
`;
}

function wordsOf({ short, long }: OptionNode): string[] {
  return short === null ? [long] : [short, long];
}

function action(value: ValueKind): string {
  return value.kind === "choice" ? `choice ${value.choices.join(" ")}` : value.kind;
}

function label(verb: string): string {
  return verb === "" ? '""' : verb;
}

/** For a shell: as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
