import type { Nanoseconds } from "../../base/units.ts";
import type { LoopLag } from "../../profile/loop-lag.ts";
import type { LongStretch, StretchFrame, TaskGroup, TaskReport, TaskThread } from "../../profile/task-report.ts";
import { formatCount, formatDuration, formatShare } from "./numbers.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import { headLines } from "./report-text.ts";
import type { Paint } from "./terminal.ts";

export interface TaskReportTextOptions {
  readonly paint: Paint;
  /** Columns to fill; null: as wide as it gets. */
  readonly width: number | null;
  /** Of groups of tasks. */
  readonly limit: number;
  readonly stretchOver: Nanoseconds;
}

/** Columns of what is not for a terminal. */
const widest = 2000;
const mostReasons = 4;
const mostStretches = 10;
/** Of a stretch's stack, the newest. */
const mostFrames = 20;

/** What `lynceus report --tasks FILE` prints: loops, then tasks that are alike, then who kept a loop from its events. */
export function formatTaskReport(file: string, report: TaskReport, options: TaskReportTextOptions): string {
  const { paint } = options;
  const head = headLines(file, report, paint);
  if (report.taskCount === 0) return `${[...head, "", "No tasks were seen: of asyncio, greenlet, trio or curio."].join("\n")}\n`;
  const lines = [...head, "", ...report.loops.map((loop) => loopLine(loop, paint)), "", ...taskLines(report, options), "", ...stretchLines(report, options)];
  return `${lines.join("\n")}\n`;
}

/** "Loop of MainThread (812:812): busy 34 %; an event waited up to 0.2 ms half of the time, ..." */
function loopLine(loop: TaskThread & LoopLag, paint: Paint): string {
  const { busy, time, median, p99, p999, longest } = loop;
  const lag = `an event waited up to ${formatDuration(median)} half of the time, ${formatDuration(p99)} in 99 % of it, ${formatDuration(p999)} in 99.9 %, ${formatDuration(longest)} at worst`;
  return `${paint("bold", `Loop of ${threadName(loop)}`)}: busy ${formatShare(busy, time)}; ${lag}`;
}

function threadName({ pid, tid, name }: TaskThread): string {
  return name === "" ? `${pid}:${tid}` : `${printable(name)} (${pid}:${tid})`;
}

function taskLines({ tasks, taskCount }: TaskReport, { paint, width, limit }: TaskReportTextOptions): string[] {
  const shown = tasks.slice(0, limit);
  const cells = shown.map((group) => ({
    count: formatCount(group.count),
    running: formatDuration(group.running),
    waiting: formatDuration(group.waiting),
    longest: group.longest === 0 ? "-" : formatDuration(group.longest),
    name: groupName(group),
    reasons: reasonsOf(group),
  }));
  const titles = { count: "tasks", running: "running", waiting: "waiting", longest: "longest" };
  const widths = mapValues(titles, (title, column) => Math.max(title.length, ...cells.map((cell) => cell[column].length)));
  const figures = 2 + Object.values(widths).reduce((sum, one) => sum + one + 2, 0);
  const room = width === null ? widest : Math.max(20, width - figures);
  const nameWidth = Math.min(Math.max(8, ...cells.map(({ name }) => displayWidth(name))), Math.max(12, Math.floor(room / 2)));
  const numbers = (row: Readonly<Record<keyof typeof titles, string>>): string =>
    Object.entries(widths)
      .map(([column, columnWidth]) => `${row[column as keyof typeof titles].padStart(columnWidth)}  `)
      .join("");
  const lines = [
    paint("bold", `${formatCount(taskCount)} ${taskCount === 1 ? "task" : "tasks"}, those that ran most first`),
    paint("dim", `  ${numbers(titles)}${"task".padEnd(nameWidth)}  waits for`),
  ];
  for (const cell of cells) {
    const name = fitWidth(cell.name, nameWidth);
    const padding = " ".repeat(nameWidth - displayWidth(name) + 2);
    lines.push(`  ${numbers(cell)}${paint("cyan", name)}${padding}${fitWidth(cell.reasons, Math.max(8, room - nameWidth - 2))}`.trimEnd());
  }
  if (tasks.length > shown.length) lines.push(paint("dim", `  ${formatCount(tasks.length - shown.length)} more; --limit 0 shows all`));
  return lines;
}

