import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { Milliseconds, Nanoseconds } from "../../base/units.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, Known, NONE, type Recording, type RecordingMeta, type StackIndex, State, type ThreadIndex } from "../../profile/tables.ts";
import { noTimes } from "../foreign-samples.ts";
import type { JsonReader } from "../json/json-reader.ts";
import { knownOf } from "../names.ts";
import { type OwnData, decodeOwnData, lastBlock } from "../own-data.ts";
import type { Json } from "../recording/decode-rows.ts";
import { startOfSample } from "../sample-intervals.ts";
import { buildStacks, nextNumber, openColumn } from "./gecko-tables.ts";
import { type GeckoIndex, type ThreadIndexEntry, indexGecko } from "./index-gecko.ts";

const samplesPerBlock = 8192;

/**
 * Processed profiles, whoever wrote them: Lynceus, CPython's own profiler, samply, the Firefox Profiler. Markers are left alone; what
 * ours say is in columns too. A sample without a weight stands for the time since the one before it. Throws `bad-recording`.
 */
export function readGecko(source: ByteSource): Recording {
  const index = indexGecko(source);
  const own = ownOf(index.meta);
  if (index.threads.length > 0 && index.threads.every(({ weightType }) => weightType === "bytes")) throw noTimes("memory");
  return {
    meta: own?.meta ?? foreignMeta(index.meta),
    isComplete: own?.isComplete ?? true,
    blocks: () => readBlocks(source, index, own),
  };
}

function* readBlocks(source: ByteSource, index: GeckoIndex, own: OwnData | null): Generator<Block> {
  const builder = new BlockBuilder();
  const categories = categoryNames(index.meta);
  const interval = nanoseconds(numberIn(index.meta, "interval"));
  const cpuUnit = unitOfCpu(index.meta);
  const isCpuMode = own?.meta.mode === "cpu";
  let shared: readonly StackIndex[] | null = null;
  let duration: Nanoseconds = 0;
  for (const entry of index.threads) {
    if (entry.weightType === "bytes") continue;
    const isShared = entry.own.tables.size === 0;
    const stacks: readonly StackIndex[] = (isShared ? shared : null) ?? buildStacks(source, entry.own, index.shared, categories, builder);
    if (isShared) shared = stacks;
    const thread = threadOf(entry, builder);
    for (const sample of samplesOf(source, entry, stacks, interval)) {
      const cpu = isCpuMode ? sample.wall : Math.round(sample.cpu * cpuUnit);
      if (!Number.isSafeInteger(cpu) || cpu < 0) throw new LynceusError("bad-recording", `thread "${entry.name}" has a CPU time of ${sample.cpu}`);
      const state = sample.state ?? (cpu > 0 ? State.onCpu : 0);
      duration = Math.max(duration, sample.time);
      builder.sample({ ...sample, thread, cpu, state });
      if (builder.sampleCount >= samplesPerBlock) yield builder.take();
    }
  }
  yield lastBlock(builder.take(), own, duration);
}

interface GeckoSample {
  readonly time: Nanoseconds;
  readonly stack: StackIndex;
  readonly wall: Nanoseconds;
  /** In the file's unit. */
  readonly cpu: number;
  /** Null in files of others. */
  readonly state: number | null;
  readonly known: Known;
}

/** The columns side by side. */
function* samplesOf(
  source: ByteSource,
  { samples, weightType, name }: ThreadIndexEntry,
  stacks: readonly StackIndex[],
  interval: Nanoseconds,
): Generator<GeckoSample> {
  const column = (of: string): JsonReader | null => openColumn(source, samples, of);
  const [stackColumn, times, deltas, weights] = [column("stack"), column("time"), column("timeDeltas"), column("weight")];
  const [cpus, states, knowns] = [column("threadCPUDelta"), column("state"), column("known")];
  let last: Nanoseconds | null = null;
  let sum: Milliseconds = 0;
  while (stackColumn?.hasElement()) {
    const row = stackColumn.orNull(() => stackColumn.number());
    const stack = row === null ? NONE : stacks[row];
    if (stack === undefined) throw new LynceusError("bad-recording", `there is no stack ${row}`);
    sum += nextNumber(deltas) ?? 0;
    const time = Math.max(0, last ?? 0, nanoseconds(times === null ? sum : (nextNumber(times) ?? sum)));
    const weight = nextNumber(weights);
    const wall = weight === null ? time - startOfSample(time, interval, last) : weightType === "samples" ? Math.round(weight * interval) : nanoseconds(weight);
    if (wall < 0 || !Number.isSafeInteger(wall)) throw new LynceusError("bad-recording", `thread "${name}" has a sample of weight ${weight}`);
    const state = nextNumber(states);
    const known = nextNumber(knowns);
    yield {
      time,
      stack,
      wall,
      cpu: nextNumber(cpus) ?? 0,
      state: state === null ? null : state & 0xffff,
      known: known === null ? Known.unchecked : knownOf(known),
    };
    last = time;
  }
}

function threadOf({ lynceus, name, pid, tid }: ThreadIndexEntry, builder: BlockBuilder): ThreadIndex {
  if (lynceus === null) return builder.thread(builder.process(leadingNumber(pid)), 0, leadingNumber(tid), name);
  const id = (of: string): number => (Number.isSafeInteger(lynceus[of]) ? (lynceus[of] as number) : 0);
  const called = lynceus["name"];
  return builder.thread(builder.process(id("pid")), id("interpreter"), id("tid"), typeof called === "string" ? called : name);
}

/** Ids are texts such as "812" or "812.1". */
function leadingNumber(text: string): number {
  const value = Number(/^\d{1,15}/.exec(text)?.[0] ?? 0);
  return Number.isSafeInteger(value) ? value : 0;
}

function ownOf(meta: Json): OwnData | null {
  return meta["lynceus"] === undefined ? null : decodeOwnData(meta["lynceus"]);
}

function foreignMeta(meta: Json): RecordingMeta {
  const text = (name: string): string => (typeof meta[name] === "string" ? meta[name] : "");
  const startedAt = numberIn(meta, "startTime");
  return {
    creator: text("importedFrom") || text("product") || "Firefox Profiler",
    startedAt: Number.isSafeInteger(Math.floor(startedAt)) ? Math.floor(startedAt) : 0,
    interval: Math.max(0, nanoseconds(numberIn(meta, "interval"))),
    mode: "wall",
    command: text("arguments") === "" ? [] : [text("product"), text("arguments")],
    host: "",
    system: text("oscpu"),
    extra: {},
  };
}

function categoryNames(meta: Json): readonly string[] {
  const { categories } = meta;
  if (!Array.isArray(categories)) return [];
  return (categories as readonly unknown[]).map((category) => {
    const name = typeof category === "object" && category !== null ? (category as Json)["name"] : "";
    return typeof name === "string" ? name : "";
  });
}

/** In nanoseconds; 0 where CPU time is counted in something that is no time. */
function unitOfCpu(meta: Json): Nanoseconds {
  const units = meta["sampleUnits"];
  const unit = typeof units === "object" && units !== null ? (units as Json)["threadCPUDelta"] : "";
  return unit === "ns" ? 1 : unit === "µs" ? 1000 : 0;
}

function numberIn(meta: Json, name: string): number {
  const value = meta[name];
  return typeof value === "number" ? value : 0;
}

function nanoseconds(milliseconds: Milliseconds): Nanoseconds {
  const value = Math.round(milliseconds * 1e6);
  if (!Number.isSafeInteger(value)) throw new LynceusError("bad-recording", `a time of ${milliseconds} ms`);
  return value;
}
