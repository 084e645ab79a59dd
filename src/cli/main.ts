import { describeError } from "./report-error.ts";
import { type ColorChoice, colorChoices, createPaint } from "./text/terminal.ts";
import { implicitVerb, verbs } from "./verbs.ts";
import { version } from "../os/package-version.ts";

/**
 * From the words after `lynceus` to an exit code. The verb decides which file of commands/ is loaded, so that starting
 * costs only what is used. Without a verb: commands/implicit.ts.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const [first = "", ...rest] = args;
    if (args.length === 1 && (first === "--version" || first === "-V")) return printVersion();
    if (Object.hasOwn(verbs, first)) return await (await verbs[first]!.load()).main(rest);
    return await (await implicitVerb.load()).main(first === "help" && rest.length === 0 ? ["--help"] : args);
  } catch (error) {
    const { text, exitCode } = describeError(error, createPaint(process.stderr, colorIn(args)), isVerbose(args));
    process.stderr.write(text);
    return exitCode;
  }
}

function printVersion(): number {
  process.stdout.write(`lynceus ${version}\n`);
  return 0;
}

/** An error may come before, or from, the parsing of options, so these two are looked for by hand. */
function isVerbose(args: readonly string[]): boolean {
  return args.includes("-v") || args.includes("--verbose");
}

function colorIn(args: readonly string[]): ColorChoice {
  const word = args.find((arg, at) => arg.startsWith("--color=") || args[at - 1] === "--color")?.replace("--color=", "");
  return colorChoices.find((choice) => choice === word) ?? "auto";
}
