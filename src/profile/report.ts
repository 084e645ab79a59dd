import { TupleInterner } from "../base/interner.ts";
import type { Nanoseconds } from "../base/units.ts";
import type { SampleFilter } from "./sample-filter.ts";
import { type Summary, summarize } from "./stack-weights.ts";
import { type Tables, stringAt } from "./tables-builder.ts";
import {
  type FunctionKind,
  NONE,
  type ProcessRow,
  type QualityRow,
  type Recording,
  type RecordingEnd,
  type RecordingMeta,
  type ThreadIndex,
} from "./tables.ts";

export interface ReportOptions extends SampleFilter {
  /** "line": one row per line of a function, instead of one per function. */
  readonly by: "function" | "line";
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
    samples: samples[thread]!,
  }));
  return {
    meta: summary.meta,
    isComplete: summary.isComplete,
    end: summary.end,
    time: time.reduce((sum, value) => sum + value, 0),
    samples: samples.reduce((sum, value) => sum + value, 0),
    rows: options.limit === null ? rows : rows.slice(0, options.limit),
    rowCount: rows.length,
    threads: threads.filter((thread) => thread.samples > 0).sort((a, b) => b.time - a.time || a.thread - b.thread),
    processes: tables.processes,
    quality: sumQuality(summary.quality),
  };
}

export function sumQuality(rows: readonly QualityRow[]): QualityRow {
  const sum = { time: 0, roundsDue: 0, roundsLate: 0, verified: 0, exact: 0, paused: 0, partial: 0, lost: 0, busy: 0 };
  for (const row of rows) for (const name of Object.keys(sum) as (keyof QualityRow)[]) sum[name] += row[name];
  return { ...sum, time: rows.at(-1)?.time ?? 0 };
}

/**
 * The stacks are a tree already (parent, frame). Weights are put on it and summed up from the leaves; then one walk
 * from the roots adds a node's total to its place unless that place is open above it, which is what recursion is.
 */
function reportRows(summary: Summary, by: ReportOptions["by"]): readonly ReportRow[] {
  const { tables, weights } = summary;
  const { length, parent, frame } = tables.stacks;
  const own = new Float64Array(length);
  const ownSamples = new Float64Array(length);
  for (let row = 0; row < weights.length; row++) {
    const stack = weights.stackAt(row);
    if (stack === NONE) continue;
    own[stack]! += weights.timeAt(row);
    ownSamples[stack]! += weights.samplesAt(row);
  }
  const total = own.slice();
  const totalSamples = ownSamples.slice();
  const firstChild = new Int32Array(length).fill(NONE);
  const nextSibling = new Int32Array(length).fill(NONE);
  let firstRoot = NONE;
  for (let stack = length - 1; stack >= 0; stack--) {
    const above = parent[stack]!;
    nextSibling[stack] = above === NONE ? firstRoot : firstChild[above]!;
    if (above === NONE) firstRoot = stack;
    else {
      firstChild[above] = stack;
      total[above]! += total[stack]!;
      totalSamples[above]! += totalSamples[stack]!;
    }
  }

  const places = placesOfFrames(tables, by);
  const sums = {
    own: new Float64Array(places.count),
    total: new Float64Array(places.count),
    ownSamples: new Float64Array(places.count),
    totalSamples: new Float64Array(places.count),
  };
  const open = new Int32Array(places.count);
  for (let stack = firstRoot; stack !== NONE;) {
    const place = places.ofFrame[frame[stack]!]!;
    sums.own[place]! += own[stack]!;
    sums.ownSamples[place]! += ownSamples[stack]!;
    if (open[place]!++ === 0) {
      sums.total[place]! += total[stack]!;
      sums.totalSamples[place]! += totalSamples[stack]!;
    }
    let next = firstChild[stack]!;
    // Leave this node, and all above it that have no further child.
    for (let at = stack; next === NONE && at !== NONE; at = parent[at]!) {
      open[places.ofFrame[frame[at]!]!]! -= 1;
      next = nextSibling[at]!;
    }
    stack = next;
  }

  const rows: ReportRow[] = [];
  for (let place = 0; place < places.count; place++) {
    if (sums.totalSamples[place] === 0) continue;
    rows.push({
      ...describe(tables, places.firstFrame[place]!, by),
      own: sums.own[place]!,
      total: sums.total[place]!,
      ownSamples: sums.ownSamples[place]!,
      totalSamples: sums.totalSamples[place]!,
    });
  }
  return rows.sort((a, b) => b.own - a.own || b.total - a.total || b.ownSamples - a.ownSamples);
}

interface Places {
  readonly count: number;
  readonly ofFrame: Int32Array;
  readonly firstFrame: readonly number[];
}

/** Frames of the same function (and line) are one place. */
function placesOfFrames(tables: Tables, by: ReportOptions["by"]): Places {
  const { length, line } = tables.frames;
  const places = new TupleInterner(2);
  const ofFrame = new Int32Array(length);
  const firstFrame: number[] = [];
  for (let frame = 0; frame < length; frame++) {
    const place = places.intern(tables.frames.function[frame]!, by === "line" ? line[frame]! : 0);
    if (place === firstFrame.length) firstFrame.push(frame);
    ofFrame[frame] = place;
  }
  return { count: places.size, ofFrame, firstFrame };
}

function describe(tables: Tables, frame: number, by: ReportOptions["by"]): Pick<ReportRow, "name" | "file" | "line" | "kind"> {
  const { functions, frames } = tables;
  const index = frames.function[frame]!;
  return {
    name: stringAt(tables, functions.name[index]!),
    file: stringAt(tables, functions.file[index]!),
    line: by === "line" ? frames.line[frame]! : functions.firstLine[index]!,
    kind: functions.kind[index]! as FunctionKind,
  };
}
