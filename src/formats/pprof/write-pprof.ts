import type { ByteCount } from "../../base/units.ts";
import { stringAt } from "../../profile/tables-builder.ts";
import { NONE, type Recording, type StackIndex, knownNames } from "../../profile/tables.ts";
import { stateWords } from "../foreign-samples.ts";
import type { WriteOptions } from "../format.ts";
import { MessageWriter } from "../protobuf/message-writer.ts";
import { RowNumbers, StringTable } from "../protobuf/numbering.ts";
import { type TimeProfile, timeProfileOf } from "../time-profile.ts";
import { FunctionField, LabelField, LineField, LocationField, MappingField, ProfileField, SampleField, ValueTypeField, labelKeys } from "./fields.ts";

const pieceSize: ByteCount = 2 ** 16;

/** Who reads it. */
export type PprofReader =
  /** People: samples have their thread, its state, its process and how they are known, and there are comments. */
  | "people"
  /**
   * A server: it makes a series of each different set of labels, so samples have their process, where there are several. No
   * command line leaves the machine, as it can hold secrets.
   */
  | "server";

export function writePprof(recording: Recording, { mode }: WriteOptions): Iterable<Uint8Array> {
  return encodePprof(timeProfileOf(recording, mode), "people");
}

/**
 * A profile as pprof has it, not gzipped. Each sample has the number of samples and their time. Only the functions that
 * are in some stack of it are written.
 */
export function* encodePprof(profile: TimeProfile, reader: PprofReader): Generator<Uint8Array> {
  const writer = new MessageWriter();
  const strings = new StringTable();
  const locations = new RowNumbers(profile.tables.frames.length);
  writeHead(writer, strings, profile, reader);
  for (let row = 0; row < profile.sums.length; row++) {
    writeSample(writer, strings, locations, profile, row, reader);
    if (writer.length >= pieceSize) yield writer.take();
  }
  const { frames, functions } = profile.tables;
  const places = new RowNumbers(functions.length);
  writer.message(ProfileField.mapping, (mapping) => {
    mapping.uint(MappingField.id, 1);
    mapping.uint(MappingField.filename, strings.of(profile.tables.processes[0]?.executable ?? ""));
    // Else pprof would look for symbols in that file.
    for (const field of [MappingField.hasFunctions, MappingField.hasFilenames, MappingField.hasLineNumbers]) mapping.uint(field, 1);
  });
  for (const frame of locations.used) {
    writer.message(ProfileField.location, (location) => {
      location.uint(LocationField.id, locations.of(frame));
      location.uint(LocationField.mapping, 1);
      location.message(LocationField.line, (line) => {
        line.uint(LineField.function, places.of(frames.function[frame]!));
        line.uint(LineField.line, frames.line[frame]!);
        line.uint(LineField.column, frames.column[frame]!);
      });
    });
    if (writer.length >= pieceSize) yield writer.take();
  }
  for (const index of places.used) {
    writer.message(ProfileField.function, (item) => {
      const name = strings.of(stringAt(profile.tables, functions.name[index]!));
      item.uint(FunctionField.id, places.of(index));
      item.uint(FunctionField.name, name);
      item.uint(FunctionField.systemName, name);
      item.uint(FunctionField.filename, strings.of(stringAt(profile.tables, functions.file[index]!)));
      item.uint(FunctionField.startLine, functions.firstLine[index]!);
    });
    if (writer.length >= pieceSize) yield writer.take();
  }
  for (const text of strings.all) {
    writer.item(ProfileField.string, text);
    if (writer.length >= pieceSize) yield writer.take();
  }
  yield writer.take();
}

function writeHead(writer: MessageWriter, strings: StringTable, { meta, isComplete, mode, startedAt, duration }: TimeProfile, reader: PprofReader): void {
  const valueType = (field: number, type: string, unit: string): void =>
    writer.message(field, (message) => {
      message.uint(ValueTypeField.type, strings.of(type));
      message.uint(ValueTypeField.unit, strings.of(unit));
    });
  valueType(ProfileField.sampleType, "samples", "count");
  valueType(ProfileField.sampleType, mode, "nanoseconds");
  writer.uint64(ProfileField.time, startedAt);
  writer.uint(ProfileField.duration, duration);
  valueType(ProfileField.periodType, mode, "nanoseconds");
  writer.uint(ProfileField.period, Math.max(0, Math.round(meta.interval)));
  const comments = [`creator: ${meta.creator}`, `command: ${JSON.stringify(meta.command)}`, `host: ${meta.host}`, `system: ${meta.system}`];
  if (!isComplete) comments.push("the end of the recording is missing");
  if (reader === "people") {
    writer.numbers(
      ProfileField.comment,
      comments.map((comment) => strings.of(comment)),
    );
  }
  writer.uint(ProfileField.defaultSampleType, strings.of(mode));
}

function writeSample(
  writer: MessageWriter,
  strings: StringTable,
  locations: RowNumbers,
  { tables, sums }: TimeProfile,
  row: number,
  reader: PprofReader,
): void {
  const thread = sums.threadAt(row);
  const { process, tid } = tables.threads[thread]!;
  writer.message(ProfileField.sample, (sample) => {
    sample.numbers(SampleField.location, locationsOf(sums.stackAt(row)));
    sample.numbers(SampleField.value, [sums.samplesAt(row), sums.timeAt(row)]);
    const label = (key: string, field: number, value: number): void => {
      if (value === 0) return;
      sample.message(SampleField.label, (message) => {
        message.uint(LabelField.key, strings.of(key));
        message.uint(field, value);
      });
    };
    if (reader === "people") {
      label(labelKeys.thread, LabelField.text, strings.of(tables.threadNames[thread] ?? ""));
      label(labelKeys.threadId, LabelField.number, tid);
      label(labelKeys.known, LabelField.text, strings.of(knownNames[sums.knownAt(row)] ?? ""));
      label(labelKeys.state, LabelField.text, strings.of(stateWords(sums.stateAt(row))));
    }
    if (reader === "people" || tables.processes.length > 1) label(labelKeys.processId, LabelField.number, tables.processes[process]?.pid ?? 0);
  });

  /** Leaf first. */
  function* locationsOf(stack: StackIndex): Generator<number> {
    for (let at = stack; at !== NONE; at = tables.stacks.parent[at]!) yield locations.of(tables.stacks.frame[at]!);
  }
}
