import type { Nanoseconds, Pid } from "../../base/units.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import type { Tables } from "../../profile/tables-builder.ts";
import { type Known, NONE, type ThreadIndex, knownNames } from "../../profile/tables.ts";
import { weightAt } from "../../profile/visit-weights.ts";
import { jsonList } from "../json/json-pieces.ts";
import { intervalNames, startOfSample, tracks } from "../sample-intervals.ts";
import { type ThreadSamples, valuesOf } from "../thread-samples.ts";
import { firstTrackCategory, markerType } from "./gecko-meta.ts";

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

export function* threadPieces(samples: ThreadSamples, mode: Mode, tables: Tables, title: string, ids: ProcessIds): Generator<string> {
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
  yield* markerPieces(samples, tables.strings.length);
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
  readonly name: string;
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
}

/** Column by column, the intervals being found anew for each: they may be as many as samples. */
function* markerPieces(samples: ThreadSamples, firstName: number): Generator<string> {
  let length = 0;
  yield `{"data":`;
  yield* jsonList(
    mapped(intervalsOf(samples), ({ track }) => {
      length++;
      return `{"type":"${markerType(tracks[track]!.category)}"}`;
    }),
  );
  yield `,"name":`;
  yield* jsonList(mapped(intervalsOf(samples), ({ name }) => firstName + markerNames.indexOf(name)));
  yield `,"startTime":`;
  yield* jsonList(mapped(intervalsOf(samples), ({ start }) => start / 1e6));
  yield `,"endTime":`;
  yield* jsonList(mapped(intervalsOf(samples), ({ end }) => end / 1e6));
  yield `,"phase":`;
  yield* jsonList(mapped(intervalsOf(samples), () => 1));
  yield `,"category":`;
  yield* jsonList(mapped(intervalsOf(samples), ({ track }) => firstTrackCategory + track));
  yield `,"length":${length}}`;
}

/** What lasts from sample to sample is one, in the order of their ends. */
function* intervalsOf(samples: ThreadSamples): Generator<Interval> {
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
        if (before) yield { track, ...before, end: last ?? start };
        open[track] = name === null ? null : { name, start };
      }
      last = Math.max(chunk.time[row]!, start);
    }
  }
  for (const [track, interval] of open.entries()) if (interval !== null) yield { track, ...interval, end: last ?? interval.start };
}

function* mapped<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}
