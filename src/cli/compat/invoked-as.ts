import { basename } from "node:path";
import { verbs } from "../verbs.ts";

/** Verbs that stand in for another program. */
export const standIns: readonly string[] = ["austin", "austin4", "austinp", "echion"];

/** The words of the command line, with the verb that the name of the program stands for: a link `austin` to lynceus is `lynceus austin`. */
export function withInvokedVerb(program: string, args: readonly string[]): readonly string[] {
  const name = basename(program);
  return standIns.includes(name) && Object.hasOwn(verbs, name) ? [name, ...args] : args;
}
