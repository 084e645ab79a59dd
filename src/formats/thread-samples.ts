import type { Nanoseconds } from "../base/units.ts";
import { type Mode, neededState, weightColumn } from "../profile/sample-filter.ts";
import { newSampleColumns } from "../profile/sample-columns.ts";
import { type Tables, TablesBuilder } from "../profile/tables-builder.ts";
import { type Recording, type SampleColumns, type ThreadIndex, knownNames } from "../profile/tables.ts";
import { durationOfBlocks } from "./duration.ts";
import { OwnDataBuilder } from "./own-data.ts";

/** Samples that are held at a time, 35 bytes each. */
const mostHeld = 2 ** 21;

/** What files that tell of one thread after the other have to know before the first. */
export interface Outline {
  readonly tables: Tables;
  /** By thread: samples that the mode lets through, and what they weigh together. */
  readonly counts: Float64Array;
  readonly weights: Float64Array;
  /** By how they are known: all samples, whatever the mode lets through. */
  readonly known: Float64Array;
  readonly duration: Nanoseconds;
  /** What is kept for reading it back. */
  readonly own: OwnDataBuilder;
}

/** The samples of one thread that the mode lets through. */
export interface ThreadSamples {
  readonly thread: ThreadIndex;
  /** May be gone through more than once: files have a column after the other. */
  chunks(): Iterable<SampleColumns>;
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
  for (const block of recording.blocks()) {
    const { samples } = block;
    tables.add(block);
    duration.add(block);
    own.add(block);
    if (counts.length < tables.threads.length) {
      counts = extended(counts, tables.threads.length);
      weights = extended(weights, tables.threads.length);
    }
    const weight = weightColumn(samples, mode);
    for (let row = 0; row < samples.length; row++) {
      known[samples.known[row]!]! += 1;
      if ((samples.state[row]! & needed) !== needed) continue;
      counts[samples.thread[row]!]! += 1;
      weights[samples.thread[row]!]! += weight[row]!;
    }
  }
  return { tables, counts, weights, known, duration: duration.value, own };
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

/** A value for each row, for a file that has a column after the other. */
export function* valuesOf<T>(samples: ThreadSamples, value: (chunk: SampleColumns, row: number) => T): Generator<T> {
  for (const chunk of samples.chunks()) for (let row = 0; row < chunk.length; row++) yield value(chunk, row);
}

function* pickThread(recording: Recording, thread: ThreadIndex, mode: Mode): Generator<SampleColumns> {
  for (const { samples } of recording.blocks()) {
    const picked = columns(samples.length);
    const needed = neededState(mode);
    for (let row = 0; row < samples.length; row++) {
      if (samples.thread[row] === thread && (samples.state[row]! & needed) === needed) copyRow(samples, row, picked);
    }
    if (picked.length > 0) yield picked;
  }
}

/** Those of the threads from `first` on, of which there are as many as `counts` says. */
function gatherThreads(recording: Recording, counts: Float64Array, first: ThreadIndex, mode: Mode): readonly SampleColumns[] {
  const gathered = Array.from(counts, (count) => columns(count));
  if (gathered.every(({ time }) => time.length === 0)) return gathered;
  const needed = neededState(mode);
  for (const { samples } of recording.blocks()) {
    for (let row = 0; row < samples.length; row++) {
      const into = gathered[samples.thread[row]! - first];
      if (into !== undefined && (samples.state[row]! & needed) === needed) copyRow(samples, row, into);
    }
  }
  return gathered;
}

function columns(length: number): SampleColumns {
  return { ...newSampleColumns(length), length: 0 };
}

function copyRow(from: SampleColumns, row: number, into: SampleColumns): void {
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

function extended(column: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}
