import { type Command, Option } from "commander";
import { LynceusError } from "../../base/errors.ts";
import { foldTasks } from "../../profile/fold-tasks.ts";
import { type Report, type ReportThread, buildReport } from "../../profile/report.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { type Summary, summarize } from "../../profile/stack-weights.ts";
import type { ProcessIndex, Recording, ThreadIndex } from "../../profile/tables.ts";
import { reportTasks } from "../../profile/task-report.ts";
import type { Nanoseconds } from "../../base/units.ts";
import { createCommand, modeOption, parseArguments } from "../options/arguments.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import { parseCount, parseDuration, stretchRule } from "../options/quantities.ts";
import { type ReportSection, formatReportText, modeNames, threadName } from "../text/report-text.ts";
import { formatTaskReport } from "../text/task-report-text.ts";
import { selectThreads } from "../options/select-threads.ts";
import { type ColorChoice, columnsOf, createPaint } from "../text/terminal.ts";

const defaultLimit = 30;

interface ReportFlags {
  readonly by: "function" | "line";
  readonly thread?: string;
  readonly byThread?: true;
  readonly byProcess?: true;
  readonly tasks?: true;
  readonly stretchOver?: Nanoseconds;
  readonly limit: number;
  readonly mode?: Mode;
  readonly json?: true;
  readonly color: ColorChoice;
}

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "report",
    summary: "Print where the time went: own time of each function, and total time with what it called. Recursion counts once.",
    examples: [
      { line: "lynceus report app-812.html", does: "by function, the largest own time first" },
      { line: "lynceus report app.lyn --by line --mode cpu", does: "CPU time by line" },
      { line: "lynceus report app.lyn --by-thread --limit 5", does: "the top five of each thread" },
      { line: "lynceus report app.lyn --by-process --mode cpu", does: "which of a server's workers computed, and what" },
      { line: "lynceus report --tasks app.lyn", does: "what asyncio tasks and greenlets waited for, and which of them blocked their loop" },
      { line: "lynceus report app.lyn --thread MainThread --json", does: "one thread, for a program" },
    ],
  })
    .argument("<file>", "a recording, or anything that holds one")
    .addOption(new Option("--by <what>", "what a row is").choices(["function", "line"]).default("function"))
    .addOption(new Option("--thread <name>", "only the threads of this name or id").conflicts(["byThread", "byProcess"]))
    .option("--by-thread", "a table for each thread, the busiest first")
    .addOption(new Option("--by-process", "a table for each process, the busiest first").conflicts("byThread"))
    .addOption(
      new Option("--tasks", "tasks of asyncio, greenlets, of trio and curio: how long they ran, what they waited for, which had their loop for long").conflicts(
        ["by", "thread", "byThread", "byProcess", "mode"],
      ),
    )
    .option("--stretch-over <time>", "with --tasks: show each time that one task had its loop for longer (default: 50ms); a plain number is in ms", (text) =>
      parseDuration(text, stretchRule),
    )
    .option("--limit <rows>", "at most this many rows in a table; 0: all", (text) => parseCount(text, "--limit", 0), defaultLimit)
    .addOption(modeOption("what to show (default: what it was recorded for)"))
    .option("--json", "as JSON: times in nanoseconds")
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus report FILE` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<ReportFlags>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  const file = operands[0] ?? "";

  if (options.stretchOver !== undefined && !options.tasks) throw new LynceusError("bad-arguments", "--stretch-over goes with --tasks");

  const recording = openRecordingFile(file);
  if (options.tasks) {
    process.stdout.write(taskText(file, recording, options));
    return 0;
  }
  const mode = options.mode ?? recording.meta.mode;
  const unfolded = summarize(recording, { mode });
  const summary = { ...unfolded, tables: foldTasks(unfolded.tables) };
  const whole = buildReport(summary, { by: options.by, limit: options.limit === 0 ? null : options.limit });
  const sections = sectionsOf(summary, whole, options);
  const text = options.json
    ? `${JSON.stringify({ file, mode, by: options.by, ...headOf(whole), tables: sections.map(tableOf) }, null, 2)}\n`
    : formatReportText(file, whole, sections, { paint: createPaint(process.stdout, options.color), width: columnsOf(process.stdout), mode });
  process.stdout.write(text);
  return 0;
}

const usualStretch: Nanoseconds = 50e6;

function taskText(file: string, recording: Recording, { stretchOver = usualStretch, limit, json, color }: ReportFlags): string {
  const report = reportTasks(recording, { stretchOver });
  const most = limit === 0 ? Infinity : limit;
  if (json) return `${JSON.stringify({ file, ...report, groupCount: report.tasks.length, tasks: report.tasks.slice(0, most) }, null, 2)}\n`;
  return formatTaskReport(file, report, {
    paint: createPaint(process.stdout, color),
    width: columnsOf(process.stdout),
    limit: most,
    stretchOver,
  });
}

function sectionsOf(summary: Summary, whole: Report, options: ReportFlags): readonly ReportSection[] {
  const reportOf = (threads: readonly ThreadIndex[]): Report =>
    buildReport(
      { ...summary, weights: selectThreads(summary.weights, new Set(threads)) },
      { by: options.by, limit: options.limit === 0 ? null : options.limit },
    );
  if (options.byThread) return whole.threads.map((thread) => ({ thread, process: null, report: reportOf([thread.thread]) }));
  if (options.byProcess) {
    const ofThread = (thread: ThreadIndex): ProcessIndex => summary.tables.threads[thread]!.process;
    return [...new Set(whole.threads.map(({ thread }) => ofThread(thread)))]
      .map((index) => {
        const threads = whole.threads.filter(({ thread }) => ofThread(thread) === index).map(({ thread }) => thread);
        return { thread: null, process: summary.tables.processes[index] ?? null, report: reportOf(threads) };
      })
      .toSorted((a, b) => b.report.time - a.report.time);
  }
  if (options.thread === undefined) return [{ thread: null, process: null, report: whole }];
  const chosen = whole.threads.filter((thread) => isCalled(thread, options.thread!));
  if (chosen.length === 0) {
    const names = whole.threads.slice(0, 10).map(threadName).join(", ");
    throw new LynceusError("bad-arguments", `no thread with samples is called ${options.thread}`, {
      hint: names === "" ? `there are none with ${modeNames[options.mode ?? summary.meta.mode]}` : `there are: ${names}`,
    });
  }
  return [{ thread: chosen.length === 1 ? chosen[0]! : null, process: null, report: reportOf(chosen.map(({ thread }) => thread)) }];
}

function isCalled({ pid, tid, name }: ReportThread, wanted: string): boolean {
  return wanted === name || wanted === String(tid) || wanted === `${pid}:${tid}`;
}

/** What is true of the whole recording, in the JSON. */
function headOf({ meta, isComplete, end, quality, processes, threads }: Report): Partial<Report> {
  return { meta, isComplete, end, quality, processes, threads };
}

/** One table, in the JSON. */
function tableOf({ thread, process, report: { time, samples, activity, rowCount, rows } }: ReportSection): object {
  return { thread, process, time, samples, activity, rowCount, rows };
}
