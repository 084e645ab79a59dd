import { PairInterner, StringInterner } from "../../base/interner.ts";
import { type Summary, summarize } from "../../profile/stack-weights.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { type FrameIndex, NONE, type Recording, type ThreadIndex } from "../../profile/tables.ts";
import type { WriteOptions } from "../format.ts";
import { plainName } from "../plain-name.ts";
import { joinLines } from "../text-lines.ts";
import { collectionName } from "./collection-name.ts";

const inNames: ReadonlyMap<string, string> = new Map([[";", ","]]);

/**
 * One line per thread and different stack, as flamegraph.pl and its relatives take it:
 *
 *   python:1234;MainThread;main (app.py:9);work (app.py:4) 17
 *
 * Root first; the number is samples or microseconds. Stacks that read the same (their frames differ in columns only)
 * are one line; lines of 0 are left out.
 */
export function writeCollapsed(recording: Recording, options: WriteOptions): Iterable<string> {
  return joinLines(collapsedLines(recording, options));
}

function* collapsedLines(recording: Recording, options: WriteOptions): Generator<string> {
  const summary = summarize(recording, options);
  const { tables, weights } = summary;
  const texts = frameTexts(tables);
  const { stacks, readAs } = stacksByText(tables, texts.ofFrame);
  const lines = new PairInterner();
  const sums: number[] = [];
  for (let row = 0; row < weights.length; row++) {
    const stack = weights.stackAt(row);
    const isCollecting = options.showCollections && weights.isCollectingAt(row);
    const line = lines.intern(weights.threadAt(row), (stack === NONE ? NONE : readAs[stack]!) * 2 + (isCollecting ? 1 : 0));
    sums[line] = (sums[line] ?? 0) + (options.weight === "time" ? weights.timeAt(row) / 1000 : weights.samplesAt(row));
  }
  const labels = threadLabels(summary);
  for (const [line, sum] of sums.entries()) {
    const weight = Math.round(sum);
    if (weight === 0) continue;
    const items: string[] = (lines.secondOf(line) & 1) === 1 ? [collectionName] : [];
    for (let at = lines.secondOf(line) >> 1; at !== NONE; at = stacks.firstOf(at)) items.push(texts.all[stacks.secondOf(at)]!);
    items.push(labels[lines.firstOf(line)]!);
    yield `${items.reverse().join(";")} ${weight}`;
  }
}

function frameTexts(tables: Tables): { readonly all: readonly string[]; readonly ofFrame: Int32Array } {
  const interner = new StringInterner();
  const all: string[] = [];
  const ofFrame = new Int32Array(tables.frames.length);
  for (let frame = 0; frame < ofFrame.length; frame++) {
    const text = frameText(tables, frame);
    const index = interner.intern(text);
    if (index === all.length) all.push(text);
    ofFrame[frame] = index;
  }
  return { all, ofFrame };
}

/** Stacks of texts instead of frames, as pairs (parent, text), and which of them each stack is. */
function stacksByText(tables: Tables, textOfFrame: Int32Array): { readonly stacks: PairInterner; readonly readAs: Int32Array } {
  const { length, parent, frame } = tables.stacks;
  const stacks = new PairInterner();
  const readAs = new Int32Array(length);
  for (let stack = 0; stack < length; stack++) {
    const above = parent[stack]!;
    readAs[stack] = stacks.intern(above === NONE ? NONE : readAs[above]!, textOfFrame[frame[stack]!]!);
  }
  return { stacks, readAs };
}

function frameText(tables: Tables, frame: FrameIndex): string {
  const { functions, frames } = tables;
  const index = frames.function[frame]!;
  const name = plainName(stringAt(tables, functions.name[index]!), inNames) || "<unknown>";
  const file = plainName(stringAt(tables, functions.file[index]!), inNames);
  const line = frames.line[frame]!;
  if (file === "") return name;
  return line === 0 ? `${name} (${file})` : `${name} (${file}:${line})`;
}

/** Threads of a process that have the same name are told apart by their ids. */
function threadLabels({ tables }: Summary): readonly string[] {
  const nameOf = (thread: ThreadIndex): string => plainName(tables.threadNames[thread] ?? "", inNames);
  const counts = new Map<string, number>();
  const keys = tables.threads.map(({ process }, thread) => `${process} ${nameOf(thread)}`);
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return tables.threads.map(({ process, tid }, thread) => {
    const name = nameOf(thread);
    const label = name === "" ? `thread ${tid}` : counts.get(keys[thread]!) === 1 ? name : `${name} (${tid})`;
    return `python:${tables.processes[process]?.pid ?? 0};${label}`;
  });
}
