import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, Known, NONE, type Recording, type StackIndex, State, type ThreadIndex } from "../../profile/tables.ts";
import { foreignKind } from "../foreign-samples.ts";
import { JsonReader } from "../json/json-reader.ts";
import { kindNamed, knownOf } from "../names.ts";
import { lastBlock } from "../own-data.ts";
import { type FileIndex, type ProfileIndex, indexSpeedscope } from "./index-speedscope.ts";
import { threadNamed } from "./thread-names.ts";

const samplesPerBlock = 8192;

/**
 * speedscope's own format, whoever wrote it: py-spy, Austin's converter, speedscope, Lynceus. The samples of a profile are laid end to end;
 * where it does not say what the numbers count, they are taken for microseconds. Throws `bad-recording`; profiles of bytes are left out.
 */
export function readSpeedscope(source: ByteSource): Recording {
  const index = indexSpeedscope(source);
  return { meta: index.meta, isComplete: index.own?.isComplete ?? true, blocks: () => readBlocks(source, index) };
}

function* readBlocks(source: ByteSource, index: FileIndex): Generator<Block> {
  const builder = new BlockBuilder();
  const frames = readFrames(source, index, builder);
  const times: Nanoseconds[] = [];
  for (const profile of index.profiles) {
    const samples = profile.events === null ? sampledSamples(source, profile, builder, frames) : eventedSamples(source, profile, builder, frames);
    const thread = threadOf(profile, builder);
    const isCpu = index.meta.mode === "cpu";
    for (const sample of samples) {
      const time = (times[thread] ?? 0) + sample.weight;
      if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", `the weights of "${profile.name}" add up to too much`);
      times[thread] = time;
      const state = sample.state | (isCpu ? State.onCpu : 0);
      builder.sample({ ...sample, time, thread, state, wall: sample.weight, cpu: (state & State.onCpu) === 0 ? 0 : sample.weight });
      if (builder.sampleCount >= samplesPerBlock) yield builder.take();
    }
  }
  yield lastBlock(
    builder.take(),
    index.own,
    times.reduce((most, time) => Math.max(most, time), 0),
  );
}

function readFrames(source: ByteSource, { frames: offset, own }: FileIndex, builder: BlockBuilder): readonly FrameIndex[] {
  const frames: FrameIndex[] = [];
  if (offset === null) return frames;
  const reader = new JsonReader(source, offset);
  reader.beginArray();
  while (reader.hasElement()) {
    let [name, file, line, kind] = ["", "", 0, ""];
    const text = (): string => reader.orNull(() => reader.string()) ?? "";
    reader.members(
      new Map([
        ["name", () => void (name = text())],
        ["file", () => void (file = text())],
        ["line", () => void (line = reader.orNull(() => reader.number()) ?? 0)],
        ["kind", () => void (kind = text())],
      ]),
    );
    frames.push(builder.frame(name, file, line > 0 && line < 2 ** 31 ? Math.floor(line) : 0, own === null ? foreignKind(name, file) : kindNamed(kind)));
  }
  return frames;
}

interface WeighedStack {
  readonly stack: number;
  readonly weight: Nanoseconds;
  readonly state: number;
  readonly known: Known;
}

/** Characters of lists that are kept with the stacks that they are. */
const maxKept = 2 ** 25;

/** Most samples have a stack that was there before: the same text is the same stack. */
class StackLists {
  readonly #builder: BlockBuilder;
  readonly #frames: readonly FrameIndex[];
  readonly #stacks = new Map<string, StackIndex>();
  #kept = 0;

  constructor(builder: BlockBuilder, frames: readonly FrameIndex[]) {
    this.#builder = builder;
    this.#frames = frames;
  }

  /** Of frame numbers, root first. Throws `bad-recording`. */
  stackOf(list: string): StackIndex {
    const known = this.#stacks.get(list);
    if (known !== undefined) return known;
    let stack = NONE;
    if (list.trim() !== "")
      for (const item of list.split(",")) stack = this.#builder.stack(stack, frameAt(this.#frames, item.trim() === "" ? NONE : Number(item)));
    this.#kept += list.length;
    if (this.#kept > maxKept) {
      this.#stacks.clear();
      this.#kept = list.length;
    }
    this.#stacks.set(list, stack);
    return stack;
  }
}

/** Columns side by side: stacks, weights, and in our own files how each sample is known. */
function* sampledSamples(source: ByteSource, profile: ProfileIndex, builder: BlockBuilder, frames: readonly FrameIndex[]): Generator<WeighedStack> {
  if (profile.samples === null || profile.weights === null) return;
  const lists = new StackLists(builder, frames);
  const samples = columnAt(source, profile.samples);
  const weights = columnAt(source, profile.weights);
  const states = profile.state === null ? null : columnAt(source, profile.state);
  const knowns = profile.known === null ? null : columnAt(source, profile.known);
  while (samples.hasElement()) {
    const stack = lists.stackOf(samples.flatList());
    if (!weights.hasElement()) throw new LynceusError("bad-recording", `"${profile.name}" has more samples than weights`);
    const weight = nanoseconds(weights.number(), profile);
    const state = states?.hasElement() ? states.number() & 0xffff : 0;
    yield { stack, weight, state, known: knowns?.hasElement() ? knownOf(knowns.number()) : Known.unchecked };
  }
}

/** What is open between two events is a sample. */
function* eventedSamples(source: ByteSource, profile: ProfileIndex, builder: BlockBuilder, frames: readonly FrameIndex[]): Generator<WeighedStack> {
  const events = columnAt(source, profile.events ?? 0);
  const open: number[] = [];
  let last: number | null = null;
  while (events.hasElement()) {
    let [type, at, frame] = ["", 0, 0];
    events.members(
      new Map([
        ["type", () => void (type = events.string())],
        ["at", () => void (at = events.number())],
        ["frame", () => void (frame = events.number())],
      ]),
    );
    const stack = open.at(-1) ?? NONE;
    if (stack !== NONE && last !== null && at > last) yield { stack, weight: nanoseconds(at - last, profile), state: 0, known: Known.unchecked };
    last = last === null ? at : Math.max(last, at);
    if (type === "O") open.push(builder.stack(stack, frameAt(frames, frame)));
    else open.pop();
  }
}

function columnAt(source: ByteSource, offset: number): JsonReader {
  const reader = new JsonReader(source, offset);
  reader.beginArray();
  return reader;
}

function frameAt(frames: readonly FrameIndex[], index: number): FrameIndex {
  const frame = frames[index];
  if (frame === undefined) throw new LynceusError("bad-recording", `there is no frame ${index}`);
  return frame;
}

const scales: ReadonlyMap<string, number> = new Map([
  ["nanoseconds", 1],
  ["microseconds", 1e3],
  ["milliseconds", 1e6],
  ["seconds", 1e9],
  ["none", 1e3],
]);

function nanoseconds(weight: number, { unit, name }: ProfileIndex): Nanoseconds {
  const scale = scales.get(unit);
  if (scale === undefined) throw new LynceusError("bad-recording", `"${name}" counts ${unit}, which is no time`);
  const value = Math.round(weight * scale);
  if (value < 0 || !Number.isSafeInteger(value)) throw new LynceusError("bad-recording", `"${name}" has a weight of ${weight}`);
  return value;
}

function threadOf({ thread, name }: ProfileIndex, builder: BlockBuilder): ThreadIndex {
  const row = thread ?? threadNamed(name);
  return builder.thread(builder.process(row.pid), row.interpreter, row.tid, row.name);
}
