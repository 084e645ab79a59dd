import { readFileSync } from "node:fs";
import { programPath } from "../test/support/target.ts";

/** A frame as a profiler tells it, root first in a stack. */
export interface ToldFrame {
  readonly name: string;
  readonly line: number;
}

const source = readFileSync(programPath("two_trees.py"), "utf8").split("\n");
const lineOf = (text: string): number => source.findIndex((line) => line.trimEnd() === text) + 1;
/** Where `main` is while it is in one of the trees. */
const callLines: Readonly<Record<string, number>> = { red: lineOf("        red_0()"), blue: lineOf("        blue_0()") };

/**
 * Whether `test/programs/two_trees.py` can ever have had this stack: the module, `main`, and the calls of one tree
 * from its first on without a gap, `main` on the line that calls that tree. A stack may end anywhere, but not lack its root.
 */
export function canExist(stack: readonly ToldFrame[]): boolean {
  const [module, main, first, ...rest] = stack;
  if (module?.name !== "<module>") return false;
  if (main === undefined) return true;
  if (main.name !== "main") return false;
  if (first === undefined) return true;
  const [tree = ""] = first.name.split("_");
  return first.name === `${tree}_0` && main.line === callLines[tree] && rest.every(({ name }, index) => name === `${tree}_${index + 1}`);
}
