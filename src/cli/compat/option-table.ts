/** One option of a program, as its help has it. */
export interface OptionRow {
  /** Without the dash; null for one that has only a word. */
  readonly letter: string | null;
  /** Without the dashes. */
  readonly word: string;
  /** What its value is called in the help; null when it takes none. */
  readonly value: string | null;
  readonly does: string;
}

export interface GivenOption {
  readonly row: OptionRow;
  /** Empty for an option that takes none. */
  readonly value: string;
}

export interface GivenWords {
  readonly options: readonly GivenOption[];
  /** From the first word on that is no option. */
  readonly command: readonly string[];
}

/** What is wrong with the words. */
export class OptionError extends Error {
  readonly kind: "unknown" | "ambiguous" | "needs-value" | "takes-no-value";
  /** As it was typed: "-z", "--bogus". */
  readonly option: string;

  constructor(kind: OptionError["kind"], option: string) {
    super(`${kind}: ${option}`);
    this.kind = kind;
    this.option = option;
  }
}

/**
 * As getopt_long(3) and argparse read them: letters may be joined (`-Cn`), a value may follow at once (`-i10ms`), after "="
 * or as the next word, and a word may be cut as long as it is the only one that begins so. Options end at the first word
 * that is none, or at "--". Throws `OptionError`.
 */
export function readOptions(rows: readonly OptionRow[], args: readonly string[]): GivenWords {
  const options: GivenOption[] = [];
  let at = 0;
  const takeNext = (option: string): string => {
    const value = args[at++];
    if (value === undefined) throw new OptionError("needs-value", option);
    return value;
  };
  while (at < args.length) {
    const arg = args[at]!;
    if (arg === "-" || !arg.startsWith("-")) break;
    at++;
    if (arg === "--") break;
    if (arg.startsWith("--")) options.push(readWord(rows, arg, takeNext));
    else options.push(...readLetters(rows, arg, takeNext));
  }
  return { options, command: args.slice(at) };
}

function readWord(rows: readonly OptionRow[], arg: string, takeNext: (option: string) => string): GivenOption {
  const [, word = "", given] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  const found = rows.filter((row) => row.word.startsWith(word));
  const row = found.find((one) => one.word === word) ?? found[0];
  if (row === undefined) throw new OptionError("unknown", arg);
  if (row.word !== word && found.length > 1) throw new OptionError("ambiguous", arg);
  if (row.value === null && given !== undefined) throw new OptionError("takes-no-value", `--${row.word}`);
  return { row, value: row.value === null ? "" : (given ?? takeNext(`--${row.word}`)) };
}

function readLetters(rows: readonly OptionRow[], arg: string, takeNext: (option: string) => string): GivenOption[] {
  const options: GivenOption[] = [];
  for (let at = 1; at < arg.length; at++) {
    const letter = arg[at]!;
    const row = rows.find((one) => one.letter === letter);
    if (row === undefined) throw new OptionError("unknown", `-${letter}`);
    if (row.value === null) {
      options.push({ row, value: "" });
      continue;
    }
    const rest = arg.slice(at + 1);
    options.push({ row, value: rest === "" ? takeNext(`-${letter}`) : rest });
    break;
  }
  return options;
}
