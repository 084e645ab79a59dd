import { foldTaskName } from "./task-names.ts";
import { type Tables, stringAt } from "./tables-builder.ts";
import { FunctionKind, NONE } from "./tables.ts";

/**
 * Tables in which tasks whose names differ in numbers only are one function, `Task-*`: rows keep their indices, and the functions
 * with such names come after the others. The same tables when no name has a number.
 */
export function foldTasks(tables: Tables): Tables {
  const { functions, frames, strings } = tables;
  const foldedOf = new Map<number, number>();
  const added = new Map<string, number>();
  for (let index = 0; index < functions.length; index++) {
    if (functions.kind[index] !== FunctionKind.task) continue;
    const name = stringAt(tables, functions.name[index]!);
    const folded = foldTaskName(name);
    if (folded === name) continue;
    const place = added.get(folded) ?? added.size;
    added.set(folded, place);
    foldedOf.set(index, functions.length + place);
  }
  if (added.size === 0) return tables;
  const extended = (column: ArrayLike<number>, value: (place: number) => number): Int32Array =>
    Int32Array.from({ length: functions.length + added.size }, (_, row) => (row < functions.length ? column[row]! : value(row - functions.length)));
  const noFile = strings.length + added.size;
  return {
    ...tables,
    strings: [...strings, ...added.keys(), ""],
    functions: {
      length: functions.length + added.size,
      name: extended(functions.name, (place) => strings.length + place),
      file: extended(functions.file, () => noFile),
      firstLine: extended(functions.firstLine, () => 0),
      kind: Uint8Array.from(extended(functions.kind, () => FunctionKind.task)),
    },
    frames: { ...frames, function: Int32Array.from({ length: frames.length }, (_, row) => foldedOf.get(frames.function[row]!) ?? frames.function[row]!) },
  };
}

/** Tables in which stacks begin at the innermost task on them: what it does, whoever waits for it. Stacks without one stay as they are. */
export function groupByTask(tables: Tables): Tables {
  const { functions, frames, stacks } = tables;
  const isTask = (stack: number): boolean => functions.kind[frames.function[stacks.frame[stack]!]!] === FunctionKind.task;
  return { ...tables, stacks: { ...stacks, parent: Int32Array.from({ length: stacks.length }, (_, stack) => (isTask(stack) ? NONE : stacks.parent[stack]!)) } };
}
