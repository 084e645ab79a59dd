import type { Destination } from "../../push/destination.ts";
import type { PushOutcome } from "../../push/pusher.ts";
import { formatCount } from "./numbers.ts";
import { printable } from "./printable.ts";
import { shellWord } from "./shell-word.ts";

/**
 * What became of what was pushed, in a line and, when something waits, another that says how it goes on:
 * "pushed 12 slices to Pyroscope at http://localhost:4040; 2 wait: connection refused"
 */
export function pushLines({ accepted, refused, dropped, waiting, lost, problem, folder }: PushOutcome, destination: Destination): readonly string[] {
  const why = problem === null ? "" : `: ${printable(problem)}`;
  const bad: string[] = [];
  if (refused > 0) bad.push(`${formatCount(refused)} refused${waiting + lost === 0 ? why : ""}`);
  if (waiting > 0) bad.push(`${formatCount(waiting)} wait${lost === 0 ? why : ""}`);
  if (dropped > 0) bad.push(`${formatCount(dropped)} dropped: too many waited`);
  if (lost > 0) bad.push(`${formatCount(lost)} lost, which the disk did not take${why}`);
  const lines = [`pushed ${formatCount(accepted)} ${accepted === 1 ? "slice" : "slices"} to ${destination.title}${bad.map((text) => `; ${text}`).join("")}`];
  if (waiting > 0) lines.push(`what waits is in ${printable(shellWord(folder))}, and goes with the next push to the same server`);
  return lines;
}

/** While it goes on: once when slices stop being accepted, and once when they are again. */
export function troubleLine(reason: string | null, destination: Destination): string {
  return reason === null ? `${destination.title} accepts profiles again` : `${destination.title} does not accept profiles: ${printable(reason)}`;
}
