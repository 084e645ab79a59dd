import { buildCallTree, NodeKind, type CallTree, type CallTreeOptions, type NodeIndex } from "../../src/profile/call-tree.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { StackWeightsBuilder, type StackWeights } from "../../src/profile/stack-weights.ts";
import type { Mode, SampleFilter } from "../../src/profile/sample-filter.ts";
import type { Nanoseconds } from "../../src/base/units.ts";
import { NONE, type FunctionIndex, type ProcessIndex, type ThreadIndex } from "../../src/profile/tables.ts";

/** Which threads are shown. */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "process"; readonly process: ProcessIndex }
  | { readonly kind: "thread"; readonly thread: ThreadIndex };

export function filterOf(mode: Mode, scope: Scope): SampleFilter {
  return {
    mode,
    threads: scope.kind === "thread" ? new Set([scope.thread]) : null,
    processes: scope.kind === "process" ? new Set([scope.process]) : null,
  };
}

export function weighStacks(profile: Profile, filter: SampleFilter): StackWeights {
  const weights = new StackWeightsBuilder(filter, profile);
  weights.add(profile);
  return weights;
}

/** Callers above, by thread. */
export const callsOptions: CallTreeOptions = { by: "function", splitThreads: true, inverted: false, showCollections: true };

export function buildCalls(profile: Profile, weights: StackWeights): CallTree {
  return buildCallTree(profile, weights, callsOptions);
}

/** Upside down, all threads together: who called what was running, by whomever. */
export function callersOptions(maxDepth: number): CallTreeOptions {
  return { by: "function", splitThreads: false, inverted: true, showCollections: true, maxDepth };
}

export function buildCallers(profile: Profile, weights: StackWeights, maxDepth: number): CallTree {
  return buildCallTree(profile, weights, callersOptions(maxDepth));
}

/** The node whose children are the first row: the root, or the process when there is only one. */
export function topNode(tree: CallTree): NodeIndex {
  const first = tree.firstChild[0] ?? NONE;
  return first !== NONE && tree.nextSibling[first] === NONE && tree.kind[first] === NodeKind.process ? first : 0;
}

/** Nodes of the threads that have time, the busiest first. */
export function threadNodes(tree: CallTree): NodeIndex[] {
  const nodes: NodeIndex[] = [];
  for (let node = 0; node < tree.length; node++) if (tree.kind[node] === NodeKind.thread && tree.total[node]! > 0) nodes.push(node);
  return nodes.sort((a, b) => tree.total[b]! - tree.total[a]!);
}

/** Time in which the node was the innermost, garbage collections that struck it included, as in reports. */
export function ownTime(tree: CallTree, node: NodeIndex): Nanoseconds {
  let own = tree.own[node]!;
  for (let child = tree.firstChild[node]!; child !== NONE; child = tree.nextSibling[child]!) {
    if (tree.kind[child] === NodeKind.collection) own += tree.own[child]!;
  }
  return own;
}

/** Null for a process, a thread, a garbage collection. */
export function functionOfNode(tree: CallTree, node: NodeIndex): FunctionIndex | null {
  return tree.kind[node] === NodeKind.function ? tree.ref[node]! : null;
}
