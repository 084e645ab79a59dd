import { FunctionKind, Known, State } from "../../profile/tables.ts";
import type { WhereFrame, WhereResult, WhereThread } from "../../sampler/where.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import { shellWord } from "./shell-word.ts";
import type { SourceReader } from "./source-lines.ts";
import type { Paint } from "./terminal.ts";

export interface WhereTextOptions {
  readonly paint: Paint;
  readonly readSource: SourceReader;
  /** Columns that a source line may take. */
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

/** What `lynceus where` prints: every thread, its state in words, its frames with the newest last. */
export function formatWhere(result: WhereResult, options: WhereTextOptions): string {
  const { paint } = options;
  const lines = [
    `${paint("bold", `Process ${result.pid}`)}: ${fitWidth(printable(result.commandLine.map(shellWord).join(" ")), 500)}`,
    `Python ${printable(result.pythonVersion)}${result.wordSize === 4 ? ", 32-bit" : ""} (${printable(result.executable)})`,
  ];
  for (const thread of result.threads) lines.push("", threadLine(thread, paint), ...frameLines(thread, options));
  return `${lines.join("\n")}\n`;
}

function threadLine(thread: WhereThread, paint: Paint): string {
  const name = thread.name === "" ? "" : ` ${paint("bold", shownName(thread.name))}`;
  const interpreter = thread.interpreter === 0 ? "" : ` of sub-interpreter ${thread.interpreter}`;
  return `Thread ${thread.tid}${name}${interpreter}: ${stateInWords(thread.state, paint)}${knownInWords(thread.known)}`;
}

function stateInWords(state: number, paint: Paint): string {
  const words = [whatItDoes(state, paint)];
  if (state & State.holdsGil) words.push("holds the GIL");
  if (state & State.waitsForGil) words.push(paint("yellow", "waits for the GIL"));
  if (state & State.collecting) words.push("collects garbage");
  return words.join(", ");
}

function whatItDoes(state: number, paint: Paint): string {
  if (state & State.stopped) return paint("yellow", "stopped");
  if (state & State.waitsForCpu) return paint("yellow", "waits for a CPU");
  if (state & State.onCpu) return paint("green", "on CPU");
  return state & State.uninterruptible ? paint("yellow", "blocked in the kernel") : "idle";
}

function knownInWords(known: Known): string {
  if (known === Known.partial) return " (it runs too fast to prove its newest frames)";
  return known === Known.lost ? " (its stack could not be read)" : "";
}

function frameLines(thread: WhereThread, options: WhereTextOptions): string[] {
  const { frames } = thread;
  if (frames.length === 0) return [options.paint("dim", "  no Python frame")];
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

function runLines({ frame, repeats }: Run, options: WhereTextOptions): string[] {
  const text = oneFrame(frame, options);
  const lines = Array.from({ length: Math.min(repeats, mostRepeats) }, () => text).flat();
  if (repeats > mostRepeats) lines.push(options.paint("dim", `  ... the same ${repeats - mostRepeats} more times`));
  return lines;
}

function isSamePlace(a: WhereFrame, b: WhereFrame): boolean {
  return a.line === b.line && a.column === b.column && a.name === b.name && a.file === b.file;
}

function oneFrame(frame: WhereFrame, { paint, readSource, width }: WhereTextOptions): string[] {
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

function shownName(name: string): string {
  return printable(name.length > longestName ? `${name.slice(0, longestName)}…` : name);
}

function shownSource(text: string): string {
  return printable(text.replaceAll("\t", " "));
}
