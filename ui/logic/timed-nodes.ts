import { PairInterner } from "../../src/base/interner.ts";
import { NodeKind, type CallTree, type NodeIndex } from "../../src/profile/call-tree.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { neededState, type Mode } from "../../src/profile/sample-filter.ts";
import { NONE } from "../../src/profile/tables.ts";
import type { TimedNodes } from "./time-boxes.ts";

/**
 * The samples that count, each with the node of its stack in the tree (the right way up, by thread) and the lane of
 * its thread. Stacks are found in the tree through the tree's own children; each pair of thread and stack once.
 */
export function timedNodes(profile: Profile, mode: Mode, tree: CallTree, lanes: readonly NodeIndex[]): TimedNodes {
  const { length, time, wall, thread, stack, state } = profile.samples;
  const laneOfThread = new Int32Array(profile.threads.length).fill(NONE);
  for (const [lane, top] of lanes.entries()) laneOfThread[tree.ref[top]!] = lane;
  const findNode = nodeFinder(profile, tree);
  const needed = neededState(mode);
  const pairs = new PairInterner();
  const nodeOfPair: NodeIndex[] = [];
  const node = new Int32Array(length).fill(NONE);
  const lane = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    lane[i] = laneOfThread[thread[i]!]!;
    if (lane[i] === NONE || (state[i]! & needed) !== needed) continue;
    const pair = pairs.intern(lane[i]!, stack[i]!);
    if (pair === nodeOfPair.length) nodeOfPair.push(findNode(lanes[lane[i]!]!, stack[i]!));
    node[i] = nodeOfPair[pair]!;
  }
  return { length, time, wall, node, lane };
}

/** Looks up the path of a stack below a thread's node: all (parent, function) pairs of the tree, hashed once. */
function nodeFinder(profile: Profile, tree: CallTree): (top: NodeIndex, stack: number) => NodeIndex {
  const { stacks, frames } = profile;
  const children = new PairInterner();
  const nodeOf: NodeIndex[] = [];
  for (let node = 0; node < tree.length; node++) {
    if (tree.kind[node] !== NodeKind.function) continue;
    children.intern(tree.parent[node]!, tree.ref[node]!);
    nodeOf.push(node);
  }
  const path: number[] = [];
  return (top, stack) => {
    path.length = 0;
    for (let at = stack; at !== NONE; at = stacks.parent[at]!) path.push(frames.function[stacks.frame[at]!]!);
    let node = top;
    for (let next = path.pop(); next !== undefined; next = path.pop()) {
      const child = children.intern(node, next);
      // Not in the tree only when the tree is of another filter: stop at what is known.
      if (child >= nodeOf.length) return node;
      node = nodeOf[child]!;
    }
    return node;
  };
}
