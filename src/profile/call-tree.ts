import { PairInterner } from "../base/interner.ts";
import type { Nanoseconds } from "../base/units.ts";
import { enlarged } from "./growing.ts";
import type { StackWeights } from "./stack-weights.ts";
import type { Tables } from "./tables-builder.ts";
import { NONE } from "./tables.ts";

/** What a node stands for, in column `kind`; `ref` is then an index in that table, or 0. */
export const NodeKind = {
  root: 0,
  process: 1,
  thread: 2,
  /** `ref` is a FunctionIndex. */
  function: 3,
  /** `ref` is a FrameIndex: one node per line instead of per function. */
  frame: 4,
  /** Garbage was collected here. */
  collection: 5,
} as const;
export type NodeKind = (typeof NodeKind)[keyof typeof NodeKind];

export type NodeIndex = number;

/**
 * Who called whom, for how long. Columns; node 0 is the root; a node stands after its parent. Children of a node are
 * `firstChild`, then `nextSibling`, in no particular order.
 */
export interface CallTree {
  readonly length: number;
  readonly kind: Uint8Array;
  readonly ref: Int32Array;
  readonly parent: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  /** Nanoseconds here, and here or below. */
  readonly own: Float64Array;
  readonly total: Float64Array;
  readonly ownSamples: Float64Array;
  readonly totalSamples: Float64Array;
}

export interface CallTreeOptions {
  /** What is joined in one node. */
  readonly by: "function" | "frame";
  /** A node per process and thread above the frames. */
  readonly splitThreads: boolean;
  /** Leaf first: the children of a function are its callers. */
  readonly inverted: boolean;
  /** A node for garbage collections, as the newest frame. */
  readonly showCollections: boolean;
  /** Inverted: callers further away than this are left out, since every stack is spelled out. Default 256. */
  readonly maxDepth?: number;
}

export function buildCallTree(tables: Tables, weights: StackWeights, options: CallTreeOptions): CallTree {
  const nodes = new NodeTable();
  const refs = options.by === "function" ? tables.frames.function : null;
  const kind = options.by === "function" ? NodeKind.function : NodeKind.frame;
  const add = options.inverted ? invertedPath : topDownPath;
  const path = add(
    tables,
    nodes,
    (stack) => {
      const frame = tables.stacks.frame[stack]!;
      return nodeKey(kind, refs === null ? frame : refs[frame]!);
    },
    options.maxDepth ?? 256,
  );
  for (const row of rowsByThread(tables, weights)) {
    const thread = weights.threadAt(row);
    const base = options.splitThreads ? threadNode(tables, nodes, thread) : 0;
    const isCollecting = options.showCollections && weights.isCollectingAt(row);
    path(base, weights.stackAt(row), isCollecting, weights.timeAt(row), weights.samplesAt(row));
  }
  return nodes.finish();
}

type Path = (base: NodeIndex, stack: number, isCollecting: boolean, time: Nanoseconds, samples: number) => void;
type PathBuilder = (tables: Tables, nodes: NodeTable, keyOf: (stack: number) => number, maxDepth: number) => Path;

/** Root first. The node of every stack is remembered for the current base, so each stack is walked once per base. */
const topDownPath: PathBuilder = (tables, nodes, keyOf) => {
  const { parent } = tables.stacks;
  const nodeOf = new Int32Array(tables.stacks.length);
  const baseOf = new Int32Array(tables.stacks.length).fill(NONE);
  const walked: number[] = [];
  return (base, stack, isCollecting, time, samples) => {
    let at = stack;
    for (; at !== NONE && baseOf[at] !== base; at = parent[at]!) walked.push(at);
    let node = at === NONE ? base : nodeOf[at]!;
    for (let next = walked.pop(); next !== undefined; next = walked.pop()) {
      node = nodes.child(node, keyOf(next));
      nodeOf[next] = node;
      baseOf[next] = base;
    }
    if (isCollecting) node = nodes.child(node, nodeKey(NodeKind.collection, 0));
    nodes.addWeight(node, time, samples);
  };
};

/** Leaf first. The weight belongs to the leaf's function; its callers say whose it is: `own` is where the walk ends. */
const invertedPath: PathBuilder = (tables, nodes, keyOf, maxDepth) => {
  const { parent } = tables.stacks;
  return (base, stack, isCollecting, time, samples) => {
    let node = isCollecting ? nodes.child(base, nodeKey(NodeKind.collection, 0)) : base;
    let depth = 0;
    for (let at = stack; at !== NONE && depth < maxDepth; at = parent[at]!, depth++) node = nodes.child(node, keyOf(at));
    nodes.addWeight(node, time, samples);
  };
};

function threadNode(tables: Tables, nodes: NodeTable, thread: number): NodeIndex {
  const process = nodes.child(0, nodeKey(NodeKind.process, tables.threads[thread]?.process ?? 0));
  return nodes.child(process, nodeKey(NodeKind.thread, thread));
}

/** Rows of one thread one after the other, so that `topDownPath` meets each base once. */
function rowsByThread(tables: Tables, weights: StackWeights): Int32Array {
  const starts = new Int32Array(tables.threads.length + 1);
  for (let row = 0; row < weights.length; row++) starts[weights.threadAt(row) + 1]! += 1;
  for (let thread = 1; thread < starts.length; thread++) starts[thread]! += starts[thread - 1]!;
  const rows = new Int32Array(weights.length);
  for (let row = 0; row < weights.length; row++) rows[starts[weights.threadAt(row)]!++] = row;
  return rows;
}

/** Kind and ref in one int32: refs stay below 2^24 (see the limits of a recording). */
function nodeKey(kind: NodeKind, ref: number): number {
  return kind * 2 ** 24 + ref;
}

/** The tree in the making: a node is a pair of its parent and its key. */
class NodeTable {
  readonly #pairs = new PairInterner();
  #own = new Float64Array(1024);
  #ownSamples = new Float64Array(1024);

  constructor() {
    this.#pairs.intern(NONE, nodeKey(NodeKind.root, 0));
  }

  child(parent: NodeIndex, key: number): NodeIndex {
    return this.#pairs.intern(parent, key);
  }

  addWeight(node: NodeIndex, time: Nanoseconds, samples: number): void {
    if (node >= this.#own.length) {
      this.#own = enlarged(this.#own, node * 2);
      this.#ownSamples = enlarged(this.#ownSamples, node * 2);
    }
    this.#own[node]! += time;
    this.#ownSamples[node]! += samples;
  }

  finish(): CallTree {
    const length = this.#pairs.size;
    const kind = new Uint8Array(length);
    const ref = new Int32Array(length);
    const parent = new Int32Array(length);
    const firstChild = new Int32Array(length).fill(NONE);
    const nextSibling = new Int32Array(length).fill(NONE);
    const own = enlarged(this.#own.subarray(0, length), length);
    const ownSamples = enlarged(this.#ownSamples.subarray(0, length), length);
    const total = own.slice();
    const totalSamples = ownSamples.slice();
    // Children stand after their parents, so going backwards every total is whole before it is passed on.
    for (let node = length - 1; node >= 0; node--) {
      const above = this.#pairs.firstOf(node);
      const key = this.#pairs.secondOf(node);
      kind[node] = key >> 24;
      ref[node] = key & 0xffffff;
      parent[node] = above;
      if (above === NONE) continue;
      nextSibling[node] = firstChild[above]!;
      firstChild[above] = node;
      total[above]! += total[node]!;
      totalSamples[above]! += totalSamples[node]!;
    }
    return { length, kind, ref, parent, firstChild, nextSibling, own, total, ownSamples, totalSamples };
  }
}
