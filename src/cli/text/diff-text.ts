import type { Nanoseconds } from "../../base/units.ts";
import { type Change, type Diff, type DiffRow, changeOf } from "../../profile/diff.ts";
import type { Mode } from "../../profile/sample-filter.ts";
import { formatCount, formatDuration } from "./numbers.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import { capitalized, modeNames } from "./report-text.ts";
import type { Paint } from "./terminal.ts";

export interface DiffTextOptions {
  readonly paint: Paint;
  /** Columns to fill; null: as wide as it gets. */
  readonly width: number | null;
  readonly mode: Mode;
  /** Also what may be chance. */
  readonly showsAll: boolean;
  /** Rows at most; null: all. */
  readonly limit: number | null;
}

/** What `lynceus diff A B` prints: how the whole changed, then what did, the largest change of own time first. */
export function formatDiffText(files: readonly [before: string, after: string], diff: Diff, options: DiffTextOptions): string {
  const { paint, limit } = options;
  const sure = diff.rows.filter(({ own, total }) => own.isSure || total.isSure);
  const candidates = options.showsAll ? diff.rows : sure;
  const rows = limit === null ? candidates : candidates.slice(0, limit);
  const lines = [...headLines(files, diff, options), ""];
  const hidden = diff.rows.length - candidates.length;
  if (diff.rows.length === 0) lines.push("  no Python frame was seen");
  else if (rows.length > 0) lines.push(...tableLines(rows, diff, options));
  else lines.push(`  none of ${formatCount(hidden)} changed by more than chance explains; --all shows them`);
  const cut = candidates.length - rows.length;
  if (cut > 0) lines.push(paint("dim", `  ${formatCount(cut)} more; --limit 0 shows them`));
  if (hidden > 0 && rows.length > 0)
    lines.push(paint("dim", `  ${formatCount(hidden)} ${hidden === 1 ? "other differs" : "others differ"} by no more than chance explains; --all shows them`));
  return `${lines.join("\n")}\n`;
}

function headLines([before, after]: readonly [string, string], diff: Diff, { paint, mode }: DiffTextOptions): string[] {
  const side = ({ samples, duration }: Diff["before"]): string => `${formatCount(samples)} samples in ${formatDuration(duration)}`;
  const scaled = diff.before.time * diff.scale;
  const ratio = scaled > 0 ? ` (${signed(((diff.after.time - scaled) / scaled) * 100, (value) => `${value.toFixed(1)} %`)})` : "";
  const names = [printable(before), printable(after)];
  const nameWidth = Math.max(...names.map(displayWidth));
  const pad = (name: string): string => name + " ".repeat(nameWidth - displayWidth(name));
  const lines = [
    `before  ${paint("bold", pad(names[0]!))}  ${side(diff.before)}`,
    `after   ${paint("bold", pad(names[1]!))}  ${side(diff.after)}`,
    "",
    paint("bold", `${capitalized(modeNames[mode])}: ${formatDuration(scaled)} before, ${formatDuration(diff.after.time)} after${ratio}`),
  ];
  if (diff.basis === "second") lines.push(`  compared by the second of recording: times before are multiplied by ${factor(diff.scale)}`);
  if (diff.basis === "total") lines.push(`  compared by shares of all time: times before are multiplied by ${factor(diff.scale)}`);
  return lines;
}

/** Own time before and after, its change, how much of that chance explains, the change of total time, name, place. */
function tableLines(rows: readonly DiffRow[], diff: Diff, { paint, width }: DiffTextOptions): string[] {
  const time = timeFormat(Math.max(diff.before.time * diff.scale, diff.after.time));
  const cells = rows.map((row) => ({
    row,
    figures: [time(row.own.before), time(row.own.after), signed(changeOf(row.own), time), `±${time(row.own.margin)}`, signed(changeOf(row.total), time)],
    name: printable(row.name),
    place: placeOf(row),
  }));
  const titles = ["before", "after", "own change", "chance", "total change"];
  const widths = titles.map((title, column) => Math.max(title.length, ...cells.map(({ figures }) => figures[column]!.length)));
  const room = width === null ? 2000 : Math.max(20, width - widths.reduce((sum, one) => sum + one + 2, 2));
  const nameWidth = Math.min(Math.max(...cells.map(({ name }) => displayWidth(name))), Math.max(12, Math.floor(room / 2)));
  const lines = [paint("dim", `  ${titles.map((title, column) => title.padStart(widths[column]!)).join("  ")}  function`)];
  for (const { row, figures, name, place } of cells) {
    const padded = figures.map((figure, column) => figure.padStart(widths[column]!));
    const tint = (change: Change, text: string): string => paint(change.isSure ? (changeOf(change) > 0 ? "red" : "green") : "dim", text);
    const shownName = fitWidth(name, nameWidth);
    const shownPlace = fitWidth(place, Math.max(8, room - nameWidth - 2), "end");
    lines.push(
      `  ${padded[0]}  ${padded[1]}  ${tint(row.own, padded[2]!)}  ${paint("dim", padded[3]!)}  ${tint(row.total, padded[4]!)}  ` +
        `${paint("cyan", shownName)}${place === "" ? "" : `${" ".repeat(nameWidth - displayWidth(shownName) + 2)}${paint("dim", shownPlace)}`}`,
    );
  }
  return lines;
}

function signed(value: number, format: (value: number) => string): string {
  const text = format(Math.abs(value));
  return `${value < 0 ? "-" : "+"}${text}`;
}

/** One unit for a whole table, and digits enough for its smallest figures to be told apart. */
function timeFormat(whole: Nanoseconds): (time: Nanoseconds) => string {
  const [unit, size] = whole >= 1e9 ? (["s", 1e9] as const) : whole >= 1e6 ? (["ms", 1e6] as const) : (["us", 1e3] as const);
  const digits = whole / size >= 100 ? 1 : whole / size >= 10 ? 2 : 3;
  return (value) => `${(value / size).toFixed(digits)} ${unit}`;
}

function factor(scale: number): string {
  return String(Number(scale.toPrecision(4)));
}

function placeOf({ file, line }: DiffRow): string {
  if (file === "") return "";
  return line > 0 ? `${printable(file)}:${line}` : printable(file);
}
