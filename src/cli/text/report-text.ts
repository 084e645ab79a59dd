import type { Nanoseconds } from "../../base/units.ts";
import type { ActivityTimes } from "../../profile/activity-times.ts";
import type { Report, ReportRow, ReportThread } from "../../profile/report.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { FunctionKind, type ProcessRow } from "../../profile/tables.ts";
import { formatCount, formatDuration, formatShare } from "./numbers.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import { unrecordedLine } from "./summary.ts";
import { shellWord } from "./shell-word.ts";
import type { Paint } from "./terminal.ts";

export interface ReportTextOptions {
  readonly paint: Paint;
  /** Columns to fill; null: as wide as it gets. */
  readonly width: number | null;
  readonly mode: Mode;
}

/** One table: of one thread, of one process, or of all. */
export interface ReportSection {
  readonly thread: ReportThread | null;
  readonly process: ProcessRow | null;
  readonly report: Report;
}

export type ReportHead = Pick<Report, "meta" | "processes" | "quality" | "end" | "isComplete">;

export const modeNames: Readonly<Record<Mode, string>> = { wall: "wall time", cpu: "CPU time", gil: "time with the GIL held" };

const nothingSeen: Readonly<Record<Mode, string>> = {
  wall: "no Python frame was seen",
  cpu: "no thread was seen to use a CPU",
  gil: "no thread was seen to hold the GIL",
};

/** What `lynceus report FILE` prints: what was recorded and how well, then a table per section. */
export function formatReportText(file: string, whole: Report, sections: readonly ReportSection[], options: ReportTextOptions): string {
  const tables = (sections.length > 0 ? sections : [{ thread: null, process: null, report: whole }]).flatMap((section) => [
    "",
    ...sectionLines(section, options),
  ]);
  return `${[...headLines(file, whole, options.paint), ...tables].join("\n")}\n`;
}

/** What was recorded, and how well. */
export function headLines(file: string, { meta, processes, quality, end, isComplete }: ReportHead, paint: Paint): string[] {
  const started =
    Number.isFinite(new Date(meta.startedAt).getTime()) && meta.startedAt > 0
      ? `, ${new Date(meta.startedAt).toISOString().slice(0, 19).replace("T", " ")} UTC`
      : "";
  const versions = [...new Set(processes.map(({ pythonVersion }) => pythonVersion).filter((version) => version !== ""))]
    .slice(0, 4)
    .map((version) => `Python ${version}`);
  const ids = processes.map(({ pid }) => pid).join(", ");
  const pids = processes.length > 4 ? `${processes.length} processes` : processes.length > 1 ? `processes ${ids}` : ids && `process ${ids}`;
  const host = meta.host === "" ? "" : ` on ${meta.host}`;
  const command = fitWidth(printable(meta.command.map(shellWord).join(" ")), 300);
  const lines = [`${paint("bold", printable(file))}${command && `: ${command}`}`];
  const source = [...versions, `${pids}${host}`].filter((part) => part !== "").join(", ") + started;
  if (source !== "") lines.push(`  ${printable(source)}`);
  const duration = end?.duration ?? quality.time;
  // Files of other profilers may tell only one of them, or neither.
  const times = [duration > 0 ? formatDuration(duration) : "", meta.interval > 0 ? `every ${formatDuration(meta.interval)}` : ""].filter((part) => part !== "");
  const ending = end === null || end.reason === "" ? "" : printable(end.reason);
  if (times.length > 0 || ending !== "") lines.push(`  ${[times.join(", "), ending].filter((part) => part !== "").join("; ")}`);
  const known = quality.verified + quality.exact + quality.paused + quality.partial + quality.lost;
  if (known > 0) {
    const shares = (["verified", "exact", "paused", "partial", "lost"] as const)
      .filter((kind) => quality[kind] > 0 || kind === "lost")
      .map((kind) => `${kind} ${formatShare(quality[kind], known)}`);
    lines.push(`  samples: ${shares.join(", ")}; rounds late: ${formatShare(quality.roundsLate, quality.roundsDue)}`);
  }
  const unrecorded = unrecordedLine({ unrecorded: end?.unrecorded ?? 0 });
  if (unrecorded !== null) lines.push(`  ${unrecorded}`);
  const note = meta.extra["note"];
  if (note !== undefined) lines.push(paint("yellow", `  ${fitWidth(printable(note), 300)}`));
  if (!isComplete) lines.push(paint("yellow", "  The end of this recording is missing (a crash, a full disk); everything before it is here."));
  return lines;
}

