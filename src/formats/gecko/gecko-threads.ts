import type { Nanoseconds, Pid } from "../../base/units.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { FunctionKind, type Known, NONE, type ThreadIndex, knownNames } from "../../profile/tables.ts";
import { weightAt } from "../../profile/visit-weights.ts";
import { jsonList } from "../json/json-pieces.ts";
import { intervalNames, startOfSample, tracks } from "../sample-intervals.ts";
import { type ThreadSamples, valuesOf } from "../thread-samples.ts";
import type { TaskSpell } from "../task-spells.ts";
import { firstTrackCategory, kindCategories, markerType, taskMarkers } from "./gecko-meta.ts";

/** At the end of the file's texts. */
export const markerNames: readonly string[] = [...intervalNames, ...knownNames];

/** The profiler tells processes apart by a text: an id that was used again gets another one. */
export class ProcessIds {
  readonly #texts: readonly string[];

  constructor({ processes }: Tables) {
    const uses = new Map<Pid, number>();
    this.#texts = processes.map(({ pid }) => {
      const used = uses.get(pid) ?? 0;
      uses.set(pid, used + 1);
      return used === 0 ? String(pid) : `${pid}.${used}`;
    });
  }

  textOf(process: number): string {
    return this.#texts[process] ?? "0";
  }
}

/** At the end of the file's texts, after `markerNames`. */
export function taskTexts({ taskNames }: Tables): readonly string[] {
  return [...new Set(taskNames)];
}

export interface ThreadPiecesOptions {
  readonly mode: Mode;
  readonly title: string;
  readonly ids: ProcessIds;
  /** What the thread's tasks waited for. */
  readonly spells: readonly TaskSpell[];
  /** Index of a task's name in `taskTexts`. */
  readonly taskText: ReadonlyMap<string, number>;
}

export function* threadPieces(samples: ThreadSamples, tables: Tables, { mode, title, ids, spells, taskText }: ThreadPiecesOptions): Generator<string> {
  yield threadHead(samples.thread, tables, title, ids);
  yield `,"samples":{"weightType":"tracing-ms","stack":`;
  let length = 0;
  yield* jsonList(
    valuesOf(samples, ({ stack }, row) => {
      length++;
      return stack[row] === NONE ? "null" : stack[row]!;
    }),
  );
  yield `,"time":`;
  let last: Nanoseconds = 0;
  yield* jsonList(valuesOf(samples, ({ time }, row) => (last = Math.max(last, time[row]!)) / 1e6));
  yield `,"weight":`;
  yield* jsonList(valuesOf(samples, (chunk, row) => weightAt(chunk, row, mode) / 1e6));
  yield `,"threadCPUDelta":`;
  yield* jsonList(valuesOf(samples, ({ cpu }, row) => cpu[row]!));
  yield `,"known":`;
  yield* jsonList(valuesOf(samples, ({ known }, row) => known[row]!));
  yield `,"state":`;
  yield* jsonList(valuesOf(samples, ({ state }, row) => state[row]!));
  yield `,"length":${length}},"markers":`;
  yield* markerPieces(samples, tables, spells, taskText);
  yield "}";
}

function threadHead(thread: ThreadIndex, tables: Tables, title: string, ids: ProcessIds): string {
  const { process, tid, interpreter, startTime } = tables.threads[thread]!;
  const { pid = 0, commandLine = [], executable = "" } = tables.processes[process] ?? {};
  const head = JSON.stringify({
    name: title,
    processType: "default",
    processName: commandLine.join(" ") || executable || "python",
    pid: ids.textOf(process),
    tid,
    isMainThread: tid === pid && interpreter === 0,
    processStartupTime: 0,
    processShutdownTime: null,
    registerTime: Math.max(0, startTime / 1e6),
    unregisterTime: null,
    pausedRanges: [],
    showMarkersInTimeline: true,
    lynceus: { pid, tid, interpreter, name: tables.threadNames[thread] ?? "" },
  });
  return head.slice(0, -1);
}

interface Interval {
  readonly track: number;
  /** Index of its text in the file. */
  readonly name: number;
  /** Of a task: what it waits for. */
  readonly what?: string;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** Column by column, the intervals being found anew for each: they may be as many as samples. */
function* markerPieces(samples: ThreadSamples, tables: Tables, spells: readonly TaskSpell[], taskText: ReadonlyMap<string, number>): Generator<string> {
  const firstName = tables.strings.length;
  const textOfTask = ({ task }: TaskSpell): number => firstName + markerNames.length + (taskText.get(tables.taskNames[task]!) ?? 0);
  function* all(): Generator<Interval> {
    yield* intervalsOf(samples, firstName);
    for (const spell of spells) {
      const { start, end, what } = spell;
      if (end > start) yield { track: tracks.length, name: textOfTask(spell), what: stringAt(tables, what), start, end };
    }
  }
  let length = 0;
  yield `{"data":`;
  yield* jsonList(
    mapped(all(), ({ track, what }) => {
      length++;
      return what === undefined ? `{"type":"${markerType(tracks[track]!.category)}"}` : `{"type":"${markerType(taskMarkers)}","what":${JSON.stringify(what)}}`;
    }),
  );
  yield `,"name":`;
  yield* jsonList(mapped(all(), ({ name }) => name));
  yield `,"startTime":`;
  yield* jsonList(mapped(all(), ({ start }) => start / 1e6));
  yield `,"endTime":`;
  yield* jsonList(mapped(all(), ({ end }) => end / 1e6));
  yield `,"phase":`;
  yield* jsonList(mapped(all(), () => 1));
  yield `,"category":`;
  yield* jsonList(mapped(all(), ({ track }) => (track < tracks.length ? firstTrackCategory + track : kindCategories[FunctionKind.task])));
  yield `,"length":${length}}`;
}

/** What lasts from sample to sample is one, in the order of their ends. */
function* intervalsOf(samples: ThreadSamples, firstName: number): Generator<Interval> {
  const index = (name: string): number => firstName + markerNames.indexOf(name);
  const open: ({ readonly name: string; readonly start: Nanoseconds } | null)[] = tracks.map(() => null);
  let last: Nanoseconds | null = null;
  for (const chunk of samples.chunks()) {
    for (let row = 0; row < chunk.length; row++) {
      if (chunk.isWait[row] === 1) continue;
      const start = startOfSample(chunk.time[row]!, chunk.wall[row]!, last);
      const hasGap = last !== null && start > last;
      for (const [track, { nameOf }] of tracks.entries()) {
        const name = nameOf(chunk.state[row]!, chunk.known[row]! as Known);
        const before = open[track];
        if (before?.name === name && !hasGap) continue;
        if (before) yield { track, name: index(before.name), start: before.start, end: last ?? start };
        open[track] = name === null ? null : { name, start };
      }
      last = Math.max(chunk.time[row]!, start);
    }
  }
  for (const [track, interval] of open.entries())
    if (interval !== null) yield { track, name: index(interval.name), start: interval.start, end: last ?? interval.start };
}

function* mapped<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}
