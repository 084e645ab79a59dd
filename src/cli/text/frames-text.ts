import { FunctionKind } from "../../profile/tables.ts";
import type { WhereFrame } from "../../sampler/where.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import type { SourceReader } from "./source-lines.ts";
import type { Paint } from "./terminal.ts";

export interface FramesTextOptions {
  readonly paint: Paint;
  readonly readSource: SourceReader;
  /** Columns that a source line may take, its indentation included. */
  readonly width: number;
}

/** A run of equal frames longer than this is cut: recursion 10,000 deep should not hide what it is about. */
const mostRepeats = 3;
/** Of a deeper stack, as functions that call each other in turn make it, so many runs are shown at either end. */
const mostAtEachEnd = 500;
/** Source longer than this is a generated or hostile line. */
const longestSource = 2000;
/** Of a name; a path may have so many (PATH_MAX). */
const longestName = 4096;

/** A frame a line, the newest last, each with its line of source below it. Runs of equal frames are cut. */
export function formatFrames(frames: readonly WhereFrame[], options: FramesTextOptions): string[] {
  const runs = runsOf(frames);
  const show = (some: readonly Run[]): string[] => some.flatMap((run) => runLines(run, options));
  if (runs.length <= 2 * mostAtEachEnd) return show(runs);
  const hidden = runs.slice(mostAtEachEnd, -mostAtEachEnd).reduce((sum, { repeats }) => sum + repeats, 0);
  return [...show(runs.slice(0, mostAtEachEnd)), options.paint("dim", `  ... ${hidden} more frames`), ...show(runs.slice(-mostAtEachEnd))];
}

interface Run {
  readonly frame: WhereFrame;
  readonly repeats: number;
}

/** Equal frames that follow each other, together. */
function runsOf(frames: readonly WhereFrame[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < frames.length;) {
    const frame = frames[at]!;
    let repeats = 1;
    while (at + repeats < frames.length && isSamePlace(frame, frames[at + repeats]!)) repeats++;
    runs.push({ frame, repeats });
    at += repeats;
  }
  return runs;
}

function runLines({ frame, repeats }: Run, options: FramesTextOptions): string[] {
  const text = oneFrame(frame, options);
  const lines = Array.from({ length: Math.min(repeats, mostRepeats) }, () => text).flat();
  if (repeats > mostRepeats) lines.push(options.paint("dim", `  ... the same ${repeats - mostRepeats} more times`));
  return lines;
}

function isSamePlace(a: WhereFrame, b: WhereFrame): boolean {
  return a.line === b.line && a.column === b.column && a.name === b.name && a.file === b.file;
}

function oneFrame(frame: WhereFrame, { paint, readSource, width }: FramesTextOptions): string[] {
  const place = placeOf(frame);
  const lines = [`  ${paint("cyan", shownName(frame.name))}${paint("dim", place)}`];
  const source = frame.line > 0 && frame.file !== "" ? readSource(frame.file, frame.line) : null;
  if (source !== null && source.trim() !== "" && source.length <= longestSource)
    lines.push(...sourceLines(source, frame, width - 4).map((line) => `    ${line}`));
  return lines;
}

function placeOf({ kind, file, line }: WhereFrame): string {
  if (kind === FunctionKind.kernel) return file === "" ? " (kernel)" : ` (kernel, ${shownName(file)})`;
  return file === "" ? "" : ` (${shownName(file)}${line > 0 ? `:${line}` : ""})`;
}

/** The line without its indentation, and carets under the part that runs, unless that is the whole line anyway. */
function sourceLines(source: string, frame: WhereFrame, width: number): string[] {
  const text = source.trim();
  const shown = fitWidth(shownSource(text), width);
  if (frame.column <= 0) return [shown];
  const bytes = Buffer.from(source, "utf8");
  const indentation = bytes.length - Buffer.byteLength(source.trimStart());
  const lastColumn = indentation + Buffer.byteLength(text);
  const start = Math.max(frame.column - 1, indentation);
  const end = frame.endLine > frame.line || frame.endColumn <= 0 ? lastColumn : Math.min(frame.endColumn - 1, lastColumn);
  if (end <= start || (start === indentation && end === lastColumn)) return [shown];
  const before = displayWidth(shownSource(bytes.subarray(indentation, start).toString("utf8")));
  const under = displayWidth(shownSource(bytes.subarray(start, end).toString("utf8")));
  return before + under > displayWidth(shown) ? [shown] : [shown, `${" ".repeat(before)}${"^".repeat(under)}`];
}

/** A name or a path, made safe to print. */
export function shownName(name: string): string {
  return printable(name.length > longestName ? `${name.slice(0, longestName)}…` : name);
}

function shownSource(text: string): string {
  return printable(text.replaceAll("\t", " "));
}
