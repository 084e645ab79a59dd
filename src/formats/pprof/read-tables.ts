import { LynceusError } from "../../base/errors.ts";
import { type Id, MessageReader } from "../protobuf/message-reader.ts";
import { FunctionField, LineField, LocationField, ProfileField, ValueTypeField } from "./fields.ts";

export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** One function call: a location has several where calls were inlined, the innermost first. */
export interface PprofLine {
  readonly function: Id;
  readonly line: number;
  readonly column: number;
}

interface PprofFunction {
  readonly name: string;
  readonly file: string;
  readonly firstLine: number;
}

/** All of a profile but its samples. */
export interface PprofTables {
  readonly strings: readonly string[];
  readonly sampleTypes: readonly ValueType[];
  readonly defaultSampleType: string;
  readonly locations: ReadonlyMap<Id, readonly PprofLine[]>;
  readonly functions: ReadonlyMap<Id, PprofFunction>;
  readonly periodType: ValueType | null;
  readonly period: number;
  readonly duration: number;
  /** Unix time in nanoseconds. */
  readonly time: number;
  readonly comments: readonly string[];
}

/** What is refused is damaged, or made to hurt: a file may name far more than fits in memory. */
const limits = {
  samples: 2 ** 22,
  strings: 2 ** 22,
  characters: 2 ** 28,
  locations: 2 ** 20,
  functions: 2 ** 20,
  linesPerLocation: 256,
  comments: 1000,
  sampleTypes: 100,
};

/** Tables may stand behind the samples, so they are read first, and names only when all strings are there. */
export function readTables(bytes: Uint8Array): PprofTables {
  const strings: string[] = [];
  const types: [number, number][] = [];
  const functions: FunctionRow[] = [];
  const locations = new Map<Id, readonly PprofLine[]>();
  const comments: number[] = [];
  let periodType: [number, number] | null = null;
  let characters = 0;
  let [samples, locationCount] = [0, 0];
  const numbers = { defaultSampleType: 0, period: 0, duration: 0, time: 0 };
  for (const reader = new MessageReader(bytes); reader.next();) {
    switch (reader.field) {
      case ProfileField.sample:
        samples++;
        break;
      case ProfileField.string: {
        const text = reader.text();
        characters += text.length;
        strings.push(text);
        break;
      }
      case ProfileField.sampleType:
        types.push(readValueType(reader.message()));
        break;
      case ProfileField.periodType:
        periodType = readValueType(reader.message());
        break;
      case ProfileField.function:
        functions.push(readFunction(reader.message()));
        break;
      case ProfileField.location:
        readLocation(reader.message(), locations);
        // Those that have an id in common count as well: reading them takes time.
        locationCount++;
        break;
      case ProfileField.comment:
        reader.numbers((index) => {
          if (comments.length < limits.comments) comments.push(index);
        });
        break;
      case ProfileField.defaultSampleType:
        numbers.defaultSampleType = reader.int();
        break;
      case ProfileField.period:
        numbers.period = reader.int();
        break;
      case ProfileField.duration:
        numbers.duration = reader.int();
        break;
      case ProfileField.time:
        numbers.time = reader.int();
        break;
    }
    if (strings.length > limits.strings || characters > limits.characters) throw tooMuch("strings");
    if (samples > limits.samples) throw tooMuch("samples");
    if (locationCount > limits.locations) throw tooMuch("locations");
    if (functions.length > limits.functions) throw tooMuch("functions");
    if (types.length > limits.sampleTypes) throw tooMuch("sample types");
  }
  const text = (index: number): string => strings[index] ?? "";
  const named = ([type, unit]: readonly [number, number]): ValueType => ({ type: text(type), unit: text(unit) });
  return {
    strings,
    sampleTypes: types.map(named),
    locations,
    functions: new Map(functions.map(({ id, name, file, firstLine }) => [id, { name: text(name), file: text(file), firstLine }])),
    periodType: periodType === null ? null : named(periodType),
    comments: comments.map(text),
    ...numbers,
    defaultSampleType: text(numbers.defaultSampleType),
  };
}

function readValueType(reader: MessageReader): [number, number] {
  let [type, unit] = [0, 0];
  while (reader.next()) {
    if (reader.field === ValueTypeField.type) type = reader.int();
    if (reader.field === ValueTypeField.unit) unit = reader.int();
  }
  return [type, unit];
}

/** Name and file as indices of strings. */
interface FunctionRow {
  readonly id: Id;
  readonly name: number;
  readonly file: number;
  readonly firstLine: number;
}

function readFunction(reader: MessageReader): FunctionRow {
  const row = { id: 0 as Id, name: 0, systemName: 0, file: 0, firstLine: 0 };
  while (reader.next()) {
    if (reader.field === FunctionField.id) row.id = reader.id();
    if (reader.field === FunctionField.name) row.name = reader.int();
    if (reader.field === FunctionField.systemName) row.systemName = reader.int();
    if (reader.field === FunctionField.filename) row.file = reader.int();
    if (reader.field === FunctionField.startLine) row.firstLine = reader.int();
  }
  return { ...row, name: row.name === 0 ? row.systemName : row.name };
}

function readLocation(reader: MessageReader, locations: Map<Id, readonly PprofLine[]>): void {
  let id: Id = 0;
  const lines: PprofLine[] = [];
  while (reader.next()) {
    if (reader.field === LocationField.id) id = reader.id();
    if (reader.field !== LocationField.line) continue;
    if (lines.length === limits.linesPerLocation) throw tooMuch("lines in a location");
    lines.push(readLine(reader.message()));
  }
  locations.set(id, lines);
}

function readLine(reader: MessageReader): PprofLine {
  const row = { function: 0 as Id, line: 0, column: 0 };
  while (reader.next()) {
    if (reader.field === LineField.function) row.function = reader.id();
    if (reader.field === LineField.line) row.line = reader.int();
    if (reader.field === LineField.column) row.column = reader.int();
  }
  return row;
}

function tooMuch(what: string): LynceusError {
  return new LynceusError("bad-recording", `the file has too many ${what}`);
}
