import type { Nanoseconds } from "../base/units.ts";
import { type PlaceKind, describePlace, timesByPlace } from "./place-times.ts";
import { sumActivity, type ActivityTimes } from "./activity-times.ts";
import type { SampleFilter } from "./sample-filter.ts";
import { type Summary, summarize } from "./stack-weights.ts";
import { type FunctionKind, type ProcessRow, type QualityRow, type Recording, type RecordingEnd, type RecordingMeta, type ThreadIndex } from "./tables.ts";

export interface ReportOptions extends SampleFilter {
  /** "line": one row per line of a function, instead of one per function. */
  readonly by: PlaceKind;
  /** At most this many rows, the largest own time first. Null: all. */
  readonly limit: number | null;
}

/** Time and samples in a function (or on a line), and in it or in what it called. Recursion counts once. */
export interface ReportRow {
  readonly name: string;
  readonly file: string;
  /** By line: that line. By function: its first line. 0 when not known. */
  readonly line: number;
  readonly kind: FunctionKind;
  readonly own: Nanoseconds;
  readonly total: Nanoseconds;
  readonly ownSamples: number;
  readonly totalSamples: number;
}

export interface ReportThread {
  readonly thread: ThreadIndex;
  readonly pid: number;
  readonly tid: number;
  /** Empty when it has none. */
  readonly name: string;
  readonly time: Nanoseconds;
  readonly samples: number;
}

/** What `lynceus report` shows, as data. */
export interface Report {
  readonly meta: RecordingMeta;
  readonly isComplete: boolean;
  readonly end: RecordingEnd | null;
  /** Of all samples that the filter let through, those without a Python frame included. */
  readonly time: Nanoseconds;
  readonly samples: number;
  readonly rows: readonly ReportRow[];
  /** How many rows there are without the limit. */
  readonly rowCount: number;
  /** Those with samples that the filter let through, the busiest first. */
  readonly threads: readonly ReportThread[];
  readonly processes: readonly ProcessRow[];
  /** Of these threads, all their time. */
  readonly activity: ActivityTimes;
  /** All quality rows summed up; `time` is the last one's. */
  readonly quality: QualityRow;
}

/** One pass through the recording; memory bounded by its different stacks. */
export function formatReport(recording: Recording, options: ReportOptions): Report {
  return buildReport(summarize(recording, options), options);
}

export function buildReport(summary: Summary, options: Pick<ReportOptions, "by" | "limit">): Report {
  const { tables, weights } = summary;
  const rows = reportRows(summary, options.by);
  const time = new Float64Array(tables.threads.length);
  const samples = new Float64Array(tables.threads.length);
  for (let row = 0; row < weights.length; row++) {
    time[weights.threadAt(row)]! += weights.timeAt(row);
    samples[weights.threadAt(row)]! += weights.samplesAt(row);
  }
  const threads = tables.threads.map((row, thread) => ({
    thread,
    pid: tables.processes[row.process]?.pid ?? 0,
    tid: row.tid,
    name: tables.threadNames[thread] ?? "",
    time: time[thread]!,
    samples: wholeSamples(samples[thread]!),
  }));
  return {
    meta: summary.meta,
    isComplete: summary.isComplete,
    end: summary.end,
    time: time.reduce((sum, value) => sum + value, 0),
    samples: Math.round(samples.reduce((sum, value) => sum + value, 0)),
    rows: options.limit === null ? rows : rows.slice(0, options.limit),
    rowCount: rows.length,
    threads: threads.filter((thread) => thread.samples > 0).sort((a, b) => b.time - a.time || a.thread - b.thread),
    processes: tables.processes,
    activity: sumActivity(tables.threads.flatMap((_, thread) => (samples[thread]! > 0 ? (summary.activity[thread] ?? []) : []))),
    quality: sumQuality(summary.quality),
  };
}

/** Where tasks share a thread's time, a part of a sample is no less than one. */
function wholeSamples(samples: number): number {
  return samples > 0 ? Math.max(1, Math.round(samples)) : 0;
}

export function sumQuality(rows: readonly QualityRow[]): QualityRow {
  const sum = { time: 0, roundsDue: 0, roundsLate: 0, verified: 0, exact: 0, paused: 0, partial: 0, lost: 0, busy: 0 };
  for (const row of rows) for (const name of Object.keys(sum) as (keyof QualityRow)[]) sum[name] += row[name];
  return { ...sum, time: rows.at(-1)?.time ?? 0 };
}

function reportRows({ tables, weights }: Summary, by: PlaceKind): readonly ReportRow[] {
  const places = timesByPlace(tables, weights, by);
  const rows: ReportRow[] = [];
  for (let place = 0; place < places.count; place++) {
    if (places.totalSamples[place] === 0) continue;
    rows.push({
      ...describePlace(tables, places.firstFrame[place]!, by),
      own: places.own[place]!,
      total: places.total[place]!,
      ownSamples: wholeSamples(places.ownSamples[place]!),
      totalSamples: wholeSamples(places.totalSamples[place]!),
    });
  }
  return rows.sort((a, b) => b.own - a.own || b.total - a.total || b.ownSamples - a.ownSamples);
}