function sectionLines({ thread, process, report }: ReportSection, options: ReportTextOptions): string[] {
  const threads = `${formatCount(report.threads.length)} ${report.threads.length === 1 ? "thread" : "threads"}`;
  const who = thread !== null ? `thread ${threadName(thread)}` : process !== null ? `${processName(process)}, ${threads}` : threads;
  const title = options.paint(
    "bold",
    `${capitalized(modeNames[options.mode])} of ${who}: ${formatDuration(report.time)}, ${formatCount(report.samples)} samples`,
  );
  const activity = options.mode === "wall" ? activityLines(report.activity) : [];
  if (report.rows.length === 0) return [title, `  ${nothingSeen[options.mode]}`];
  const hidden = report.rowCount - report.rows.length;
  const more = hidden > 0 ? [options.paint("dim", `  ${formatCount(hidden)} more; --limit 0 shows all`)] : [];
  return [title, ...activity, ...tableLines(report.rows, report.time, options), ...more];
}

/** How threads spent it, as far as there is something to tell. */
function activityLines({ onCpu, waitingForCpu, blocked, stopped, untold }: ActivityTimes): string[] {
  const whole = onCpu + waitingForCpu + blocked + stopped + untold;
  const parts = [
    ["on a CPU", onCpu],
    ["waiting for a CPU", waitingForCpu],
    ["blocked", blocked],
    ["stopped", stopped],
    ["not told", untold],
  ] as const;
  const told = parts
    .filter(([name, time]) => time > 0 || name === "on a CPU" || name === "blocked")
    .map(([name, time]) => `${name} ${formatShare(time, whole)}`);
  return whole > untold ? [`  ${told.join(", ")}`] : [];
}

const longestCommand = 100;

/** "process 812 (python app.py --port 80)" */
function processName({ pid, commandLine }: ProcessRow): string {
  const command = fitWidth(printable(commandLine.map(shellWord).join(" ")), longestCommand);
  return command === "" ? `process ${pid}` : `process ${pid} (${command})`;
}

export function threadName({ pid, tid, name }: ReportThread): string {
  return name === "" ? `${pid}:${tid}` : `${printable(name)} (${pid}:${tid})`;
}

/** Columns for a name and its place in what is not for a terminal: one endless name must not widen every line. */
const widest = 2000;

/** own, its share, total, its share, name, place; times end at the same column, long places lose their beginning. */
function tableLines(rows: readonly ReportRow[], whole: Nanoseconds, { paint, width }: ReportTextOptions): string[] {
  const time = timeFormat(whole);
  const cells = rows.map((row) => ({
    own: [time(row.own), percent(row.own, whole)] as const,
    total: [time(row.total), percent(row.total, whole)] as const,
    name: printable(row.name),
    place: placeOf(row),
  }));
  const timeWidth = Math.max(...cells.flatMap(({ own, total }) => [own[0].length, total[0].length]));
  const shareWidth = Math.max(...cells.flatMap(({ own, total }) => [own[1].length, total[1].length]));
  const figuresWidth = 2 + 2 * (timeWidth + 2 + shareWidth + 2);
  const room = width === null ? widest : Math.max(20, width - figuresWidth);
  const nameWidth = Math.min(Math.max(...cells.map(({ name }) => displayWidth(name))), Math.max(12, Math.floor(room / 2)));
  const pair = ([first, share]: readonly [string, string]): string => `${first.padStart(timeWidth)}  ${share.padStart(shareWidth)}  `;
  const columnWidth = timeWidth + 2 + shareWidth;
  const lines = [paint("dim", `  ${"own".padStart(columnWidth)}  ${"total".padStart(columnWidth)}  function`)];
  for (const { own, total, name, place } of cells) {
    const shownName = fitWidth(name, nameWidth);
    const padding = " ".repeat(nameWidth - displayWidth(shownName) + 2);
    const shownPlace = fitWidth(place, Math.max(8, room - nameWidth - 2), "end");
    lines.push(`  ${paint("bold", pair(own))}${pair(total)}${paint("cyan", shownName)}${place === "" ? "" : `${padding}${paint("dim", shownPlace)}`}`);
  }
  return lines;
}

/** One unit and one precision for a whole table, so that the eye can compare. */
function timeFormat(whole: Nanoseconds): (time: Nanoseconds) => string {
  const [unit, size] = whole >= 1e9 ? (["s", 1e9] as const) : whole >= 1e6 ? (["ms", 1e6] as const) : (["us", 1e3] as const);
  return (time) => `${(time / size).toFixed(2)} ${unit}`;
}

function percent(part: Nanoseconds, whole: Nanoseconds): string {
  return `${whole > 0 ? ((part / whole) * 100).toFixed(1) : "0.0"} %`;
}

function placeOf({ file, line, kind }: ReportRow): string {
  if (kind === FunctionKind.task) return "(task)";
  if (file === "") return "";
  return line > 0 ? `${printable(file)}:${line}` : printable(file);
}

export function capitalized(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
