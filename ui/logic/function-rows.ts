import { NodeKind, type CallTree } from "../../src/profile/call-tree.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { StackWeights } from "../../src/profile/stack-weights.ts";
import { NONE, type FunctionIndex } from "../../src/profile/tables.ts";
import type { Nanoseconds } from "../../src/base/units.ts";
import { ownTime } from "./call-trees.ts";

/** Own and total time by function; recursion counts once. */
export interface FunctionTimes {
  readonly own: Float64Array;
  readonly total: Float64Array;
  /** Functions with time, by own time, the most first. */
  readonly order: readonly FunctionIndex[];
}

/**
 * `tree` is the right way up. Walks it depth first with a count of how often each function is open above: only the
 * outermost call of a recursion adds to the total. A garbage collection is own time of the function it struck.
 */
export function timesByFunction(tree: CallTree, functions: number): FunctionTimes {
  const own = new Float64Array(functions);
  const total = new Float64Array(functions);
  const open = new Int32Array(functions);
  const enter = (node: number): void => {
    const index = tree.ref[node]!;
    if (tree.kind[node] !== NodeKind.function) return;
    own[index]! += ownTime(tree, node);
    if (open[index]!++ === 0) total[index]! += tree.total[node]!;
  };
  const leave = (node: number): void => {
    if (tree.kind[node] === NodeKind.function) open[tree.ref[node]!]! -= 1;
  };
  for (let node = tree.length > 0 ? 0 : NONE; node !== NONE;) {
    enter(node);
    let next = tree.firstChild[node]!;
    for (let at = node; next === NONE && at !== NONE; at = tree.parent[at]!) {
      leave(at);
      next = tree.nextSibling[at]!;
    }
    node = next;
  }
  const order = [...total.keys()].filter((index) => total[index]! > 0).sort((a, b) => own[b]! - own[a]! || total[b]! - total[a]!);
  return { own, total, order };
}

export interface LineTime {
  readonly line: number;
  readonly own: Nanoseconds;
  /** Time with this line of the function anywhere on the stack; recursion counts once. */
  readonly total: Nanoseconds;
}

/** Where in a function the time goes, by line, the heaviest first. */
export function timesByLine(profile: Profile, weights: StackWeights, wanted: FunctionIndex): LineTime[] {
  const { stacks, frames } = profile;
  const own = new Map<number, number>();
  const total = new Map<number, number>();
  const add = (sums: Map<number, number>, line: number, weight: number): void => void sums.set(line, (sums.get(line) ?? 0) + weight);
  // Lines of the function on the way to the root, per stack, shared between stacks with the same ones.
  const linesOf: (readonly number[])[] = new Array<readonly number[]>(stacks.length);
  const none: readonly number[] = [];
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack]!;
    const above = parent === NONE ? none : linesOf[parent]!;
    const frame = stacks.frame[stack]!;
    const line = frames.line[frame]!;
    linesOf[stack] = frames.function[frame] === wanted && !above.includes(line) ? [...above, line] : above;
  }
  for (let row = 0; row < weights.length; row++) {
    const stack = weights.stackAt(row);
    const time = weights.timeAt(row);
    if (stack === NONE) continue;
    const frame = stacks.frame[stack]!;
    if (frames.function[frame] === wanted) add(own, frames.line[frame]!, time);
    for (const line of linesOf[stack]!) add(total, line, time);
  }
  return [...total].map(([line, time]) => ({ line, own: own.get(line) ?? 0, total: time })).sort((a, b) => b.own - a.own || b.total - a.total);
}
