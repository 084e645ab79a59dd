import { type Command, Option } from "commander";
import { LynceusError } from "../../base/errors.ts";
import { openRecordingFile } from "../../formats/files/open-file.ts";
import type { WriteOptions } from "../../formats/format.ts";
import { formats } from "../../formats/registry.ts";
import { type DiffBasis, buildDiff, confidence, diffBases } from "../../profile/diff.ts";
import type { PlaceKind } from "../../profile/place-times.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { type Summary, summarize } from "../../profile/stack-weights.ts";
import type { Recording } from "../../profile/tables.ts";
import { collect, createCommand, modeOption, parseArguments } from "../options/arguments.ts";
import { parseCount } from "../options/quantities.ts";
import { selectThreads } from "../options/select-threads.ts";
import { writeOptionsFrom } from "../options/write-options.ts";
import { checkOutput } from "../output/check-output.ts";
import { planOutputs } from "../output/output-plan.ts";
import { writeWhole } from "../output/write-output.ts";
import { formatDiffText } from "../text/diff-text.ts";
import { type ColorChoice, columnsOf, createPaint } from "../text/terminal.ts";

interface DiffFlags {
  readonly by: PlaceKind;
  readonly per?: DiffBasis;
  readonly mode?: Mode;
  readonly thread?: string;
  readonly all?: true;
  readonly limit: number;
  readonly json?: true;
  readonly output?: readonly string[];
  readonly format?: string;
  readonly weight?: WriteOptions["weight"];
  readonly color: ColorChoice;
}

/** Options, operands and help. */
export function describe(): Command {
  return createCommand({
    verb: "diff",
    summary: "Compare two recordings: which functions became slower or faster, by how much, and what of it may be chance.",
    examples: [
      { line: "lynceus diff old.lyn new.lyn", does: "the largest change of own time first" },
      { line: "lynceus diff old.lyn new.lyn -o diff.html", does: "a flame graph of both, red where it became slower" },
      { line: "lynceus diff monday.html friday.html --per total --mode cpu", does: "shares of CPU time, however long each recording is" },
      { line: "lynceus diff old.lyn new.lyn --json", does: "every function, for a program" },
    ],
  })
    .argument("<before>", "the earlier recording, or anything that holds one")
    .argument("<after>", "the later one")
    .addOption(new Option("--by <what>", "what a row is").choices(["function", "line"]).default("function"))
    .addOption(
      new Option(
        "--per <basis>",
        "what is made equal: nothing (run), seconds of recording, or all time (default: run for two whole runs, else second)",
      ).choices(diffBases),
    )
    .addOption(modeOption("what to compare (default: what the later one was recorded for)"))
    .addOption(new Option("--thread <name>", "only the threads of this name").conflicts("output"))
    .addOption(new Option("--all", "also what may be chance").conflicts("output"))
    .option("--limit <rows>", "at most this many rows; 0: all", (text) => parseCount(text, "--limit", 0), 30)
    .addOption(new Option("--json", "as JSON: times in nanoseconds").conflicts("output"))
    .option("-o, --output <file>", "instead of a table: .html is a flame graph, .collapsed has a line for each stack and two numbers", collect)
    .option("-F, --format <format>", "the format, whatever the extension says")
    .addOption(new Option("--weight <unit>", "collapsed: what the numbers count; time is in us (default: samples)").choices(["samples", "time"]))
    .option("-v, --verbose", "causes of errors");
}

/** `lynceus diff BEFORE AFTER` */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments<DiffFlags>(describe(), args);
  if (parsed === null) return 0;
  const { options, operands } = parsed;
  const [first = "", second = ""] = operands;
  if (options.output === undefined && (options.format ?? options.weight) !== undefined) {
    const flag = options.format === undefined ? "--weight" : "-F";
    throw new LynceusError("bad-arguments", `${flag} is for what -o writes, and there is no -o`, { hint: "add one, such as: -o diff.collapsed" });
  }
  const plans = options.output === undefined ? [] : planComparisons(options.output, options.format ?? null);
  const [before, after] = [openRecordingFile(first), openRecordingFile(second)];
  const mode = options.mode ?? after.meta.mode;
  const basis = options.per ?? null;
  for (const { path, compare, isGzipped } of plans) {
    await writeWhole(path, compare(before, after, { ...writeOptionsFrom(options, mode), basis }), isGzipped);
  }
  if (plans.length > 0) return 0;

  const limit = options.limit === 0 ? null : options.limit;
  const diff = buildDiff(summaryOf(before, mode, options.thread), summaryOf(after, mode, options.thread), { by: options.by, basis });
  if (options.thread !== undefined && diff.before.samples + diff.after.samples === 0) {
    throw new LynceusError("bad-arguments", `no thread with samples is called ${options.thread}`, { hint: `see: lynceus report ${second} --by-thread` });
  }
  const text = options.json
    ? `${JSON.stringify({ files: { before: first, after: second }, mode, by: options.by, confidence, ...diff, rowCount: diff.rows.length, rows: limit === null ? diff.rows : diff.rows.slice(0, limit) }, null, 2)}\n`
    : formatDiffText([first, second], diff, {
        paint: createPaint(process.stdout, options.color),
        width: columnsOf(process.stdout),
        mode,
        limit,
        showsAll: options.all ?? false,
      });
  process.stdout.write(text);
  return 0;
}

interface ComparisonPlan {
  readonly path: string;
  readonly compare: NonNullable<(typeof formats)[number]["compare"]>;
  readonly isGzipped: boolean;
}

/** Throws `bad-arguments` for a format that holds one recording only. */
function planComparisons(paths: readonly string[], formatName: string | null): ComparisonPlan[] {
  const able = formats.filter((format) => format.compare !== undefined);
  return planOutputs(paths, formatName, able).map((plan) => {
    const { compare } = plan.format;
    if (compare === undefined) {
      throw new LynceusError("bad-arguments", `a comparison cannot be written as ${plan.format.name}`, {
        hint: `it can be as ${able.map(({ extensions }) => extensions[0]!).join(" or ")}; or use --json`,
      });
    }
    checkOutput(plan);
    return { path: plan.path ?? "-", compare, isGzipped: plan.isGzipped };
  });
}

function summaryOf(recording: Recording, mode: Mode, thread: string | undefined): Summary {
  const summary = summarize(recording, { mode });
  if (thread === undefined) return summary;
  const chosen = new Set(summary.tables.threadNames.flatMap((name, index) => (name === thread ? [index] : [])));
  return { ...summary, weights: selectThreads(summary.weights, chosen) };
}
