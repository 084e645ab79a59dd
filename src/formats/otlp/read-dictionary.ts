import { LynceusError } from "../../base/errors.ts";
import { MessageReader } from "../protobuf/message-reader.ts";
import { AnyValueField, AttributeField, DictionaryField, FunctionField, LineField, ListField, LocationField, StackField } from "./fields.ts";

export interface OtlpLine {
  readonly function: number;
  readonly line: number;
  readonly column: number;
}

/** Tables that samples name by index; an index that is not there is none. */
export interface OtlpDictionary {
  readonly strings: readonly string[];
  /** Locations, leaf first, as they are in the file: as many as bytes, so they are decoded when they are used. */
  readonly stacks: readonly Uint8Array[];
  readonly locations: readonly (readonly OtlpLine[])[];
  /** As indices of strings. */
  readonly functions: readonly { readonly name: number; readonly file: number; readonly firstLine: number }[];
  readonly attributes: readonly { readonly key: number; readonly value: string | number }[];
}

const limits = { strings: 2 ** 22, characters: 2 ** 28, stacks: 2 ** 20, locations: 2 ** 20, functions: 2 ** 20, attributes: 2 ** 22, lines: 256 };

export function readDictionary(reader: MessageReader): OtlpDictionary {
  const strings: string[] = [];
  const stacks: Uint8Array[] = [];
  const locations: (readonly OtlpLine[])[] = [];
  const functions: { name: number; file: number; firstLine: number }[] = [];
  const attributes: { key: number; value: string | number }[] = [];
  let characters = 0;
  while (reader.next()) {
    switch (reader.field) {
      case DictionaryField.string:
        strings.push(reader.text());
        characters += strings.at(-1)!.length;
        break;
      case DictionaryField.stack:
        stacks.push(reader.bytes());
        break;
      case DictionaryField.location:
        locations.push(readLines(reader.message()));
        break;
      case DictionaryField.function:
        functions.push(readFunction(reader.message()));
        break;
      case DictionaryField.attribute:
        attributes.push(readAttribute(reader.message()));
        break;
    }
    if (strings.length > limits.strings || characters > limits.characters) throw tooMany("strings");
    if (stacks.length > limits.stacks) throw tooMany("stacks");
    if (locations.length > limits.locations) throw tooMany("locations");
    if (functions.length > limits.functions) throw tooMany("functions");
    if (attributes.length > limits.attributes) throw tooMany("attributes");
  }
  return { strings, stacks, locations, functions, attributes };
}

/** Calls `take` with each location of a stack, leaf first. */
export function readLocations(stack: Uint8Array, take: (location: number) => void): void {
  for (const reader = new MessageReader(stack); reader.next();) if (reader.field === StackField.location) reader.numbers(take);
}

function readLines(reader: MessageReader): readonly OtlpLine[] {
  const lines: OtlpLine[] = [];
  while (reader.next()) {
    if (reader.field !== LocationField.line) continue;
    const row = { function: 0, line: 0, column: 0 };
    for (const line = reader.message(); line.next();) {
      if (line.field === LineField.function) row.function = line.int();
      if (line.field === LineField.line) row.line = line.int();
      if (line.field === LineField.column) row.column = line.int();
    }
    if (lines.push(row) > limits.lines) throw tooMany("lines in a location");
  }
  return lines;
}

function readFunction(reader: MessageReader): { name: number; file: number; firstLine: number } {
  const row = { name: 0, systemName: 0, file: 0, firstLine: 0 };
  while (reader.next()) {
    if (reader.field === FunctionField.name) row.name = reader.int();
    if (reader.field === FunctionField.systemName) row.systemName = reader.int();
    if (reader.field === FunctionField.filename) row.file = reader.int();
    if (reader.field === FunctionField.startLine) row.firstLine = reader.int();
  }
  return { ...row, name: row.name === 0 ? row.systemName : row.name };
}

function readAttribute(reader: MessageReader): { key: number; value: string | number } {
  const row = { key: 0, value: "" as string | number };
  while (reader.next()) {
    if (reader.field === AttributeField.key) row.key = reader.int();
    if (reader.field === AttributeField.value) {
      const value = readAnyValue(reader.message(), []);
      row.value = typeof value === "object" ? "" : value;
    }
  }
  return row;
}

/** Text (in place, or in `strings`), whole numbers and lists of text; anything else is empty. */
export function readAnyValue(reader: MessageReader, strings: readonly string[]): string | number | readonly string[] {
  let value: string | number | readonly string[] = "";
  while (reader.next()) {
    if (reader.field === AnyValueField.text) value = reader.text();
    if (reader.field === AnyValueField.number) value = reader.int();
    if (reader.field === AnyValueField.textIndex) value = strings[reader.int()] ?? "";
    if (reader.field === AnyValueField.list) value = readList(reader.message(), strings);
  }
  return value;
}

function readList(reader: MessageReader, strings: readonly string[]): readonly string[] {
  const list: string[] = [];
  while (reader.next()) {
    if (reader.field !== ListField.value || list.length >= 10_000) continue;
    // Lists in lists are not followed: a file could have them as deep as it is long.
    for (const item = reader.message(); item.next();) {
      if (item.field === AnyValueField.text) list.push(item.text());
      if (item.field === AnyValueField.textIndex) list.push(strings[item.int()] ?? "");
    }
  }
  return list;
}

function tooMany(what: string): LynceusError {
  return new LynceusError("bad-recording", `the file has too many ${what}`);
}
