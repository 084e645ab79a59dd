import { FunctionKind, Known, knownNames } from "../profile/tables.ts";

/** What the numbers in a recording are called in formats that people read. */
export const kindNames: readonly string[] = Object.keys(FunctionKind);

/** Python for a name that is not known. */
export function kindNamed(name: string): FunctionKind {
  const kind = kindNames.indexOf(name);
  return kind === -1 ? FunctionKind.python : (kind as FunctionKind);
}

/** A number from a file: `unchecked` when it means nothing. */
export function knownOf(value: number): Known {
  return knownNames[value] === undefined ? Known.unchecked : (value as Known);
}
