import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, Known, NONE, type Recording, type RecordingMeta, knownNames } from "../../profile/tables.ts";
import {
  FrameLimit,
  type ForeignSamples,
  blocksOfForeign,
  foreignKind,
  foreignLine,
  mostSpread,
  noTimes,
  stateFromWords,
  stateOfMode,
  unitOfTime,
} from "../foreign-samples.ts";
import { readWhole } from "../protobuf/file-bytes.ts";
import { type Id, MessageReader } from "../protobuf/message-reader.ts";
import { LabelField, ProfileField, SampleField, labelKeys } from "./fields.ts";
import { type PprofTables, type ValueType, readTables } from "./read-tables.ts";

/**
 * A profile of time by anybody: Go's runtime and net/http/pprof, gperftools, converters. It has sums and no times: samples are
 * laid end to end. Memory profiles are refused. Throws `bad-recording`.
 */
export function readPprof(source: ByteSource): Recording {
  const bytes = readWhole(source);
  const tables = readTables(bytes);
  const values = chooseValues(tables);
  return { meta: metaOf(tables, values.mode), isComplete: !tables.comments.includes("the end of the recording is missing"), blocks };

  function* blocks(): Generator<Block> {
    const builder = new BlockBuilder();
    const isSpread = countSamples(bytes, values) <= mostSpread;
    yield* blocksOfForeign(builder, readSamples(bytes, tables, values, builder), isSpread, Math.max(0, tables.duration));
  }
}

/** Which of a sample's values are what, and what one of them is worth. */
interface Values {
  readonly mode: RecordingMeta["mode"];
  /** Null: samples count for a period each. */
  readonly time: number | null;
  readonly cpu: number | null;
  readonly count: number | null;
  readonly unit: Nanoseconds;
}

function chooseValues({ sampleTypes, defaultSampleType, periodType, period }: PprofTables): Values {
  const find = (isIt: (value: ValueType) => boolean): number | null => {
    const at = sampleTypes.findIndex(isIt);
    return at === -1 ? null : at;
  };
  const isTime = ({ unit }: ValueType): boolean => unitOfTime(unit) !== null;
  const count = find(({ unit, type }) => unit === "count" && !/alloc|inuse|object/.test(type));
  const time =
    find((value) => isTime(value) && /wall|real/.test(value.type)) ?? find((value) => isTime(value) && value.type === defaultSampleType) ?? find(isTime);
  if (time !== null) {
    const { type, unit } = sampleTypes[time]!;
    const cpu = find((value) => /cpu/.test(value.type) && value.unit === unit);
    return { mode: type === "gil" ? "gil" : time === cpu ? "cpu" : "wall", time, cpu, count, unit: unitOfTime(unit)! };
  }
  if (count === null) throw noTimes(sampleTypes.map(({ type, unit }) => `${type} in ${unit}`.slice(0, 60)).join(", ") || "nothing");
  const unit = periodType === null || period <= 0 ? null : unitOfTime(periodType.unit);
  // As with collapsed stacks: numbers of nobody knows what are taken for microseconds.
  return { mode: periodType?.type === "cpu" ? "cpu" : "wall", time: null, cpu: null, count, unit: unit === null ? 1000 : unit * period };
}

function metaOf({ comments, time, period, periodType }: PprofTables, mode: RecordingMeta["mode"]): RecordingMeta {
  const told = new Map(comments.map((comment) => [comment.split(": ", 1)[0]!, comment.slice(comment.indexOf(": ") + 2)]));
  const unit = periodType === null ? null : unitOfTime(periodType.unit);
  return {
    creator: told.get("creator") ?? "pprof",
    startedAt: time > 0 ? Math.floor(time / 1e6) : 0,
    interval: unit === null || period <= 0 ? 0 : unit * period,
    mode,
    command: wordsIn(told.get("command") ?? ""),
    host: told.get("host") ?? "",
    system: told.get("system") ?? "",
    extra: told.has("creator") ? {} : Object.fromEntries(comments.slice(0, 20).map((comment, index) => [`pprof.comment.${index + 1}`, comment])),
  };
}

/** As we write a command line; none for anything else. */
function wordsIn(json: string): readonly string[] {
  try {
    const words: unknown = JSON.parse(json);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : [];
  } catch {
    return [];
  }
}

function countSamples(bytes: Uint8Array, { count }: Values): number {
  let samples = 0;
  for (const reader = new MessageReader(bytes); reader.next();) {
    if (reader.field === ProfileField.sample) samples += count === null ? 1 : Math.max(1, valuesOf(reader.message())[count] ?? 1);
  }
  return samples;
}

