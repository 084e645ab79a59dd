import type { Nanoseconds } from "../../base/units.ts";
import { neededState } from "../../profile/sample-filter.ts";
import { type Tables, TablesBuilder, stringAt } from "../../profile/tables-builder.ts";
import { type Block, type FunctionIndex, type Known, NONE, type QualityRow, type Recording, type StackIndex, type ThreadIndex } from "../../profile/tables.ts";
import { durationOfBlocks } from "../duration.ts";
import type { WriteOptions } from "../format.ts";
import { jsonList } from "../json/json-pieces.ts";
import { kindNames } from "../names.ts";
import { OwnDataBuilder } from "../own-data.ts";
import { startOfSample, tracks } from "../sample-intervals.ts";
import { threadTitles } from "../thread-titles.ts";
import { TaskLanes } from "./task-lanes.ts";
import { TraceIds } from "./trace-ids.ts";
import { TrackLane } from "./track-lane.ts";

/**
 * Trace events: a function is a slice for as long as it stays at its place on the stack, whatever its line. What is known of the samples
 * beside their stacks (the GIL, garbage collection, CPU, how they are known) is slices of tracks of their own, and so is what each task does. One pass, in memory that is
 * bounded by threads and different stacks.
 */
export function* writeChrome(recording: Recording, options: WriteOptions): Generator<string> {
  yield '{"displayTimeUnit":"ns","traceEvents":';
  const [duration, own] = [durationOfBlocks(), new OwnDataBuilder()];
  yield* jsonList(traceEvents(recording, options, [duration, own]), ",\n");
  yield `,"otherData":${JSON.stringify({ lynceus: own.toJson(recording, options.mode, duration.value) })}}\n`;
}

function* traceEvents(recording: Recording, options: WriteOptions, observers: readonly { add(block: Block): void }[]): Generator<string> {
  const tables = new TablesBuilder();
  const ids = new TraceIds();
  const lanes: Lane[] = [];
  const texts: string[] = [];
  const needed = neededState(options.mode);
  const tasks = new TaskLanes(tables, (thread) => lanes[thread]!.place);
  for (const block of recording.blocks()) {
    tables.add(block);
    for (const observer of observers) observer.add(block);
    for (const row of block.threads) lanes.push(new Lane(tables, ids.idsOf(tables.processes[row.process]?.pid ?? 0, row.tid), lanes.length, texts));
    const { samples } = block;
    for (let row = 0; row < samples.length; row++) {
      const state = samples.state[row]!;
      const isShown = (state & needed) === needed;
      const lane = lanes[samples.thread[row]!]!;
      yield* lane.add(
        samples.time[row]!,
        samples.wall[row]!,
        isShown ? samples.stack[row]! : NONE,
        isShown ? { state, known: samples.known[row]! as Known } : null,
      );
    }
    yield* tasks.add(block);
    for (const row of block.quality) yield qualityEvent(row, tables);
  }
  for (const lane of lanes) yield* lane.end();
  yield* tasks.end();
  yield* nameEvents(tables, lanes);
}

interface Seen {
  readonly state: number;
  readonly known: Known;
}

/** One thread on the time line: what is open. */
class Lane {
  readonly place: string;
  readonly #tables: Tables;
  readonly #thread: ThreadIndex;
  readonly #texts: string[];
  #open: FunctionIndex[] = [];
  #stack: StackIndex = NONE;
  #tracks: readonly TrackLane[] | null = null;
  #last: Nanoseconds | null = null;

  constructor(tables: Tables, place: string, thread: ThreadIndex, texts: string[]) {
    this.#tables = tables;
    this.place = place;
    this.#thread = thread;
    this.#texts = texts;
  }

