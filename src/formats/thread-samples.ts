import type { Nanoseconds } from "../base/units.ts";
import { type Mode, neededState } from "../profile/sample-filter.ts";
import { newSampleColumns } from "../profile/sample-columns.ts";
import { type Tables, TablesBuilder } from "../profile/tables-builder.ts";
import { type Block, type Recording, type SampleColumns, type ThreadIndex, type WaitColumns, knownNames } from "../profile/tables.ts";
import { isShared, weightAt } from "../profile/visit-weights.ts";
import { durationOfBlocks } from "./duration.ts";
import { OwnDataBuilder } from "./own-data.ts";

/** Samples that are held at a time, 50 bytes each. */
const mostHeld = 2 ** 21;

/** What files that tell of one thread after the other have to know before the first. */
export interface Outline {
  readonly tables: Tables;
  /** By thread: samples that the mode lets through, in wall mode with waits, and what they weigh together. */
  readonly counts: Float64Array;
  readonly weights: Float64Array;
  /** By how they are known: all samples, whatever the mode lets through. */
  readonly known: Float64Array;
  readonly duration: Nanoseconds;
  /** Of the last sample, or the end of the last wait. */
  readonly lastTime: Nanoseconds;
  /** What is kept for reading it back. */
  readonly own: OwnDataBuilder;
}

/** Samples in the order of their times, and among them, in wall mode, the waits of tasks: at their ends, with their share of the thread's time. */
export interface SamplesAndWaits extends SampleColumns {
  /** 1 for a wait. */
  readonly isWait: Uint8Array;
}

/** The samples of one thread that the mode lets through. */
export interface ThreadSamples {
  readonly thread: ThreadIndex;
  /** May be gone through more than once: files have a column after the other. */
  chunks(): Iterable<SamplesAndWaits>;
}

/** One pass through the recording. */
export function outlineOf(recording: Recording, mode: Mode): Outline {
  const tables = new TablesBuilder();
  const needed = neededState(mode);
  const duration = durationOfBlocks();
  let counts = new Float64Array(0);
  let weights = new Float64Array(0);
  const known = new Float64Array(knownNames.length);
  const own = new OwnDataBuilder();
  let lastTime: Nanoseconds = 0;
  for (const block of recording.blocks()) {
    const { samples, waits } = block;
    tables.add(block);
    duration.add(block);
    own.add(block);
    if (counts.length < tables.threads.length) {
      counts = extended(counts, tables.threads.length);
      weights = extended(weights, tables.threads.length);
    }
    for (let row = 0; row < samples.length; row++) {
      known[samples.known[row]!]! += 1;
      lastTime = Math.max(lastTime, samples.time[row]!);
      if ((samples.state[row]! & needed) !== needed) continue;
      counts[samples.thread[row]!]! += 1;
      weights[samples.thread[row]!]! += weightAt(samples, row, mode);
    }
    if (mode === "wall") {
      for (let row = 0; row < waits.length; row++) {
        if (!isShared(waits, row)) continue;
        lastTime = Math.max(lastTime, waits.end[row]!);
        counts[waits.thread[row]!]! += 1;
        weights[waits.thread[row]!]! += waits.wall[row]!;
      }
    }
  }
  return { tables, counts, weights, known, duration: duration.value, lastTime, own };
}

/**
 * The samples thread by thread, those without any left out. As many threads as fit in memory are gathered in one pass through the
 * recording; one that does not fit alone is picked out of the recording each time that it is asked for.
 */
export function* samplesByThread(recording: Recording, { counts }: Outline, mode: Mode, most: number = mostHeld): Generator<ThreadSamples> {
  for (let thread = 0; thread < counts.length;) {
    if (counts[thread]! > most) {
      const alone = thread;
      yield { thread: alone, chunks: () => pickThread(recording, alone, mode) };
      thread++;
      continue;
    }
    const first = thread;
    for (let held = 0; thread < counts.length && held + counts[thread]! <= most; thread++) held += counts[thread]!;
    for (const [at, samples] of gatherThreads(recording, counts.subarray(first, thread), first, mode).entries()) {
      if (samples.length > 0) yield { thread: first + at, chunks: () => [samples] };
    }
  }
}