function valuesOf(reader: MessageReader): readonly number[] {
  const values: number[] = [];
  while (reader.next()) if (reader.field === SampleField.value) reader.numbers((value) => values.length < 100 && values.push(value));
  return values;
}

function* readSamples(bytes: Uint8Array, tables: PprofTables, values: Values, builder: BlockBuilder): Generator<ForeignSamples> {
  const frames = new Map<Id, readonly FrameIndex[]>();
  const limit = new FrameLimit();
  for (const reader = new MessageReader(bytes); reader.next();) {
    if (reader.field !== ProfileField.sample) continue;
    const locations: Id[] = [];
    const numbers: number[] = [];
    const labels = { thread: "", threadId: 0, processId: 0, known: Known.unchecked as Known, state: null as number | null };
    for (const field = reader.message(); field.next();) {
      if (field.field === SampleField.location) field.ids((id) => locations.push(id));
      else if (field.field === SampleField.value) field.numbers((value) => numbers.length < 100 && numbers.push(value));
      else if (field.field === SampleField.label) readLabel(field.message(), tables, labels);
    }
    const count = values.count === null ? 1 : (numbers[values.count] ?? 0);
    const time = (values.time === null ? count : (numbers[values.time] ?? 0)) * values.unit;
    if (time < 0 || count < 0) throw new LynceusError("bad-recording", "this is the difference of two profiles, and cannot be read");
    let stack = NONE;
    let depth = 0;
    for (const location of locations.toReversed()) {
      const known = frames.get(location) ?? framesOf(builder, tables, location);
      frames.set(location, known);
      for (const frame of known) stack = builder.stack(stack, frame);
      depth += known.length;
      if (depth > FrameLimit.deepest) break;
    }
    limit.check(depth, stack);
    const thread = builder.thread(builder.process(labels.processId), 0, labels.threadId, labels.thread);
    const onCpu = values.mode === "cpu" ? time : values.cpu === null ? 0 : Math.max(0, numbers[values.cpu] ?? 0) * values.unit;
    yield { thread, stack, count, wall: time, cpu: onCpu, state: labels.state ?? stateOfMode(values.mode), known: labels.known };
  }
}

/** Caller first. A location without functions, an address, is one frame. */
function framesOf(builder: BlockBuilder, { locations, functions }: PprofTables, id: Id): readonly FrameIndex[] {
  const lines = locations.get(id) ?? [];
  if (lines.length === 0) return [builder.frame("<unknown>", "", 0, foreignKind("", ""))];
  return lines.toReversed().map(({ function: of, line, column }) => {
    const { name, file, firstLine } = functions.get(of) ?? { name: "", file: "", firstLine: 0 };
    return builder.frame(
      name === "" ? "<unknown>" : name,
      file,
      foreignLine(line),
      foreignKind(name, file),
      { endLine: 0, column: foreignLine(column), endColumn: 0 },
      foreignLine(firstLine),
    );
  });
}

interface Labels {
  thread: string;
  threadId: number;
  processId: number;
  known: Known;
  /** Null: the file does not say. */
  state: number | null;
}

/** Those that we write, and what others call the same. */
function readLabel(reader: MessageReader, { strings }: PprofTables, labels: Labels): void {
  const label = { key: 0, text: 0, number: 0 };
  while (reader.next()) {
    if (reader.field === LabelField.key) label.key = reader.int();
    if (reader.field === LabelField.text) label.text = reader.int();
    if (reader.field === LabelField.number) label.number = reader.int();
  }
  const text = strings[label.text] ?? "";
  const number = label.number === 0 && /^\d{1,15}$/.test(text) ? Number(text) : label.number;
  const id = Number.isSafeInteger(number) && number > 0 ? number : 0;
  switch (strings[label.key] ?? "") {
    case labelKeys.thread:
    case "thread name":
    case "thread_name":
      labels.thread = text;
      break;
    case labelKeys.threadId:
    case "thread id":
    case "tid":
      labels.threadId = id;
      break;
    case labelKeys.processId:
    case "process id":
    case "pid":
      labels.processId = id;
      break;
    case labelKeys.state:
      labels.state = stateFromWords(text);
      break;
    case labelKeys.known: {
      const known = knownNames.indexOf(text);
      if (known !== -1) labels.known = known as Known;
      break;
    }
  }
}
