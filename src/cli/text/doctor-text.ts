import type { Check, Diagnosis, Verdict } from "../../sampler/diagnosis.ts";
import { displayWidth, fitWidth, printable } from "./printable.ts";
import type { Paint } from "./terminal.ts";

export interface DoctorTextOptions {
  readonly paint: Paint;
  /** Columns to fill. */
  readonly width: number;
}

const colors: Readonly<Record<Verdict, Parameters<Paint>[0]>> = { yes: "green", partly: "yellow", no: "red" };
const verdictWidth = 8;
const nameWidth = 19;
/** A command line may be endless. */
const longestMessage = 240;

/** What `lynceus doctor` prints: a table of what can be done, and in the last line what that comes to. */
export function formatDoctor(diagnosis: Diagnosis, options: DoctorTextOptions): string {
  const { pid, machine, process } = diagnosis;
  const lines = [options.paint("bold", "Here"), ...machine.flatMap((check) => checkLines(check, options))];
  if (pid !== null) lines.push("", options.paint("bold", `Process ${pid}`), ...process.flatMap((check) => checkLines(check, options)));
  return `${[...lines, "", conclusion(diagnosis, options)].join("\n")}\n`;
}

function conclusion({ pid, canRecord }: Diagnosis, { paint }: DoctorTextOptions): string {
  if (pid === null) return canRecord ? paint("green", "Programs that we start can be recorded.") : paint("red", "Nothing can be recorded here.");
  return canRecord ? paint("green", `Process ${pid} can be recorded: lynceus attach ${pid}`) : paint("red", `Process ${pid} cannot be recorded.`);
}

/** The verdict, the name, the sentence, and below the sentence what to do. */
function checkLines({ verdict, name, message, hint }: Check, { paint, width }: DoctorTextOptions): string[] {
  const room = Math.max(20, width - 2 - verdictWidth - nameWidth);
  const sentence = wrap(fitWidth(printable(message), longestMessage), room);
  const advice = hint === null ? [] : wrap(printable(hint), room - 3).map((line, at) => `${at === 0 ? "-> " : "   "}${line}`);
  const head = `  ${paint(colors[verdict], verdict)}${" ".repeat(verdictWidth - verdict.length)}${name.padEnd(nameWidth)}`;
  const indent = " ".repeat(2 + verdictWidth + nameWidth);
  return [...sentence, ...advice].map((line, at) => `${at === 0 ? head : indent}${line}`);
}

/** Breaks at spaces; a word that is too long has a line for itself. At least one line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
