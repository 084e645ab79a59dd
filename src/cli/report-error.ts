import { inspect } from "node:util";
import { LynceusError } from "../base/errors.ts";
import { EndedEarly } from "../sampler/ended-early.ts";
import { bugExitCode, exitCodeOfTarget, exitCodes } from "./exit-codes.ts";
import { printable } from "./text/printable.ts";
import type { Paint } from "./text/terminal.ts";

/**
 * Turns what was thrown into text for stderr and an exit code: one line for what the user can put right, with a second
 * for what to do about it; the whole stack trace for a fault of ours. `verbose` adds the causes. The exit code of a program
 * that we started, and that was too quick for us, is its own.
 */
export function describeError(error: unknown, paint: Paint, verbose: boolean): { readonly text: string; readonly exitCode: number } {
  if (isMissingKoffi(error)) return describeError(missingKoffi(error), paint, verbose);
  if (!(error instanceof LynceusError)) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const request = "This is a fault in Lynceus. Please report it with the lines above and the command that you ran.";
    return { text: `${trace.split("\n").map(printable).join("\n")}\n${paint("red", "lynceus:")} ${request}\n`, exitCode: bugExitCode };
  }
  const lines = [`${paint("red", "lynceus:")} ${printable(error.message)}`];
  if (error.hint !== null) lines.push(...error.hint.split("\n").map((line) => `  ${printable(line)}`));
  if (verbose) lines.push(...causesOf(error).map((cause) => paint("dim", `  because: ${printable(cause)}`)));
  return { text: `${lines.join("\n")}\n`, exitCode: error instanceof EndedEarly ? exitCodeOfTarget(error.exit) : exitCodes[error.code] };
}

const mostCauses = 8;

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < mostCauses; cause = cause instanceof Error ? cause.cause : undefined) {
    causes.push(cause instanceof Error ? cause.message : inspect(cause));
  }
  return causes;
}

/** It is looked for when it is loaded, and what it throws then has no code. */
function isMissingKoffi(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith("Cannot find the native Koffi module");
}

function missingKoffi(cause: Error): LynceusError {
  return new LynceusError("cannot-attach", "koffi, by which Lynceus calls the system, was installed without its part for this system", {
    cause,
    hint: `install Lynceus anew on ${process.platform}-${process.arch}, with optional packages (npm's --omit=optional leaves that part out)`,
  });
}
