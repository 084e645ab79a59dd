import { LynceusError } from "../../base/errors.ts";
import type { ByteCount } from "../../base/units.ts";
import { stringAt } from "../../profile/tables-builder.ts";
import { FunctionKind, NONE, type ProcessIndex, type Recording, knownNames } from "../../profile/tables.ts";
import { stateWords } from "../foreign-samples.ts";
import type { WriteOptions } from "../format.ts";
import { MessageWriter } from "../protobuf/message-writer.ts";
import { RowNumbers, StringTable } from "../protobuf/numbering.ts";
import { type TimeProfile, timeProfileOf } from "../time-profile.ts";
import { AttributeTable, type AttributeValue, writeAttribute } from "./attributes.ts";
import {
  DataField,
  DictionaryField,
  FunctionField,
  LineField,
  LocationField,
  ProfileField,
  ResourceField,
  ResourceProfilesField,
  SampleField,
  ScopeField,
  ScopeProfilesField,
  StackField,
  ValueTypeField,
  attributeKeys,
} from "./fields.ts";

/** No message of Protocol Buffers may be longer. */
const maxSize: ByteCount = 2 ** 31 - 1;

/** What a profile says besides what is in the recording. */
export interface OtlpDetails {
  /** Of each process's resource, in front of what is known of it. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Command lines can hold secrets: a file has them, what is sent elsewhere has not. */
  readonly hasCommandLines: boolean;
  /** 16 bytes; null: none. */
  readonly makeId: (() => Uint8Array) | null;
}

export function* writeOtlp(recording: Recording, { mode }: WriteOptions): Generator<Uint8Array> {
  yield encodeOtlp(timeProfileOf(recording, mode), { attributes: {}, hasCommandLines: true, makeId: null });
}

/**
 * A resource for each process, with two profiles over the same stacks: their time, and the number of samples. One message: a
 * length stands in front of everything, so nothing of it can be handed out before all is there.
 */
export function encodeOtlp(profile: TimeProfile, details: OtlpDetails): Uint8Array {
  const writer = new MessageWriter();
  const used = new UsedRows(profile);
  for (const [process, rows] of rowsByProcess(profile)) {
    writer.message(DataField.resourceProfiles, (resourceProfiles) => {
      writeResource(resourceProfiles, profile, process, details);
      resourceProfiles.message(ResourceProfilesField.scopeProfiles, (scopeProfiles) => {
        const [, name = profile.meta.creator, version = ""] = /^(\S+) (.*)$/.exec(profile.meta.creator) ?? [];
        scopeProfiles.message(ScopeProfilesField.scope, (scope) => {
          scope.text(ScopeField.name, name);
          scope.text(ScopeField.version, version);
        });
        for (const what of ["time", "samples"] as const)
          scopeProfiles.message(ScopeProfilesField.profile, (message) => writeProfile(message, profile, rows, what, used, details));
      });
    });
  }
  writer.message(DataField.dictionary, (dictionary) => writeDictionary(dictionary, profile, used));
  if (writer.length > maxSize) throw new LynceusError("cannot-write", "the profile is larger than 2 GiB, which OTLP does not allow");
  return writer.take();
}

/** What of the recording's tables is in the dictionary, and where. */
class UsedRows {
  readonly strings = new StringTable();
  readonly attributes = new AttributeTable(this.strings);
  readonly stacks: RowNumbers;
  readonly frames: RowNumbers;
  readonly functions: RowNumbers;

  constructor({ tables }: TimeProfile) {
    this.stacks = new RowNumbers(tables.stacks.length);
    this.frames = new RowNumbers(tables.frames.length);
    this.functions = new RowNumbers(tables.functions.length);
  }
}

function rowsByProcess({ tables, sums }: TimeProfile): ReadonlyMap<ProcessIndex, readonly number[]> {
  const rows = new Map<ProcessIndex, number[]>();
  for (let row = 0; row < sums.length; row++) {
    const { process } = tables.threads[sums.threadAt(row)]!;
    const ofProcess = rows.get(process);
    if (ofProcess === undefined) rows.set(process, [row]);
    else ofProcess.push(row);
  }
  return rows;
}

function writeResource(writer: MessageWriter, { meta, tables }: TimeProfile, process: ProcessIndex, details: OtlpDetails): void {
  const { pid = 0, executable = "", pythonVersion = "", commandLine = [] } = tables.processes[process] ?? {};
  const command = process === 0 ? meta.command : commandLine;
  const known: Readonly<Record<string, AttributeValue>> = {
    [attributeKeys.host]: meta.host,
    [attributeKeys.system]: meta.system,
    [attributeKeys.pid]: pid,
    [attributeKeys.executable]: executable,
    [attributeKeys.runtime]: pythonVersion === "" ? "" : "cpython",
    [attributeKeys.runtimeVersion]: pythonVersion,
    [attributeKeys.command]: details.hasCommandLines ? command : [],
  };
  writer.message(ResourceProfilesField.resource, (resource) => {
    // A key stands once: what the caller says goes before what is known.
    for (const [key, value] of Object.entries({ ...known, ...details.attributes })) {
      if (value !== "" && value !== 0 && !(typeof value === "object" && value.length === 0)) writeAttribute(resource, ResourceField.attribute, key, value);
    }
  });
}

