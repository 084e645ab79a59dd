import type { SessionOutcome } from "../../../sampler/session-options.ts";
import { version } from "../../../os/package-version.ts";
import { printable } from "../../text/printable.ts";
import type { Paint } from "../../text/terminal.ts";
import type { Flavor } from "./flavors.ts";

/** What Austin says to people, on stderr, in its words. */

export function bannerLines(flavor: Flavor, paint: Paint): readonly string[] {
  return [`${paint("bold", flavor.name === "austin4" ? "austin" : flavor.name)} ${paint("bold", paint("cyan", flavor.version))} [lynceus ${version}]`];
}

export function pythonLines(pythonVersion: string, paint: Paint): readonly string[] {
  return ["", `🐍 ${paint("bold", "Python")} version: ${paint("bold", paint("yellow", printable(pythonVersion)))}`];
}

export function exposureLine(seconds: number): string {
  return `🕑 Sampling for ${seconds} second${seconds === 1 ? "" : "s"}`;
}

export function statisticsLines({ totals }: SessionOutcome, collecting: number | null, paint: Paint): readonly string[] {
  if (totals.samples === 0) return ["", "😣 No samples collected."];
  const bold = (text: string): string => paint("bold", text);
  const share = (part: number, whole: number): string => `${bold(`${part}/${whole}`)} (${bold(`${(whole === 0 ? 0 : (part / whole) * 100).toFixed(2)} %`)})`;
  const seconds = (nanoseconds: number): string => `${(nanoseconds / 1e9).toFixed(2)} s`;
  const { shortest, mean, longest } = roundTimes(totals);
  return [
    "",
    bold("Statistics"),
    `⌛ Sampling duration : ${bold(seconds(totals.duration))}`,
    ...(collecting === null
      ? []
      : [`🗑️  Garbage collector : ${bold(seconds(collecting))} (${bold(`${((collecting / Math.max(1, totals.duration)) * 100).toFixed(2)} %`)})`]),
    `⏱️  Frame sampling (min/avg/max) : ${bold(`${shortest}/${mean}/${longest} μs`)}`,
    `🐢 Long sampling rate : ${share(totals.roundsLate, totals.roundsDue)} samples took longer than the sampling interval to collect`,
    `💀 Error rate : ${share(totals.partial + totals.lost, totals.samples)} invalid samples`,
  ];
}

/** The same as metadata, in every file. */
export function statisticsMetadata({ totals }: SessionOutcome): readonly (readonly [key: string, value: string])[] {
  const { shortest, mean, longest } = roundTimes(totals);
  return [
    ["sampling", `${shortest},${mean},${longest}`],
    ["saturation", `${totals.roundsLate}/${totals.roundsDue}`],
    ["errors", `${totals.partial + totals.lost}/${totals.samples}`],
  ];
}

/** Microseconds of a round: the shortest, the mean, the longest. */
function roundTimes(totals: SessionOutcome["totals"]): { shortest: number; mean: number; longest: number } {
  const rounds = Math.max(1, totals.roundsDue - totals.roundsLate);
  const whole = (nanoseconds: number): number => Math.round(nanoseconds / 1000);
  return { shortest: whole(totals.shortestRound), mean: whole(totals.busy / rounds), longest: whole(totals.longestRound) };
}
