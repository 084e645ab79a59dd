import type { Tables } from "../../profile/tables-builder.ts";
import { FunctionKind, NONE, type Recording, type ThreadIndex } from "../../profile/tables.ts";
import type { WriteOptions } from "../format.ts";
import { jsonColumns, jsonList } from "../json/json-pieces.ts";
import { type TaskSpell, taskSpells } from "../task-spells.ts";
import { outlineOf, samplesByThread } from "../thread-samples.ts";
import { threadTitles } from "../thread-titles.ts";
import { kindCategories, metaText } from "./gecko-meta.ts";
import { ProcessIds, markerNames, taskTexts, threadPieces } from "./gecko-threads.ts";

/**
 * A processed profile: our tables are its shared tables, row by row, then a thread after the other. Weights are milliseconds of the mode.
 * What it has no word for is in members of our own, "lynceus", "known" and "state", which it leaves alone.
 */
export function* writeGecko(recording: Recording, options: WriteOptions): Generator<string> {
  yield '{"meta":';
  const outline = outlineOf(recording, options.mode);
  const { tables, counts, weights } = outline;
  const written = Array.from(counts.keys()).filter((thread) => counts[thread]! > 0);
  const busiest = Array.from(written.keys()).sort((a, b) => weights[written[b]!]! - weights[written[a]!]!);
  yield metaText(recording, options, outline, busiest);
  yield `,"libs":[],"pages":[],"counters":[],"shared":`;
  yield* sharedTables(tables);
  yield `,"threads":[`;
  const [titles, ids] = [threadTitles({ ...tables, processes: [] }), new ProcessIds(tables)];
  const spells = tables.tasks.length > 0 ? taskSpells(recording) : new Map<ThreadIndex, readonly TaskSpell[]>();
  const taskText = new Map(taskTexts(tables).map((text, index) => [text, index]));
  let before = "\n";
  for (const samples of samplesByThread(recording, outline, options.mode)) {
    yield before;
    const { thread } = samples;
    yield* threadPieces(samples, tables, { mode: options.mode, title: titles[thread]!, ids, spells: spells.get(thread) ?? [], taskText });
    before = ",\n";
  }
  yield "]}\n";
}

function* sharedTables(tables: Tables): Generator<string> {
  const { strings, functions, frames, stacks } = tables;
  const sources = new Map<number, number>();
  for (let row = 0; row < functions.length; row++)
    if (strings[functions.file[row]!] !== "" && !sources.has(functions.file[row]!)) sources.set(functions.file[row]!, sources.size);
  yield `{"stringArray":`;
  yield* jsonList(texts([strings, markerNames, taskTexts(tables)]));
  yield `,"sources":`;
  const ones = rows(sources.size, () => 1);
  const nulls = rows(sources.size, () => "null");
  yield* jsonColumns(sources.size, { id: nulls, filename: sources.keys(), startLine: ones, startColumn: ones, sourceMapURL: nulls });
  yield `,"funcTable":`;
  yield* jsonColumns(functions.length, {
    name: rows(functions.length, (row) => functions.name[row]!),
    isJS: rows(functions.length, () => "false"),
    relevantForJS: rows(functions.length, () => "false"),
    resource: rows(functions.length, () => -1),
    source: rows(functions.length, (row) => sources.get(functions.file[row]!) ?? "null"),
    lineNumber: rows(functions.length, (row) => functions.firstLine[row]! || "null"),
    columnNumber: rows(functions.length, () => "null"),
  });
  yield `,"frameTable":`;
  yield* jsonColumns(frames.length, {
    address: rows(frames.length, () => -1),
    inlineDepth: rows(frames.length, () => 0),
    category: rows(frames.length, (row) => kindCategories[(functions.kind[frames.function[row]!] ?? FunctionKind.python) as FunctionKind]),
    subcategory: rows(frames.length, () => 0),
    func: rows(frames.length, (row) => frames.function[row]!),
    nativeSymbol: rows(frames.length, () => "null"),
    innerWindowID: rows(frames.length, () => 0),
    line: rows(frames.length, (row) => frames.line[row]! || "null"),
    column: rows(frames.length, (row) => frames.column[row]! || "null"),
  });
  yield `,"stackTable":`;
  yield* jsonColumns(stacks.length, {
    frame: rows(stacks.length, (row) => stacks.frame[row]!),
    prefix: rows(stacks.length, (row) => (stacks.parent[row] === NONE ? "null" : stacks.parent[row]!)),
  });
  yield `,"resourceTable":{"length":0,"lib":[],"name":[],"host":[],"type":[]}`;
  yield `,"nativeSymbols":{"length":0,"libIndex":[],"address":[],"name":[],"functionSize":[]}}`;
}

/** May be gone through as often as it is asked for. */
function rows(length: number, value: (row: number) => string | number): Iterable<string | number> {
  return {
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield value(row);
    },
  };
}

function* texts(lists: readonly (readonly string[])[]): Generator<string> {
  for (const list of lists) for (const text of list) yield JSON.stringify(text);
}
