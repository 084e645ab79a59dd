import { ByteWriter } from "../../base/bytes.ts";
import { encodeText } from "../../base/text.ts";
import type { Pid } from "../../base/units.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { type FrameIndex, FunctionKind, NONE, type StackIndex, type StringIndex, type ThreadIndex } from "../../profile/tables.ts";
import type { AustinMetric, AustinMetrics, AustinRenderer } from "../austin/austin-stream.ts";
import { markerFile } from "../austin/marker-file.ts";
import { plainName } from "../plain-name.ts";
import { MojoEvent, mojoMagic, writtenVersion } from "./mojo-events.ts";
import { ThreadLabels } from "./thread-labels.ts";

/** Frames and strings are defined for each process anew; keys 0 and 1 have meanings of their own. */
const firstKey = 2;
const noSubstitutes: ReadonlyMap<string, string> = new Map();

interface ProcessKeys {
  readonly strings: Map<string, number>;
  /** Key by frame; 0 for one of the kernel, which has none. */
  readonly frames: number[];
  frameCount: number;
}

/** Austin's samples as MOJO events. */
export class MojoRenderer implements AustinRenderer {
  readonly #tables: Tables;
  readonly #metric: AustinMetric;
  readonly #labels: ThreadLabels;
  readonly #bytes = new ByteWriter(1 << 17);
  readonly #processes = new Map<Pid, ProcessKeys>();

  constructor(tables: Tables, metric: AustinMetric, threads: "ids" | "names") {
    this.#tables = tables;
    this.#metric = metric;
    this.#labels = new ThreadLabels(tables, threads);
    this.#bytes.bytes(mojoMagic);
    this.#bytes.signedVarint(writtenVersion);
  }

  get length(): number {
    return this.#bytes.length;
  }

  take(): Uint8Array {
    return this.#bytes.take();
  }

  metadata(key: string, value: string): void {
    this.#event(MojoEvent.metadata);
    this.#text(key);
    this.#text(value);
  }

  gap(): void {
    // Only text needs one.
  }

  sample(thread: ThreadIndex, stack: StackIndex, isCollecting: boolean, metrics: AustinMetrics): void {
    const { process = 0, interpreter = 0 } = this.#tables.threads[thread] ?? {};
    const pid = this.#tables.processes[process]?.pid ?? 0;
    this.#event(MojoEvent.stack);
    this.#bytes.signedVarint(pid);
    this.#bytes.signedVarint(interpreter);
    this.#text(this.#labels.of(thread, pid));
    this.#frames(pid, stack);
    if (isCollecting) this.#event(MojoEvent.collecting);
    if (this.#metric !== "memory") {
      this.#event(MojoEvent.time);
      this.#bytes.signedVarint(metrics.time);
    }
    if (this.#metric === "time") return;
    if (this.#metric === "full" && metrics.isIdle) this.#event(MojoEvent.idle);
    this.#event(MojoEvent.memory);
    this.#bytes.signedVarint(metrics.memory);
  }

  #frames(pid: Pid, stack: StackIndex): void {
    const { parent, frame } = this.#tables.stacks;
    const keys = this.#keysOf(pid);
    const path: FrameIndex[] = [];
    for (let at = stack; at !== NONE; at = parent[at]!) path.push(frame[at]!);
    path.reverse();
    for (const one of path) keys.frames[one] ??= this.#isKernel(one) ? 0 : this.#define(keys, one);
    for (const one of path) {
      const key = keys.frames[one]!;
      this.#event(key === 0 ? MojoEvent.kernelFrame : MojoEvent.frameReference);
      if (key === 0) this.#text(this.#plain(this.#tables.functions.name[this.#tables.frames.function[one]!]!));
      else this.#bytes.signedVarint(key);
    }
  }

  #isKernel(frame: FrameIndex): boolean {
    return this.#tables.functions.kind[this.#tables.frames.function[frame]!] === FunctionKind.kernel;
  }

  #keysOf(pid: Pid): ProcessKeys {
    let keys = this.#processes.get(pid);
    if (keys === undefined) {
      keys = { strings: new Map(), frames: [], frameCount: 0 };
      this.#processes.set(pid, keys);
    }
    return keys;
  }

  #define(keys: ProcessKeys, frame: FrameIndex): number {
    const { frames, functions } = this.#tables;
    const index = frames.function[frame]!;
    const isMarker = functions.kind[index] === FunctionKind.marker;
    const name = this.#string(keys, this.#plain(functions.name[index]!) || "<unknown>");
    const file = this.#string(keys, isMarker ? markerFile : this.#plain(functions.file[index]!));
    const key = firstKey + keys.frameCount++;
    this.#event(MojoEvent.frame);
    for (const value of [key, file, name, frames.line[frame]!, frames.endLine[frame]!, frames.column[frame]!, frames.endColumn[frame]!])
      this.#bytes.signedVarint(value);
    return key;
  }

  #string(keys: ProcessKeys, text: string): number {
    const known = keys.strings.get(text);
    if (known !== undefined) return known;
    const key = firstKey + keys.strings.size;
    keys.strings.set(text, key);
    this.#event(MojoEvent.string);
    this.#bytes.signedVarint(key);
    this.#text(text);
    return key;
  }

  /** Whoever makes text of it again does so without escapes. */
  #plain(string: StringIndex): string {
    return plainName(stringAt(this.#tables, string), noSubstitutes);
  }

  #event(id: number): void {
    this.#bytes.varint(id);
  }

  #text(text: string): void {
    this.#bytes.bytes(encodeText(text));
    this.#bytes.varint(0);
  }
}
