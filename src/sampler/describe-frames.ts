import { type Block, NONE, type StackIndex } from "../profile/tables.ts";
import type { WhereFrame } from "./where.ts";

/** The frames of a stack of `block`, root first. */
export function describeFrames({ stacks, frames, functions, strings }: Block, leaf: StackIndex): WhereFrame[] {
  const found: WhereFrame[] = [];
  for (let stack = leaf; stack !== NONE; stack = stacks.parent[stack]!) {
    const frame = stacks.frame[stack]!;
    const func = frames.function[frame]!;
    found.push({
      name: strings[functions.name[func]!]!,
      file: strings[functions.file[func]!]!,
      line: frames.line[frame]!,
      endLine: frames.endLine[frame]!,
      column: frames.column[frame]!,
      endColumn: frames.endColumn[frame]!,
      kind: functions.kind[func]! as WhereFrame["kind"],
    });
  }
  return found.toReversed();
}