/** "Task-* handle()" */
function groupName({ name, coroutine }: Pick<TaskGroup, "name" | "coroutine">): string {
  const shown = printable(name);
  return coroutine === "" || coroutine === name ? shown : `${shown} ${printable(coroutine)}()`;
}

/** "Lock 80 %, sleep 15 %" */
function reasonsOf({ reasons, waiting }: TaskGroup): string {
  const told = reasons.slice(0, mostReasons).map(({ what, time }) => `${what === "" ? "not known" : printable(what)} ${formatShare(time, waiting)}`);
  if (reasons.length > mostReasons) told.push("...");
  return told.join(", ");
}

function stretchLines({ stretches, stretchCount, meta }: TaskReport, { paint, stretchOver, width }: TaskReportTextOptions): string[] {
  const over = formatDuration(stretchOver);
  const told = `${formatCount(stretchCount)} ${stretchCount === 1 ? "time" : "times"} one task had its loop for more than ${over}`;
  const interval = meta.interval > 0 ? `, by samples every ${formatDuration(meta.interval)}` : "";
  if (stretchCount === 0) return [paint("bold", `No task was seen to have its loop for more than ${over}${interval}`)];
  const groups = groupStretches(stretches);
  const lines = [paint("bold", `${told}${interval}: no other task could run`)];
  for (const group of groups.slice(0, mostStretches)) lines.push("", ...stretchGroup(group, paint, width ?? widest));
  if (groups.length > mostStretches) lines.push("", paint("dim", `  ${formatCount(groups.length - mostStretches)} more; --json has the longest 1,000`));
  return lines;
}

/** Those of the same functions are one, the longest first. */
function groupStretches(stretches: readonly LongStretch[]): (readonly LongStretch[])[] {
  const groups = new Map<string, LongStretch[]>();
  for (const stretch of stretches) {
    const key = JSON.stringify([stretch.coroutine, stretch.thread, stretch.stack.map(({ name, file }) => [name, file])]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [stretch]);
    else group.push(stretch);
  }
  return [...groups.values()].sort((a, b) => sumOf(b) - sumOf(a));
}

function sumOf(group: readonly LongStretch[]): Nanoseconds {
  return group.reduce((sum, { duration }) => sum + duration, 0);
}

/** "306 ms from 1.97 s on: Task-321 handle() in MainThread", or of several: "7 times, 1.2 s in all; the longest: ..." */
function stretchGroup(group: readonly LongStretch[], paint: Paint, width: number): string[] {
  const { task, coroutine, thread, start, duration, samples, cpu, stack } = group[0]!;
  const all = group.length === 1 ? "" : `${formatCount(group.length)} times, ${formatDuration(sumOf(group))} in all; the longest: `;
  const when = `${all}${paint("bold", paint("yellow", formatDuration(duration)))} from ${formatDuration(start)} on`;
  const head = `  ${when}: ${groupName({ name: task, coroutine })} in ${threadName(thread)}, ${formatCount(samples)} ${samples === 1 ? "sample" : "samples"}, ${formatDuration(Math.min(cpu, duration))} on a CPU`;
  const hidden = stack.length - mostFrames;
  const more = hidden > 0 ? [paint("dim", `    ... ${formatCount(hidden)} more frames`)] : [];
  return [head, ...more, ...stack.slice(-mostFrames).map((frame) => `    ${frameText(frame, paint, width - 4)}`)];
}

function frameText({ name, file, line }: StretchFrame, paint: Paint, width: number): string {
  const shown = fitWidth(printable(name), width);
  const place = file === "" ? "" : ` (${printable(file)}${line > 0 ? `:${line}` : ""})`;
  return `${paint("cyan", shown)}${paint("dim", fitWidth(place, Math.max(8, width - displayWidth(shown)), "end"))}`;
}

function mapValues<K extends string, T, U>(of: Readonly<Record<K, T>>, map: (value: T, key: K) => U): Record<K, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value as T, key as K)])) as Record<K, U>;
}
