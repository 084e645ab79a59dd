import { PairInterner, StringInterner } from "../../base/interner.ts";
import { scaleOf, sideOf, usualBasis } from "../../profile/diff.ts";
import { joinTables, joinWeights } from "../../profile/join-tables.ts";
import { type StackWeights, summarize } from "../../profile/stack-weights.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { NONE, type Recording } from "../../profile/tables.ts";
import type { CompareOptions } from "../format.ts";
import { plainName } from "../plain-name.ts";
import { joinLines } from "../text-lines.ts";
import { collectionName } from "./collection-name.ts";

const inNames: ReadonlyMap<string, string> = new Map([[";", ","]]);

/**
 * One line per different stack with two numbers, before and after, as difffolded.pl makes it and flamegraph.pl takes it:
 *
 *   MainThread;main (app.py);work (app.py) 17 23
 *
 * Without lines and process ids, which differ for reasons that do not matter. The earlier numbers are scaled.
 */
export function compareCollapsed(before: Recording, after: Recording, options: CompareOptions): Iterable<string> {
  return joinLines(comparedLines(before, after, options));
}

function* comparedLines(before: Recording, after: Recording, options: CompareOptions): Generator<string> {
  const [first, second] = [summarize(before, options), summarize(after, options)];
  const scale = scaleOf(options.basis ?? usualBasis(first, second), sideOf(first), sideOf(second));
  const tables = joinTables(first.tables, second.tables);
  const texts = new StringInterner();
  const all: string[] = [];
  const textOf = (text: string): number => {
    const index = texts.intern(text);
    if (index === all.length) all.push(text);
    return index;
  };
  const functionTexts = Int32Array.from({ length: tables.functions.length }, (_, index) => textOf(functionText(tables, index)));
  const threadTexts = tables.threadNames.map((name) => textOf(plainName(name, inNames)));
  const collection = textOf(collectionName);

  const paths = new PairInterner();
  const sums: [before: number, after: number][] = [];
  const pathOf = (thread: number, stack: number): number => {
    const frames: number[] = [];
    for (let at = stack; at !== NONE; at = tables.stacks.parent[at]!) frames.push(functionTexts[tables.frames.function[tables.stacks.frame[at]!]!]!);
    let path = paths.intern(NONE, threadTexts[thread]!);
    for (let frame = frames.pop(); frame !== undefined; frame = frames.pop()) path = paths.intern(path, frame);
    return path;
  };
  const add = (weights: StackWeights, side: 0 | 1): void => {
    for (let row = 0; row < weights.length; row++) {
      let path = pathOf(weights.threadAt(row), weights.stackAt(row));
      if (options.showCollections && weights.isCollectingAt(row)) path = paths.intern(path, collection);
      const sum = (sums[path] ??= [0, 0]);
      sum[side] += options.weight === "time" ? weights.timeAt(row) / 1000 : weights.samplesAt(row);
    }
  };
  add(joinWeights(first.weights, tables.before, scale), 0);
  add(joinWeights(second.weights, tables.after), 1);
  for (let path = 0; path < paths.size; path++) {
    const [a, b] = (sums[path] ?? [0, 0]).map(Math.round) as [number, number];
    if (a === 0 && b === 0) continue;
    const items: string[] = [];
    for (let at = path; at !== NONE; at = paths.firstOf(at)) items.push(all[paths.secondOf(at)]!);
    yield `${items.reverse().join(";")} ${a} ${b}`;
  }
}

function functionText(tables: Tables, index: number): string {
  const name = plainName(stringAt(tables, tables.functions.name[index]!), inNames) || "<unknown>";
  const file = plainName(stringAt(tables, tables.functions.file[index]!), inNames);
  return file === "" ? name : `${name} (${file})`;
}
