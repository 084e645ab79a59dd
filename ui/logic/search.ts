import { NONE } from "../../src/profile/tables.ts";
import { fail, ok, type Result } from "../../src/base/result.ts";
import type { WeightedTree } from "./flame-boxes.ts";

export type Matcher = (text: string) => boolean;

/**
 * Text is literal, in any case, unless it is written as `/pattern/` (also without case; `/pattern/c` heeds it). An
 * empty query gives null: no search.
 */
export function parseQuery(query: string): Result<Matcher | null> {
  const text = query.trim();
  if (text === "") return ok(null);
  const pattern = /^\/(.+)\/(c?)$/.exec(text);
  if (pattern === null) {
    const needle = text.toLowerCase();
    return ok((candidate) => candidate.toLowerCase().includes(needle));
  }
  try {
    const expression = new RegExp(pattern[1]!, pattern[2] === "c" ? "u" : "iu");
    return ok((candidate) => expression.test(candidate));
  } catch {
    return fail("not a valid pattern");
  }
}

/** The share of the tree's weight that lies in or below a matching node, and the outermost of those, heaviest first. */
export interface Matches {
  readonly share: number;
  readonly outermost: readonly number[];
}

export function findMatches(tree: WeightedTree, isMatch: (node: number) => boolean): Matches {
  const covered = new Uint8Array(tree.length);
  const outermost: number[] = [];
  let matched = 0;
  let whole = 0;
  for (let node = 0; node < tree.length; node++) {
    const parent = tree.parent[node]!;
    if (parent === NONE) whole += tree.total[node]!;
    if (parent !== NONE && covered[parent] === 1) covered[node] = 1;
    else if (tree.total[node]! > 0 && isMatch(node)) {
      covered[node] = 1;
      matched += tree.total[node]!;
      outermost.push(node);
    }
  }
  outermost.sort((a, b) => tree.total[b]! - tree.total[a]!);
  return { share: whole > 0 ? matched / whole : 0, outermost };
}
