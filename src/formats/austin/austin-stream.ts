import type { ByteCount, Microseconds, Nanoseconds } from "../../base/units.ts";
import { type Mode, neededState } from "../../profile/sample-filter.ts";
import { type Tables, TablesBuilder } from "../../profile/tables-builder.ts";
import { type Block, type RecordingMeta, type StackIndex, State, type ThreadIndex } from "../../profile/tables.ts";
import { isShared, weightAt } from "../../profile/visit-weights.ts";
import { durationOfBlocks } from "../duration.ts";
import type { WriteOptions } from "../format.ts";
import { MemoryChanges } from "./memory-changes.ts";

/** The version of Austin whose text and binary these are. */
const austinVersion = "3.7.0";
/** A write for each sample would cost more than making it. */
const pieceLength = 2 ** 16;

/** A key and its value, as Austin's files have them before and after the samples. */
export type AustinMetadata = readonly (readonly [key: string, value: string])[];

/** Austin's samples as text, or as MOJO. Collects what it is given until it is taken away. */
export interface AustinRenderer {
  /** Characters or bytes that wait to be taken. */
  readonly length: number;
  take(): string | Uint8Array;
  metadata(key: string, value: string): void;
  /** Between samples and what is no sample. */
  gap(): void;
  sample(thread: ThreadIndex, stack: StackIndex, isCollecting: boolean, metrics: AustinMetrics): void;
}

/** Of one sample; the same object each time. */
export interface AustinMetrics {
  time: Microseconds;
  isIdle: boolean;
  /** What the process has more, or less, in memory than at its sample before. */
  memory: ByteCount;
}

/** The numbers at the end of a sample. */
export type AustinMetric = "time" | "memory" | "full";

/**
 * What Austin would have written of a recording, sample by sample: which count, with what time. What is lost below a
 * microsecond is carried to the thread's next sample, so that sums stay right; as in Austin, samples of 0 are not written.
 * Takes blocks of a `Recording` as they come, so that a file can be written while the recording goes on.
 */
export class AustinStream {
  readonly #renderer: AustinRenderer;
  readonly #options: WriteOptions;
  readonly #mode: Mode;
  readonly #tables = new TablesBuilder();
  readonly #carried: Nanoseconds[] = [];
  readonly #metrics: AustinMetrics = { time: 0, isIdle: false, memory: 0 };
  readonly #memory = new MemoryChanges();
  readonly #metric: AustinMetric;
  readonly #duration = durationOfBlocks();
  #collecting: Nanoseconds = 0;

  constructor(options: WriteOptions, metric: AustinMetric, makeRenderer: (tables: Tables) => AustinRenderer) {
    this.#options = options;
    this.#metric = metric;
    // Austin has no word for GIL profiles: what is in the file is wall time, of fewer samples.
    this.#mode = metric === "time" ? options.mode : "wall";
    this.#renderer = makeRenderer(this.#tables);
  }

  *begin(metadata: AustinMetadata): Generator<string | Uint8Array> {
    for (const [key, value] of metadata) this.#renderer.metadata(key, value);
    this.#renderer.gap();
    yield this.#renderer.take();
  }

  *add(block: Block): Generator<string | Uint8Array> {
    const renderer = this.#renderer;
    const metrics = this.#metrics;
    const needed = neededState(this.#mode);
    const { samples, waits } = block;
    this.#tables.add(block);
    this.#duration.add(block);
    this.#memory.add(block.residents);
    for (let row = 0; row < samples.length; row++) {
      const state = samples.state[row]!;
      if ((state & needed) !== needed) continue;
      const thread = samples.thread[row]!;
      metrics.time = this.#microseconds(thread, weightAt(samples, row, this.#mode));
      const isCollecting = (state & State.collecting) !== 0;
      if (isCollecting) this.#collecting += samples.wall[row]!;
      // As in Austin, to whom has the GIL.
      const process = this.#tables.threads[thread]!.process;
      metrics.memory = this.#metric === "time" || (state & State.holdsGil) === 0 ? 0 : this.#memory.take(process, samples.time[row]!);
      if (this.#metric === "memory" ? metrics.memory === 0 : metrics.time === 0 && metrics.memory === 0) continue;
      metrics.isIdle = (state & State.onCpu) === 0;
      renderer.sample(thread, samples.stack[row]!, isCollecting && this.#options.showCollections, metrics);
      if (renderer.length >= pieceLength) yield renderer.take();
    }
    if (this.#mode === "wall" && this.#metric !== "memory") {
      metrics.memory = 0;
      metrics.isIdle = true;
      for (let row = 0; row < waits.length; row++) {
        if (!isShared(waits, row)) continue;
        metrics.time = this.#microseconds(waits.thread[row]!, waits.wall[row]!);
        if (metrics.time > 0) renderer.sample(waits.thread[row]!, waits.stack[row]!, false, metrics);
        if (renderer.length >= pieceLength) yield renderer.take();
      }
    }
    if (renderer.length > 0) yield renderer.take();
  }

  #microseconds(thread: ThreadIndex, time: Nanoseconds): Microseconds {
    const whole = (this.#carried[thread] ?? 0) + time;
    const microseconds = Math.floor(whole / 1000);
    this.#carried[thread] = whole - microseconds * 1000;
    return microseconds;
  }

  *end(metadata: AustinMetadata): Generator<string | Uint8Array> {
    this.#renderer.gap();
    for (const [key, value] of metadata) this.#renderer.metadata(key, value);
    if (this.#renderer.length > 0) yield this.#renderer.take();
  }

  /** So long garbage was collected. */
  get collecting(): Nanoseconds {
    return this.#collecting;
  }

  /** What comes last in a file of Austin's. Readers take the duration for the proof that nothing is missing. */
  tail(isComplete: boolean): AustinMetadata {
    const tail: [string, string][] = [];
    if (isComplete) tail.push(["duration", `${Math.round(this.#duration.value / 1000)}`]);
    if (this.#options.showCollections) tail.push(["gc", `${Math.round(this.#collecting / 1000)}`]);
    return tail;
  }
}

/** What comes first in it. */
export function headOf(meta: Pick<RecordingMeta, "interval">, options: WriteOptions, metric: AustinMetric, version: string = austinVersion): AustinMetadata {
  return [
    ["austin", version],
    ["interval", `${Math.round(meta.interval / 1000)}`],
    ["mode", metric === "time" ? (options.mode === "cpu" ? "cpu" : "wall") : metric],
  ];
}
