import { LynceusError } from "../../base/errors.ts";
import { StringInterner, TupleInterner } from "../../base/interner.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset, Nanoseconds, Pid, Tid } from "../../base/units.ts";
import { enlarged } from "../../profile/growing.ts";
import { JsonReader } from "../json/json-reader.ts";
import { type Json, object } from "../recording/decode-rows.ts";

/** 33 bytes each; in a file they take at least twice that. */
const maxEvents = 2 ** 24;
/** More than Linux ever has at a time on most machines. */
const maxThreads = 2 ** 17;
const maxOwnLength: ByteCount = 2 ** 20;
/** Times from a boot or an epoch on, in nanoseconds, fit. */
const maxTime: Nanoseconds = Number.MAX_SAFE_INTEGER;

export const Phase = { begin: 0, end: 1, complete: 2, asyncBegin: 3, asyncEnd: 4 } as const;
const phases: ReadonlyMap<string, number> = new Map([
  ["B", Phase.begin],
  ["E", Phase.end],
  ["X", Phase.complete],
  ["b", Phase.asyncBegin],
  ["e", Phase.asyncEnd],
]);

/** All events of a file that tell of slices, in the order of the file: they may come in any. */
export interface TraceEvents {
  readonly length: number;
  readonly phase: Uint8Array;
  readonly time: Float64Array;
  /** Of complete events; 0 for others. */
  readonly duration: Float64Array;
  /** Index into `threads`. */
  readonly thread: Int32Array;
  /** Index into `places`; of ends that name none, an arbitrary one. */
  readonly place: Int32Array;
  readonly threads: readonly TraceThread[];
  readonly places: readonly TracePlace[];
}

export interface TraceThread {
  readonly pid: Pid;
  tid: Tid;
  interpreter: number;
  name: string;
}

export interface TracePlace {
  readonly name: string;
  readonly category: string;
  readonly file: string;
  readonly line: number;
}

/** `offset`: where the list of events begins. Throws `bad-recording`. */
export function readTraceEvents(source: ByteSource, offset: ByteOffset): TraceEvents {
  const columns = new EventColumns();
  const reader = new JsonReader(source, offset);
  reader.beginArray();
  // The list may lack its end: programs that crash leave it so.
  while (reader.hasElement(true)) columns.add(readEvent(reader));
  return columns;
}

interface RawEvent {
  phase: string;
  name: string;
  category: string;
  pid: string;
  tid: string;
  time: number | null;
  duration: number | null;
  args: RawArgs;
}

interface RawArgs {
  name: string;
  file: string;
  line: number;
  own: Json | null;
}

function readEvent(reader: JsonReader): RawEvent {
  const event: RawEvent = {
    phase: "",
    name: "",
    category: "",
    pid: "0",
    tid: "0",
    time: null,
    duration: null,
    args: { name: "", file: "", line: 0, own: null },
  };
  reader.members(
    new Map([
      ["ph", () => void (event.phase = word(reader))],
      ["name", () => void (event.name = word(reader))],
      ["cat", () => void (event.category = word(reader))],
      ["pid", () => void (event.pid = word(reader))],
      ["tid", () => void (event.tid = word(reader))],
      ["ts", () => void (event.time = amount(reader))],
      ["dur", () => void (event.duration = amount(reader))],
      ["args", () => readArgs(reader, event.args)],
    ]),
  );
  return event;
}

function readArgs(reader: JsonReader, args: RawArgs): void {
  if (reader.kind() !== "object") return reader.skip();
  const file = (): void => void (args.file = word(reader));
  reader.members(
    new Map([
      ["name", () => void (args.name = word(reader))],
      ["filename", file],
      ["file", file],
      ["line", () => void (args.line = amount(reader) ?? 0)],
      ["lynceus", () => void (args.own = reader.kind() === "object" ? object(reader.value(maxOwnLength)) : null)],
    ]),
  );
}

/** Texts and ids: some write numbers, some write texts. */
function word(reader: JsonReader): string {
  const kind = reader.kind();
  if (kind === "string") return reader.string();
  if (kind === "number") return String(reader.number());
  reader.skip();
  return "";
}

function amount(reader: JsonReader): number | null {
  if (reader.kind() === "number") return reader.number();
  const text = word(reader);
  return text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
}

class EventColumns implements TraceEvents {
  length = 0;
  phase = new Uint8Array(1024);
  time = new Float64Array(1024);
  duration = new Float64Array(1024);
  thread = new Int32Array(1024);
  place = new Int32Array(1024);
  readonly threads: TraceThread[] = [];
  readonly places: TracePlace[] = [];
  readonly #threadIndices = new Map<string, number>();
  readonly #texts = new StringInterner();
  readonly #placeIndices = new TupleInterner(4);

  add(event: RawEvent): void {
    if (event.phase === "M") return this.#nameThread(event);
    const phase = phases.get(event.phase);
    if (phase === undefined || event.time === null) return;
    if (this.length === maxEvents) throw new LynceusError("bad-recording", `there are more than ${maxEvents} events`);
    if (this.length === this.phase.length) this.#grow();
    const at = this.length++;
    this.phase[at] = phase;
    this.time[at] = nanoseconds(event.time);
    this.duration[at] = Math.max(0, nanoseconds(event.duration ?? 0));
    this.thread[at] = this.#threadOf(event);
    this.place[at] = this.#placeOf(event);
  }

  #nameThread(event: RawEvent): void {
    if (event.name !== "thread_name") return;
    const thread = this.threads[this.#threadOf(event)]!;
    thread.name = event.args.name;
    const { own } = event.args;
    if (own === null) return;
    if (typeof own["name"] === "string") thread.name = own["name"];
    if (Number.isSafeInteger(own["tid"])) thread.tid = own["tid"] as number;
    if (Number.isSafeInteger(own["interpreter"])) thread.interpreter = own["interpreter"] as number;
  }

  #threadOf({ pid, tid }: RawEvent): number {
    const key = `${pid} ${tid}`;
    const known = this.#threadIndices.get(key);
    if (known !== undefined) return known;
    if (this.threads.length === maxThreads) throw new LynceusError("bad-recording", `there are more than ${maxThreads} threads`);
    this.#threadIndices.set(key, this.threads.length);
    return this.threads.push({ pid: idFrom(pid), tid: idFrom(tid), interpreter: 0, name: idFrom(tid) === 0 && tid !== "0" ? tid : "" }) - 1;
  }

  #placeOf({ name, category, args: { file, line } }: RawEvent): number {
    const row = line > 0 && line < 2 ** 31 ? Math.floor(line) : 0;
    const index = this.#placeIndices.intern(this.#texts.intern(name), this.#texts.intern(category), this.#texts.intern(file), row);
    if (index === this.places.length) this.places.push({ name, category, file, line: row });
    return index;
  }

  #grow(): void {
    const length = this.length * 2;
    this.phase = enlarged(this.phase, length);
    this.time = enlarged(this.time, length);
    this.duration = enlarged(this.duration, length);
    this.thread = enlarged(this.thread, length);
    this.place = enlarged(this.place, length);
  }
}

/** Of microseconds, with up to three digits after the point. */
function nanoseconds(microseconds: number): Nanoseconds {
  const value = Math.round(microseconds * 1000);
  if (Math.abs(value) > maxTime) throw new LynceusError("bad-recording", `an event has the time ${microseconds}`);
  return value;
}

function idFrom(text: string): number {
  const id = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(id) ? id : 0;
}