  /** Null for a sample that the mode leaves out. */
  *add(time: Nanoseconds, wall: Nanoseconds, stack: StackIndex, seen: Seen | null): Generator<string> {
    const start = startOfSample(time, wall, this.#last);
    if (this.#last !== null && start > this.#last) yield* this.#show(this.#last, NONE, null);
    yield* this.#show(start, stack, seen);
    this.#last = Math.max(time, start);
  }

  *end(): Generator<string> {
    if (this.#last === null) return;
    yield* this.#show(this.#last, NONE, null);
    for (const lane of this.#tracks ?? []) yield* lane.end(this.#where(this.#last));
  }

  #where(at: Nanoseconds): string {
    return `"ts":${at / 1000},${this.place}`;
  }

  *#show(at: Nanoseconds, stack: StackIndex, seen: Seen | null): Generator<string> {
    const where = this.#where(at);
    // Not before the first sample: by then most threads have their names.
    this.#tracks ??= tracks.map(({ category }) => new TrackLane(threadTitle(this.#tables, this.#thread), category, this.#thread));
    for (const [index, { nameOf }] of tracks.entries()) yield* this.#tracks[index]!.show(seen === null ? null : nameOf(seen.state, seen.known), where);
    if (stack === this.#stack) return;
    this.#stack = stack;
    const functions = this.#functionsOf(stack);
    let same = 0;
    while (same < functions.length && functions[same] === this.#open[same]) same++;
    for (let left = this.#open.length; left > same; left--) yield `{"ph":"E",${this.#functionText(this.#open[left - 1]!)},${where}}`;
    for (const of of functions.slice(same)) yield `{"ph":"B",${this.#functionText(of)},${where}}`;
    this.#open = functions;
  }

  /** Ends have it too: there are readers that tell by it what ends. */
  #functionText(of: FunctionIndex): string {
    return (this.#texts[of] ??= functionText(this.#tables, of));
  }

  /** Root first. */
  #functionsOf(stack: StackIndex): FunctionIndex[] {
    const { stacks, frames } = this.#tables;
    const functions: FunctionIndex[] = [];
    for (let at = stack; at !== NONE; at = stacks.parent[at]!) functions.push(frames.function[stacks.frame[at]!]!);
    return functions.reverse();
  }
}

function threadTitle({ threads, threadNames }: Tables, thread: ThreadIndex): string {
  return threadNames[thread] || `thread ${threads[thread]!.tid}`;
}

function functionText(tables: Tables, of: FunctionIndex): string {
  const { name, file, firstLine, kind } = tables.functions;
  const path = stringAt(tables, file[of]!);
  const args = { ...(path === "" ? {} : { filename: path }), ...(firstLine[of] === 0 ? {} : { line: firstLine[of] }) };
  return `"name":${JSON.stringify(stringAt(tables, name[of]!))},"cat":"${kindNames[kind[of]!]}","args":${JSON.stringify(args)}`;
}

/** How many samples were got, and how, since the row before: a counter of the first process. */
function qualityEvent({ time, verified, exact, paused, partial, lost }: QualityRow, tables: Tables): string {
  const pid = tables.processes[0]?.pid ?? 0;
  return JSON.stringify({ ph: "C", name: "samples", pid, tid: 0, ts: Math.max(0, time / 1000), args: { verified, exact, paused, partial, lost } });
}

/** Last, when all names are known. */
function* nameEvents(tables: Tables, lanes: readonly Lane[]): Generator<string> {
  for (const { pid, commandLine, executable, pythonVersion } of tables.processes) {
    yield JSON.stringify({ ph: "M", name: "process_name", pid, tid: 0, ts: 0, args: { name: commandLine.join(" ") || executable || "python" } });
    if (pythonVersion !== "") yield JSON.stringify({ ph: "M", name: "process_labels", pid, tid: 0, ts: 0, args: { labels: `Python ${pythonVersion}` } });
  }
  const titles = threadTitles({ ...tables, processes: [] });
  for (const [thread, { tid, interpreter }] of tables.threads.entries()) {
    const args = { name: titles[thread], lynceus: { tid, interpreter, name: tables.threadNames[thread] } };
    yield `{"ph":"M","name":"thread_name","ts":0,${lanes[thread]!.place},"args":${JSON.stringify(args)}}`;
  }
}