function writeProfile(
  writer: MessageWriter,
  { meta, mode, startedAt, duration, tables, sums }: TimeProfile,
  rows: readonly number[],
  what: "time" | "samples",
  { strings, attributes, stacks }: UsedRows,
  { makeId }: OtlpDetails,
): void {
  const valueType = (field: number, type: string, unit: string): void =>
    writer.message(field, (message) => {
      message.uint(ValueTypeField.type, strings.of(type));
      message.uint(ValueTypeField.unit, strings.of(unit));
    });
  if (what === "time") valueType(ProfileField.sampleType, mode, "nanoseconds");
  else valueType(ProfileField.sampleType, "samples", "count");
  for (const row of rows) {
    const thread = sums.threadAt(row);
    const { tid } = tables.threads[thread]!;
    const name = tables.threadNames[thread] ?? "";
    const ofSample = [attributes.of(attributeKeys.known, knownNames[sums.knownAt(row)] ?? "")];
    const state = sums.stateAt(row);
    if (state !== 0) ofSample.push(attributes.of(attributeKeys.state, stateWords(state)));
    if (tid !== 0) ofSample.push(attributes.of(attributeKeys.threadId, tid));
    if (name !== "") ofSample.push(attributes.of(attributeKeys.threadName, name));
    const stack = sums.stackAt(row);
    writer.message(ProfileField.sample, (sample) => {
      sample.uint(SampleField.stack, stack === NONE ? 0 : stacks.of(stack));
      sample.numbers(SampleField.attribute, ofSample);
      sample.numbers(SampleField.value, [what === "time" ? sums.timeAt(row) : sums.samplesAt(row)]);
    });
  }
  writer.fixed64(ProfileField.time, startedAt);
  writer.uint(ProfileField.duration, duration);
  valueType(ProfileField.periodType, mode, "nanoseconds");
  writer.uint(ProfileField.period, Math.max(0, Math.round(meta.interval)));
  if (makeId !== null) writer.bytes(ProfileField.id, makeId());
}

/** The first of each table is an empty one, so that an index of 0 is "none". */
function writeDictionary(writer: MessageWriter, { tables }: TimeProfile, { strings, attributes, stacks, frames, functions }: UsedRows): void {
  const { parent, frame } = tables.stacks;
  for (const table of [DictionaryField.mapping, DictionaryField.location, DictionaryField.function, DictionaryField.link, DictionaryField.stack])
    writer.message(table, () => {});
  function* locationsOf(stack: number): Generator<number> {
    for (let at = stack; at !== NONE; at = parent[at]!) yield frames.of(frame[at]!);
  }
  for (const stack of stacks.used) {
    writer.message(DictionaryField.stack, (message) => message.numbers(StackField.location, locationsOf(stack)));
    if (writer.length > maxSize) throw new LynceusError("cannot-write", "the profile is larger than 2 GiB, which OTLP does not allow");
  }
  for (const row of frames.used) {
    const of = tables.frames.function[row]!;
    writer.message(DictionaryField.location, (location) => {
      location.message(LocationField.line, (line) => {
        line.uint(LineField.function, functions.of(of));
        line.uint(LineField.line, tables.frames.line[row]!);
        line.uint(LineField.column, tables.frames.column[row]!);
      });
      const type = frameTypes.get(tables.functions.kind[of]!);
      if (type !== undefined) location.numbers(LocationField.attribute, [attributes.of(attributeKeys.frameType, type)]);
    });
  }
  for (const row of functions.used) {
    writer.message(DictionaryField.function, (item) => {
      item.uint(FunctionField.name, strings.of(stringAt(tables, tables.functions.name[row]!)));
      item.uint(FunctionField.filename, strings.of(stringAt(tables, tables.functions.file[row]!)));
      item.uint(FunctionField.startLine, tables.functions.firstLine[row]!);
    });
  }
  attributes.write(writer);
  for (const text of strings.all) writer.item(DictionaryField.string, text);
}

/** As the semantic conventions call them. */
const frameTypes: ReadonlyMap<number, string> = new Map<number, string>([
  [FunctionKind.python, "cpython"],
  [FunctionKind.native, "native"],
  [FunctionKind.kernel, "kernel"],
]);