export type RowTest = (chunk: SamplesAndWaits, row: number) => boolean;

const all: RowTest = () => true;

/** A value for each row, for a file that has a column after the other. */
export function* valuesOf<T>(samples: ThreadSamples, value: (chunk: SamplesAndWaits, row: number) => T, isWanted: RowTest = all): Generator<T> {
  for (const chunk of samples.chunks()) for (let row = 0; row < chunk.length; row++) if (isWanted(chunk, row)) yield value(chunk, row);
}

function* pickThread(recording: Recording, thread: ThreadIndex, mode: Mode): Generator<SamplesAndWaits> {
  for (const block of recording.blocks()) {
    const picked = columns(block.samples.length + block.waits.length);
    appendOf(block, mode, (of) => (of === thread ? picked : undefined));
    sortByTime(picked, 0);
    if (picked.length > 0) yield picked;
  }
}

/** Those of the threads from `first` on, of which there are as many as `counts` says. */
function gatherThreads(recording: Recording, counts: Float64Array, first: ThreadIndex, mode: Mode): readonly SamplesAndWaits[] {
  const gathered = Array.from(counts, (count) => columns(count));
  if (gathered.every(({ time }) => time.length === 0)) return gathered;
  for (const block of recording.blocks()) {
    const lengths = gathered.map(({ length }) => length);
    const hasWaits = appendOf(block, mode, (thread) => gathered[thread - first]);
    if (hasWaits) for (const [at, into] of gathered.entries()) sortByTime(into, lengths[at]!);
  }
  return gathered;
}

/** The block's samples, then its waits. Returns whether there were any of these. */
function appendOf({ samples, waits }: Block, mode: Mode, columnsOf: (thread: ThreadIndex) => SamplesAndWaits | undefined): boolean {
  const needed = neededState(mode);
  for (let row = 0; row < samples.length; row++) {
    if ((samples.state[row]! & needed) !== needed) continue;
    const into = columnsOf(samples.thread[row]!);
    if (into !== undefined) copySample(samples, row, into);
  }
  if (mode !== "wall") return false;
  let hasWaits = false;
  for (let row = 0; row < waits.length; row++) {
    const into = isShared(waits, row) ? columnsOf(waits.thread[row]!) : undefined;
    if (into === undefined) continue;
    copyWait(waits, row, into);
    hasWaits = true;
  }
  return hasWaits;
}

function columns(length: number): SamplesAndWaits {
  return { ...newSampleColumns(length), isWait: new Uint8Array(length), length: 0 };
}

function copySample(from: SampleColumns, row: number, into: SamplesAndWaits): void {
  const at = into.length++;
  into.time[at] = from.time[row]!;
  into.thread[at] = from.thread[row]!;
  into.stack[at] = from.stack[row]!;
  into.wall[at] = from.wall[row]!;
  into.cpu[at] = from.cpu[row]!;
  into.state[at] = from.state[row]!;
  into.known[at] = from.known[row]!;
  into.task[at] = from.task[row]!;
  into.sharedOut[at] = from.sharedOut[row]!;
}

function copyWait(from: WaitColumns, row: number, into: SamplesAndWaits): void {
  const at = into.length++;
  into.time[at] = from.end[row]!;
  into.thread[at] = from.thread[row]!;
  into.stack[at] = from.stack[row]!;
  into.wall[at] = from.wall[row]!;
  into.known[at] = from.known[row]!;
  into.task[at] = from.task[row]!;
  into.isWait[at] = 1;
}

/** The rows from `first` on: samples are in order, waits come after them. */
function sortByTime(columnsOf: SamplesAndWaits, first: number): void {
  const { length, time } = columnsOf;
  if (length - first < 2 || columnsOf.isWait[length - 1] === 0) return;
  const order = Array.from({ length: length - first }, (_, at) => first + at).sort((a, b) => time[a]! - time[b]! || a - b);
  for (const column of [
    time,
    columnsOf.stack,
    columnsOf.wall,
    columnsOf.cpu,
    columnsOf.state,
    columnsOf.known,
    columnsOf.task,
    columnsOf.sharedOut,
    columnsOf.isWait,
  ]) {
    const sorted = order.map((row) => column[row]!);
    column.set(sorted, first);
  }
}

function extended(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}
