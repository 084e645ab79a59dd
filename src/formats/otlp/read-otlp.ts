import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, Known, NONE, type Recording, type RecordingMeta, type StackIndex, knownNames } from "../../profile/tables.ts";
import {
  type ForeignSamples,
  FrameLimit,
  blocksOfForeign,
  foreignKind,
  foreignLine,
  mostSpread,
  noTimes,
  stateFromWords,
  stateOfMode,
} from "../foreign-samples.ts";
import { readWhole } from "../protobuf/file-bytes.ts";
import { MessageReader } from "../protobuf/message-reader.ts";
import { DataField, attributeKeys } from "./fields.ts";
import { type OtlpDictionary, readDictionary, readLocations } from "./read-dictionary.ts";
import { type ProfileSamples, type Resource, readResource } from "./read-profiles.ts";

/**
 * Profiles of time, of any number of processes, in binary. Sums: what times of samples there are is not read, they are laid end
 * to end. Throws `bad-recording`.
 */
export function readOtlp(source: ByteSource): Recording {
  const bytes = readWhole(source);
  let dictionary: OtlpDictionary | null = null;
  for (const reader = new MessageReader(bytes); reader.next();) if (reader.field === DataField.dictionary) dictionary ??= readDictionary(reader.message());
  if (dictionary === null) throw new LynceusError("bad-recording", "the file has no dictionary: it is of an older revision of OTLP, or damaged");
  const found = dictionary;
  const first = resourcesIn(bytes, found).next().value;
  return { meta: metaOf(first ?? null), isComplete: true, blocks: () => readBlocks(bytes, found) };
}

function* resourcesIn(bytes: Uint8Array, dictionary: OtlpDictionary): Generator<Resource> {
  for (const reader = new MessageReader(bytes); reader.next();) {
    if (reader.field === DataField.resourceProfiles) yield readResource(reader.message(), dictionary);
  }
}

function metaOf(resource: Resource | null): RecordingMeta {
  const profile = resource === null ? null : timeOf(resource);
  const text = (key: string): string => {
    const value = resource?.attributes.get(key);
    return typeof value === "string" ? value : "";
  };
  const command = resource?.attributes.get(attributeKeys.command);
  return {
    creator: resource?.creator || "OTLP",
    startedAt: profile === null ? 0 : Math.floor(profile.startedAt / 1e6),
    interval: profile?.period ?? 0,
    mode: profile?.mode ?? "wall",
    command: typeof command === "object" ? command : [],
    host: text(attributeKeys.host),
    system: text(attributeKeys.system),
    extra: text(attributeKeys.service) === "" ? {} : { [attributeKeys.service]: text(attributeKeys.service) },
  };
}

/** The profile of a resource that is shown: one of time, else one of samples that are worth a period each. */
function timeOf({ profiles }: Resource): ProfileSamples {
  const found = profiles.find(({ unit }) => unit !== null) ?? profiles.find(({ isCount, period }) => isCount && period > 0);
  if (found !== undefined) return found;
  throw noTimes(profiles.map(({ type }) => type.slice(0, 60)).join(", ") || "nothing");
}

function* readBlocks(bytes: Uint8Array, dictionary: OtlpDictionary): Generator<Block> {
  let samples = 0;
  let duration: Nanoseconds = 0;
  for (const resource of resourcesIn(bytes, dictionary)) {
    const time = timeOf(resource);
    duration = Math.max(duration, time.duration);
    for (const count of (countsOf(resource) ?? time).sums) samples += Math.max(1, count);
  }
  const builder = new BlockBuilder();
  yield* blocksOfForeign(builder, readSamples(bytes, dictionary, builder), samples <= mostSpread, duration);
}

/** The profile that counts the samples of the one that has their times. */
function countsOf({ profiles }: Resource): ProfileSamples | null {
  return profiles.find(({ isCount }) => isCount) ?? null;
}

function* readSamples(bytes: Uint8Array, dictionary: OtlpDictionary, builder: BlockBuilder): Generator<ForeignSamples> {
  const makeStack = stackMaker(dictionary, builder);
  for (const resource of resourcesIn(bytes, dictionary)) {
    const time = timeOf(resource);
    const counts = countsOf(resource);
    const counted = counts === null || counts === time ? null : new Map(counts.keys.map((key, index) => [key, counts.sums[index]!]));
    const pid = resource.attributes.get(attributeKeys.pid);
    const process = builder.process(typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0 ? pid : 0);
    for (const [index, sum] of time.sums.entries()) {
      const wall = sum * (time.unit ?? time.period);
      if (sum < 0) throw new LynceusError("bad-recording", "this is the difference of two profiles, and cannot be read");
      const { threadId, threadName, known, state } = readAttributes(time.attributes[index]!, dictionary);
      yield {
        thread: builder.thread(process, 0, threadId, threadName),
        stack: makeStack(time.stacks[index]!),
        count: time.isCount ? sum : (counted?.get(time.keys[index]!) ?? 1),
        wall,
        cpu: time.mode === "cpu" ? wall : 0,
        state: state ?? stateOfMode(time.mode),
        known,
      };
    }
  }
}

function readAttributes(
  indices: readonly number[],
  { attributes, strings }: OtlpDictionary,
): { threadId: number; threadName: string; known: Known; state: number | null } {
  const found = { threadId: 0, threadName: "", known: Known.unchecked as Known, state: null as number | null };
  for (const index of indices) {
    const { key = 0, value = "" } = attributes[index] ?? {};
    const name = strings[key] ?? "";
    if (name === attributeKeys.threadId && Number.isSafeInteger(Number(value)) && Number(value) > 0) found.threadId = Number(value);
    if (name === attributeKeys.threadName) found.threadName = String(value);
    if (name === attributeKeys.state) found.state = stateFromWords(String(value));
    if (name === attributeKeys.known && knownNames.includes(String(value))) found.known = knownNames.indexOf(String(value)) as Known;
  }
  return found;
}

/** Stacks of the file as rows of the recording, each made once. */
function stackMaker({ stacks, locations, functions, strings }: OtlpDictionary, builder: BlockBuilder): (stack: number) => StackIndex {
  const made = new Map<number, StackIndex>();
  const frames = new Map<number, readonly FrameIndex[]>();
  const limit = new FrameLimit();
  const framesOf = (location: number): readonly FrameIndex[] => {
    const lines = locations[location] ?? [];
    if (lines.length === 0) return [builder.frame("<unknown>", "", 0, foreignKind("", ""))];
    return lines.toReversed().map(({ function: of, line, column }) => {
      const { name: nameIndex = 0, file: fileIndex = 0, firstLine = 0 } = functions[of] ?? {};
      const [name, file] = [strings[nameIndex] ?? "", strings[fileIndex] ?? ""];
      return builder.frame(
        name === "" ? "<unknown>" : name,
        file,
        foreignLine(line),
        foreignKind(name, file),
        { endLine: 0, column: foreignLine(column), endColumn: 0 },
        foreignLine(firstLine),
      );
    });
  };
  return (index) => {
    const known = made.get(index);
    if (known !== undefined) return known;
    const items: number[] = [];
    if (stacks[index] !== undefined) readLocations(stacks[index], (location) => items.push(location));
    let stack = NONE;
    let depth = 0;
    for (const location of items.reverse()) {
      let own = frames.get(location);
      if (own === undefined) frames.set(location, (own = framesOf(location)));
      for (const frame of own) stack = builder.stack(stack, frame);
      depth += own.length;
      if (depth > FrameLimit.deepest) break;
    }
    limit.check(depth, stack);
    made.set(index, stack);
    return stack;
  };
}
