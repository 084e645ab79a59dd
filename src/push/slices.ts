import type { Nanoseconds } from "../base/units.ts";
import { SampleSums, type TimeProfile, unixNanoseconds } from "../formats/time-profile.ts";
import type { Mode } from "../profile/sample-filter.ts";
import { TablesBuilder } from "../profile/tables-builder.ts";
import type { Block, RecordingMeta } from "../profile/tables.ts";

/**
 * Cuts a recording into slices, as it comes: at the first end of a block, about half a second, that is past the time. A recording
 * without a clock (of another profiler) is one slice.
 */
export class Slices {
  readonly #meta: RecordingMeta;
  readonly #mode: Mode;
  readonly #every: Nanoseconds;
  #tables = new TablesBuilder();
  #sums: SampleSums;
  #from: Nanoseconds = 0;
  #until: Nanoseconds = 0;

  constructor(meta: RecordingMeta, mode: Mode, every: Nanoseconds) {
    this.#meta = meta;
    this.#mode = mode;
    this.#every = every;
    this.#sums = new SampleSums(mode, false);
  }

  /** Slices that ended with this block. To be used before the next block is added: they share the tables. */
  *add(block: Block): Generator<TimeProfile> {
    // The sampler let go of its tables, and so do we: what is in them goes now.
    if (block.restartsTables) {
      yield* this.#cut();
      this.#tables = new TablesBuilder();
    }
    this.#tables.add(block);
    this.#sums.add(block);
    const time = block.end?.duration ?? block.quality.at(-1)?.time ?? this.#until;
    this.#until = Math.max(this.#until, time);
    if (block.end !== null || this.#until - this.#from >= this.#every) yield* this.#cut();
  }

  /** What is left when no end came. */
  finish(): Generator<TimeProfile> {
    return this.#cut();
  }

  *#cut(): Generator<TimeProfile> {
    const [from, until, sums] = [this.#from, this.#until, this.#sums];
    this.#from = until;
    this.#sums = new SampleSums(this.#mode, false);
    if (sums.length === 0) return;
    const begin = unixNanoseconds(this.#meta.startedAt) || BigInt(Date.now()) * 1_000_000n;
    const startedAt = begin + BigInt(Math.round(from));
    yield { meta: this.#meta, isComplete: true, startedAt, duration: Math.max(1, Math.round(until - from)), mode: this.#mode, tables: this.#tables, sums };
  }
}
