import { TupleInterner } from "../base/interner.ts";
import type { Nanoseconds } from "../base/units.ts";
import type { Mode } from "../profile/sample-filter.ts";
import { type Tables, TablesBuilder } from "../profile/tables-builder.ts";
import type { Block, Known, Recording, RecordingMeta, StackIndex, ThreadIndex } from "../profile/tables.ts";
import { visitWeights } from "../profile/visit-weights.ts";
import { durationOfBlocks } from "./duration.ts";

/** A recording, or a slice of one, without the times of its samples: what pprof and OTLP hold. */
export interface TimeProfile {
  readonly meta: RecordingMeta;
  /** False: the end of the recording is missing. */
  readonly isComplete: boolean;
  /** Unix time of its beginning, in nanoseconds. */
  readonly startedAt: bigint;
  readonly duration: Nanoseconds;
  /** What the time of a row is. */
  readonly mode: Mode;
  readonly tables: Tables;
  readonly sums: SampleSums;
}

/**
 * How long, and how often, each thread was seen with each stack, by how that is known and, where it is asked for, by the
 * sample's state. Rows in the order of their first appearance.
 */
export class SampleSums {
  readonly mode: Mode;
  readonly #hasStates: boolean;
  readonly #rows = new TupleInterner(4);
  readonly #threads: ThreadIndex[] = [];
  readonly #stacks: StackIndex[] = [];
  readonly #known: Known[] = [];
  readonly #states: number[] = [];
  readonly #times: Nanoseconds[] = [];
  readonly #samples: number[] = [];

  constructor(mode: Mode, hasStates: boolean) {
    this.mode = mode;
    this.#hasStates = hasStates;
  }

  get length(): number {
    return this.#threads.length;
  }

  threadAt(row: number): ThreadIndex {
    return this.#threads[row]!;
  }

  /** NONE: the thread ran no Python frame. */
  stackAt(row: number): StackIndex {
    return this.#stacks[row]!;
  }

  knownAt(row: number): Known {
    return this.#known[row]!;
  }

  /** Bits of `State`; 0 when they were not asked for. */
  stateAt(row: number): number {
    return this.#states[row]!;
  }

  timeAt(row: number): Nanoseconds {
    return whole(this.#times[row]!);
  }

  /** At least 1, though it may stand for a part of one. */
  samplesAt(row: number): number {
    return Math.max(1, Math.round(this.#samples[row]!));
  }

  add(block: Pick<Block, "samples" | "waits">): void {
    visitWeights(block, this.mode, (thread, stack, time, samples, allBits, known) => {
      const state = this.#hasStates ? allBits : 0;
      const row = this.#rows.intern(thread, stack, known, state);
      if (row === this.#threads.length) {
        this.#threads.push(thread);
        this.#stacks.push(stack);
        this.#known.push(known);
        this.#states.push(state);
        this.#times.push(0);
        this.#samples.push(0);
      }
      this.#times[row]! += time;
      this.#samples[row]! += samples;
    });
  }
}

/** One block at a time: memory is bounded by the number of different stacks, not of samples. */
export function timeProfileOf(recording: Recording, mode: Mode): TimeProfile {
  const tables = new TablesBuilder();
  const sums = new SampleSums(mode, true);
  const duration = durationOfBlocks();
  for (const block of recording.blocks()) {
    tables.add(block);
    duration.add(block);
    sums.add(block);
  }
  const { meta, isComplete } = recording;
  return { meta, isComplete, startedAt: unixNanoseconds(meta.startedAt), duration: whole(duration.value), mode, tables, sums };
}

/** Of Unix time in milliseconds; 0 where there is none. */
export function unixNanoseconds(milliseconds: number): bigint {
  return Number.isFinite(milliseconds) && milliseconds > 0 ? BigInt(Math.round(milliseconds * 1000)) * 1000n : 0n;
}

/** The nearest number that these formats hold without loss on our side. */
function whole(duration: Nanoseconds): Nanoseconds {
  return Math.min(Math.max(0, Math.round(duration)), Number.MAX_SAFE_INTEGER);
}
