import { type Command, Argument } from "commander";
import { formatBashCompletion } from "../completion/bash.ts";
import { type CommandNode, loadCommandTree } from "../completion/command-tree.ts";
import { formatFishCompletion } from "../completion/fish.ts";
import { formatZshCompletion } from "../completion/zsh.ts";
import { createCommand, parseArguments } from "../options/arguments.ts";

const scripts: Readonly<Record<string, (commands: readonly CommandNode[]) => string>> = {
  bash: formatBashCompletion,
  zsh: formatZshCompletion,
  fish: formatFishCompletion,
};

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "completion",
    summary: "Print a script that teaches a shell to complete the verbs, options and process ids of lynceus.",
    examples: [
      { line: "source <(lynceus completion bash)", does: "for this shell; in ~/.bashrc for every one" },
      { line: "lynceus completion zsh > ~/.zfunc/_lynceus", does: "for zsh: in a folder of its fpath" },
      { line: "lynceus completion fish > ~/.config/fish/completions/lynceus.fish", does: "for fish" },
    ],
  })
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(scripts)))
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus completion SHELL` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(describe(), args);
  if (parsed === null) return 0;
  process.stdout.write(scripts[parsed.operands[0] ?? ""]!(await loadCommandTree()));
  return 0;
}
