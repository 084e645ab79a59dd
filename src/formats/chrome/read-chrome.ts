import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset, Nanoseconds } from "../../base/units.ts";
import { LynceusError } from "../../base/errors.ts";
import { BlockBuilder } from "../../profile/block-builder.ts";
import { type Block, type FrameIndex, type FunctionKind, type Recording, type RecordingMeta, State } from "../../profile/tables.ts";
import { foreignKind } from "../foreign-samples.ts";
import { JsonReader } from "../json/json-reader.ts";
import { kindNames, kindNamed } from "../names.ts";
import { type OwnData, decodeOwnData, lastBlock } from "../own-data.ts";
import { eventsByThread, slicesOf } from "./slices-to-samples.ts";
import { type TracePlace, readTraceEvents } from "./trace-events.ts";

const samplesPerBlock = 8192;
const maxOtherLength: ByteCount = 2 ** 23;

interface FileIndex {
  readonly events: ByteOffset;
  /** What Lynceus wrote of the recording; null in files of others. */
  readonly own: OwnData | null;
}

/**
 * Trace events that begin and end (B and E, or X), of any program: Lynceus, py-spy, viztracer. What was open is a sample, as long as
 * nothing changed. Events may come in any order, so they are in memory while they are read. Throws `bad-recording`.
 */
export function readChrome(source: ByteSource): Recording {
  const { events, own } = indexTrace(source);
  return { meta: own?.meta ?? foreignMeta, isComplete: own?.isComplete ?? true, blocks: () => readBlocks(source, events, own) };
}

const foreignMeta: RecordingMeta = { creator: "trace events", startedAt: 0, interval: 0, mode: "wall", command: [], host: "", system: "", extra: {} };

function indexTrace(source: ByteSource): FileIndex {
  const reader = new JsonReader(source);
  if (reader.kind() === "array") return { events: reader.offset, own: null };
  let events: ByteOffset | null = null;
  let own: OwnData | null = null;
  reader.members(
    new Map([
      [
        "traceEvents",
        () => {
          events = reader.offset;
          reader.skip();
        },
      ],
      ["otherData", () => void (own = ownIn(reader))],
    ]),
  );
  if (events === null) throw new LynceusError("bad-recording", "there are no traceEvents in it");
  return { events, own };
}

function ownIn(reader: JsonReader): OwnData | null {
  if (reader.kind() !== "object") {
    reader.skip();
    return null;
  }
  let own: OwnData | null = null;
  reader.members(new Map([["lynceus", () => void (own = decodeOwnData(reader.value(maxOtherLength)))]]));
  return own;
}

function* readBlocks(source: ByteSource, offset: ByteOffset, own: OwnData | null): Generator<Block> {
  const events = readTraceEvents(source, offset);
  const builder = new BlockBuilder();
  const frames: FrameIndex[] = [];
  const frameOf = (place: number): FrameIndex => (frames[place] ??= frameAt(builder, events.places[place]!));
  const push = (parent: number, place: number): number => builder.stack(parent, frameOf(place));
  // A clock of the program's own starts anywhere; ours starts at 0.
  const first = own === null ? earliest(events.time, events.length) : 0;
  let duration: Nanoseconds = 0;
  for (const [index, list] of eventsByThread(events).entries()) {
    const { pid, interpreter, tid, name } = events.threads[index]!;
    const thread = builder.thread(builder.process(pid), interpreter, tid, name);
    for (const { start, end, stack, state, known } of slicesOf(events, list, { push, hasTracks: own !== null })) {
      const wall = end - start;
      const time = end - first;
      if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", "the times are more than 104 days apart");
      duration = Math.max(duration, time);
      builder.sample({ time, thread, stack, wall, cpu: (state & State.onCpu) === 0 ? 0 : wall, state, known });
      if (builder.sampleCount >= samplesPerBlock) yield builder.take();
    }
  }
  yield lastBlock(builder.take(), own, duration);
}

function earliest(times: Float64Array, length: number): Nanoseconds {
  let first = Infinity;
  for (let at = 0; at < length; at++) first = Math.min(first, times[at]!);
  return first === Infinity ? 0 : first;
}

/** Without a file of its own, the name may have one: viztracer's "work (app.py:3)". */
function frameAt(builder: BlockBuilder, { name, category, file, line }: TracePlace): FrameIndex {
  const kindOf = (of: string, at: string): FunctionKind => (kindNames.includes(category) ? kindNamed(category) : foreignKind(of, at));
  if (file !== "") return builder.frame(name, file, line, kindOf(name, file));
  const [, inner = name, path = "", row = "0"] = /^(.*) \((.*):(\d{1,9})\)$/s.exec(name) ?? [];
  return builder.frame(inner, path, path === "" ? line : Number(row), kindOf(inner, path));
}
