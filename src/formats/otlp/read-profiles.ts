import { LynceusError } from "../../base/errors.ts";
import type { Nanoseconds } from "../../base/units.ts";
import type { RecordingMeta } from "../../profile/tables.ts";
import { unitOfTime } from "../foreign-samples.ts";
import type { MessageReader } from "../protobuf/message-reader.ts";
import { KeyValueField, ProfileField, ResourceField, ResourceProfilesField, SampleField, ScopeField, ScopeProfilesField, ValueTypeField } from "./fields.ts";
import { type OtlpDictionary, readAnyValue } from "./read-dictionary.ts";

/** A process, usually. */
export interface Resource {
  readonly attributes: ReadonlyMap<string, string | number | readonly string[]>;
  /** Name and version of the profiler. */
  readonly creator: string;
  readonly profiles: readonly ProfileSamples[];
}

/** A profile as columns, a row per sample. */
export interface ProfileSamples {
  readonly type: string;
  /** What 1 of its values is. Null: it is not of time. */
  readonly unit: Nanoseconds | null;
  readonly isCount: boolean;
  readonly mode: RecordingMeta["mode"];
  /** Unix time in nanoseconds. */
  readonly startedAt: number;
  readonly duration: Nanoseconds;
  /** 0: unknown. */
  readonly period: Nanoseconds;
  readonly stacks: readonly number[];
  readonly attributes: readonly (readonly number[])[];
  /** Stack and attributes as text: what a sample is of, besides its values. */
  readonly keys: readonly string[];
  readonly sums: readonly number[];
}

const limits = { attributes: 1000, attributesOfSample: 100, profiles: 1000, samples: 2 ** 22 };

export function readResource(reader: MessageReader, dictionary: OtlpDictionary): Resource {
  const attributes = new Map<string, string | number | readonly string[]>();
  const profiles: ProfileSamples[] = [];
  let creator = "";
  while (reader.next()) {
    if (reader.field === ResourceProfilesField.resource) readResourceAttributes(reader.message(), attributes, dictionary);
    if (reader.field !== ResourceProfilesField.scopeProfiles) continue;
    for (const scoped = reader.message(); scoped.next();) {
      if (scoped.field === ScopeProfilesField.scope && creator === "") creator = readScope(scoped.message());
      if (scoped.field === ScopeProfilesField.profile) profiles.push(readProfile(scoped.message(), dictionary));
      if (profiles.length > limits.profiles) throw new LynceusError("bad-recording", "the file has too many profiles of a process");
    }
  }
  return { attributes, creator, profiles };
}

function readResourceAttributes(reader: MessageReader, attributes: Map<string, string | number | readonly string[]>, { strings }: OtlpDictionary): void {
  while (reader.next()) {
    if (reader.field !== ResourceField.attribute || attributes.size >= limits.attributes) continue;
    let key = "";
    let value: string | number | readonly string[] = "";
    for (const attribute = reader.message(); attribute.next();) {
      if (attribute.field === KeyValueField.key) key = attribute.text();
      if (attribute.field === KeyValueField.keyIndex) key = strings[attribute.int()] ?? "";
      if (attribute.field === KeyValueField.value) value = readAnyValue(attribute.message(), strings);
    }
    attributes.set(key, value);
  }
}

function readScope(reader: MessageReader): string {
  let [name, version] = ["", ""];
  while (reader.next()) {
    if (reader.field === ScopeField.name) name = reader.text();
    if (reader.field === ScopeField.version) version = reader.text();
  }
  return version === "" ? name : `${name} ${version}`;
}

function readProfile(reader: MessageReader, { strings }: OtlpDictionary): ProfileSamples {
  const columns = { stacks: [] as number[], attributes: [] as number[][], keys: [] as string[], sums: [] as number[] };
  const numbers = { startedAt: 0, duration: 0, period: 0 };
  let sampleType = { type: "", unit: "" };
  let periodType = { type: "", unit: "" };
  while (reader.next()) {
    if (reader.field === ProfileField.sampleType) sampleType = readValueType(reader.message(), strings);
    if (reader.field === ProfileField.periodType) periodType = readValueType(reader.message(), strings);
    if (reader.field === ProfileField.time) numbers.startedAt = Math.max(0, reader.int());
    if (reader.field === ProfileField.duration) numbers.duration = Math.max(0, reader.int());
    if (reader.field === ProfileField.period) numbers.period = Math.max(0, reader.int());
    if (reader.field === ProfileField.sample) readSample(reader.message(), columns);
    if (columns.sums.length > limits.samples) throw new LynceusError("bad-recording", "the file has too many samples");
  }
  const unit = unitOfTime(sampleType.unit);
  const isCount = sampleType.unit === "count" && /sample|event/.test(sampleType.type);
  const named = unit === null ? periodType.type : sampleType.type;
  return {
    type: `${sampleType.type} in ${sampleType.unit}`,
    unit,
    isCount,
    mode: named === "cpu" || named === "gil" ? named : "wall",
    ...numbers,
    period: numbers.period * (unitOfTime(periodType.unit) ?? 0),
    ...columns,
  };
}

function readValueType(reader: MessageReader, strings: readonly string[]): { type: string; unit: string } {
  const found = { type: "", unit: "" };
  while (reader.next()) {
    if (reader.field === ValueTypeField.type) found.type = strings[reader.int()] ?? "";
    if (reader.field === ValueTypeField.unit) found.unit = strings[reader.int()] ?? "";
  }
  return found;
}

/** Without values each time stands for one. */
function readSample(reader: MessageReader, columns: { stacks: number[]; attributes: number[][]; keys: string[]; sums: number[] }): void {
  let stack = 0;
  let sum = 0;
  let values = 0;
  let times = 0;
  const attributes: number[] = [];
  while (reader.next()) {
    if (reader.field === SampleField.stack) stack = reader.int();
    if (reader.field === SampleField.attribute) reader.numbers((index) => attributes.length < limits.attributesOfSample && attributes.push(index));
    if (reader.field === SampleField.value) {
      reader.numbers((value) => {
        sum += value;
        values++;
      });
    }
    // Fixed numbers, packed: eight bytes each.
    if (reader.field === SampleField.timestamp) times += Math.max(1, Math.floor(reader.bytes().length / 8));
  }
  columns.stacks.push(stack);
  columns.attributes.push(attributes);
  columns.keys.push(`${stack} ${attributes.toSorted((a, b) => a - b).join(",")}`);
  columns.sums.push(values === 0 ? times : sum);
}
