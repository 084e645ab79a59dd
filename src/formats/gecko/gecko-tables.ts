import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { BlockBuilder } from "../../profile/block-builder.ts";
import { type FrameIndex, FunctionKind, NONE, type StackIndex } from "../../profile/tables.ts";
import { foreignKind } from "../foreign-samples.ts";
import { JsonReader } from "../json/json-reader.ts";
import { kindNames } from "../names.ts";
import type { TableIndex, TablesIndex } from "./index-gecko.ts";

/** A stack of the builder's for each row of the file's stack table. Throws `bad-recording`. */
export function buildStacks(
  source: ByteSource,
  index: TablesIndex,
  shared: TablesIndex,
  categories: readonly string[],
  builder: BlockBuilder,
): readonly StackIndex[] {
  const tableOf = (name: string): TableIndex => index.tables.get(name) ?? shared.tables.get(name) ?? new Map();
  const stackTable = tableOf("stackTable");
  const frames = buildFrames(source, { tableOf, strings: index.strings ?? shared.strings, categories }, builder);
  const stacks: StackIndex[] = [];
  const prefixes = openColumn(source, stackTable, "prefix");
  const offsets = openColumn(source, stackTable, "prefixOffset");
  for (const frame of numbers(openColumn(source, stackTable, "frame"))) {
    const row = stacks.length;
    const offset = nextNumber(offsets) ?? 0;
    const prefix = prefixes === null ? (offset === 0 ? null : row - offset) : nextNumber(prefixes);
    stacks.push(builder.stack(prefix === null || prefix === NONE ? NONE : at(stacks, prefix, "stack"), at(frames, frame, "frame")));
  }
  return stacks;
}

interface FileTables {
  readonly tableOf: (name: string) => TableIndex;
  readonly strings: number | null;
  readonly categories: readonly string[];
}

function buildFrames(source: ByteSource, { tableOf, strings: offset, categories }: FileTables, builder: BlockBuilder): readonly FrameIndex[] {
  const strings = offset === null ? [] : [...texts(source, offset)];
  const [funcTable, frameTable] = [tableOf("funcTable"), tableOf("frameTable")];
  const names = numbers(openColumn(source, funcTable, "name"));
  const sources = numbers(openColumn(source, tableOf("sources"), "filename"));
  // Until version 57, files were texts of their own.
  const files = numbers(openColumn(source, funcTable, "fileName"));
  const bySource = numbers(openColumn(source, funcTable, "source"));
  const fileOf = (func: number): string => {
    const file = bySource.length > 0 ? sources[bySource[func] ?? NONE] : files[func];
    return file === undefined || file === NONE ? "" : (strings[file] ?? "");
  };
  const lines = openColumn(source, frameTable, "line");
  const frameCategories = openColumn(source, frameTable, "category");
  const frames: FrameIndex[] = [];
  for (const func of numbers(openColumn(source, frameTable, "func"))) {
    const line = nextNumber(lines) ?? 0;
    const category = categories[nextNumber(frameCategories) ?? NONE];
    const name = strings[at(names, func, "function")] ?? "";
    const file = fileOf(func);
    frames.push(builder.frame(name, file, line > 0 && line < 2 ** 31 ? Math.floor(line) : 0, kindOf(category ?? "", name, file)));
  }
  return frames;
}

/** Our categories are called as the kinds are; those of others say little, as most do not tell Python from other things. */
function kindOf(category: string, name: string, file: string): FunctionKind {
  const kind = kindNames.indexOf(category.toLowerCase());
  if (kind !== -1) return kind as FunctionKind;
  return file === "" ? FunctionKind.native : foreignKind(name, file);
}

/** Null when the table has no such column. */
export function openColumn(source: ByteSource, table: TableIndex, name: string): JsonReader | null {
  const offset = table.get(name);
  if (offset === undefined) return null;
  const reader = new JsonReader(source, offset);
  reader.beginArray();
  return reader;
}

/** Null after the last one, for a null, and where there is no column. */
export function nextNumber(reader: JsonReader | null): number | null {
  if (reader === null || !reader.hasElement()) return null;
  return reader.orNull(() => reader.number());
}

/** NONE for null. */
function numbers(reader: JsonReader | null): number[] {
  const values: number[] = [];
  if (reader === null) return values;
  while (reader.hasElement()) values.push(reader.orNull(() => reader.number()) ?? NONE);
  return values;
}

function* texts(source: ByteSource, offset: number): Generator<string> {
  const reader = new JsonReader(source, offset);
  reader.beginArray();
  while (reader.hasElement()) yield reader.orNull(() => reader.string()) ?? "";
}

function at(list: readonly number[], index: number, name: string): number {
  const value = list[index];
  if (value === undefined) throw new LynceusError("bad-recording", `there is no ${name} ${index}`);
  return value;
}
