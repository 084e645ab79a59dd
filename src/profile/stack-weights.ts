import { PairInterner } from "../base/interner.ts";
import type { Nanoseconds } from "../base/units.ts";
import { addActivity, noActivity, type ActivityTimes } from "./activity-times.ts";
import { enlarged } from "./growing.ts";
import type { SampleFilter } from "./sample-filter.ts";
import { type Tables, TablesBuilder } from "./tables-builder.ts";
import { type Block, type QualityRow, type Recording, type RecordingEnd, type RecordingMeta, type StackIndex, State, type ThreadIndex } from "./tables.ts";
import { visitWeights } from "./visit-weights.ts";

/**
 * A recording without its times: how long, and how often, each thread was seen with each stack. One row per pair
 * (two where garbage was collected on it), in the order of their first appearance.
 */
export interface StackWeights {
  readonly length: number;
  threadAt(row: number): ThreadIndex;
  /** NONE: the thread ran no Python frame. */
  stackAt(row: number): StackIndex;
  isCollectingAt(row: number): boolean;
  timeAt(row: number): Nanoseconds;
  /** A part of one counts as such, where tasks share a thread's time. */
  samplesAt(row: number): number;
  /** Sum of the squares of the samples' times: how coarse `timeAt` is. A late sample stands for a long time. */
  squaresAt(row: number): number;
}

/** What one pass through a recording gives; enough for every view that needs no time order. */
export interface Summary {
  readonly meta: RecordingMeta;
  readonly isComplete: boolean;
  readonly tables: Tables;
  readonly weights: StackWeights;
  /** By thread, in whatever mode; those that were not chosen have none. */
  readonly activity: readonly (ActivityTimes | undefined)[];
  readonly quality: readonly QualityRow[];
  readonly end: RecordingEnd | null;
}

/** One block at a time: memory is bounded by the number of different stacks, not of samples. */
export function summarize(recording: Recording, filter: SampleFilter): Summary {
  const tables = new TablesBuilder();
  const weights = new StackWeightsBuilder(filter, tables);
  const quality: QualityRow[] = [];
  let end: RecordingEnd | null = null;
  for (const block of recording.blocks()) {
    tables.add(block);
    weights.add(block);
    for (const row of block.quality) quality.push(row);
    end = block.end ?? end;
  }
  return { meta: recording.meta, isComplete: recording.isComplete, tables, weights, activity: weights.activity, quality, end };
}

/** Sums up samples as they come; also for a live view. `tables` must know the threads of what is added. */
export class StackWeightsBuilder implements StackWeights {
  readonly activity: ActivityTimes[] = [];
  readonly #filter: SampleFilter;
  readonly #tables: Tables;
  /** (thread, 2 * stack + collecting) */
  readonly #pairs = new PairInterner();
  #time = new Float64Array(1024);
  /** As doubles: 86 million a day and thread do not fit in 32 bits for ever. */
  #samples = new Float64Array(1024);
  #squares = new Float64Array(1024);

  constructor(filter: SampleFilter, tables: Tables) {
    this.#filter = filter;
    this.#tables = tables;
  }

  get length(): number {
    return this.#pairs.size;
  }

  threadAt(row: number): ThreadIndex {
    return this.#pairs.firstOf(row);
  }

  stackAt(row: number): StackIndex {
    return this.#pairs.secondOf(row) >> 1;
  }

  isCollectingAt(row: number): boolean {
    return (this.#pairs.secondOf(row) & 1) === 1;
  }

  timeAt(row: number): Nanoseconds {
    return this.#time[row] ?? 0;
  }

  samplesAt(row: number): number {
    return this.#samples[row] ?? 0;
  }

  squaresAt(row: number): number {
    return this.#squares[row] ?? 0;
  }

  add(block: Pick<Block, "samples" | "waits">): void {
    const { samples } = block;
    const isWanted = this.#wantedThreads();
    for (let sample = 0; sample < samples.length; sample++) {
      const thread = samples.thread[sample]!;
      if (isWanted !== null && isWanted[thread] === 0) continue;
      addActivity((this.activity[thread] ??= noActivity()), samples.state[sample]!, samples.known[sample]!, samples.wall[sample]!);
    }
    visitWeights(block, this.#filter.mode, (thread, stack, time, count, state) => {
      if (isWanted !== null && isWanted[thread] === 0) return;
      const row = this.#pairs.intern(thread, stack * 2 + ((state & State.collecting) === 0 ? 0 : 1));
      if (row >= this.#time.length) {
        this.#time = enlarged(this.#time, row * 2);
        this.#samples = enlarged(this.#samples, row * 2);
        this.#squares = enlarged(this.#squares, row * 2);
      }
      this.#time[row]! += time;
      this.#samples[row]! += count;
      if (count > 0) this.#squares[row]! += (time * time) / count;
    });
  }

  #wantedThreads(): Uint8Array | null {
    const { threads = null, processes = null } = this.#filter;
    if (threads === null && processes === null) return null;
    return Uint8Array.from(this.#tables.threads, ({ process }, thread) => {
      return (threads === null || threads.has(thread)) && (processes === null || processes.has(process)) ? 1 : 0;
    });
  }
}
