import type { SessionTotals } from "../../sampler/session-options.ts";
import { formatCount, formatDuration, formatRate, formatShare } from "./numbers.ts";
import { printable } from "./printable.ts";
import { achievedRate } from "./progress.ts";
import { shellWord } from "./shell-word.ts";

/**
 * The last line after a recording:
 * "app-812.html: 12,301 samples in 12.3 s at 1 kHz, paused 0 %, lost 0 %; next: lynceus report app-812.html"
 */
export function summaryLine(files: readonly string[], totals: SessionTotals): string {
  const figures = [
    `${formatCount(totals.samples)} ${totals.samples === 1 ? "sample" : "samples"} in ${formatDuration(totals.duration)} at ${formatRate(achievedRate(totals))}`,
    `paused ${formatShare(totals.paused, totals.samples)}`,
    `lost ${formatShare(totals.lost, totals.samples)}`,
  ];
  if (totals.partial > 0) figures.push(`partial ${formatShare(totals.partial, totals.samples)}`);
  if (totals.dropped > 0) figures.push(`${formatCount(totals.dropped)} samples dropped, which could not be written fast enough`);
  const next = nextStep(files);
  return `${files.length === 0 ? "" : `${files.map(printable).join(", ")}: `}${figures.join(", ")}${next === null ? "" : `; next: ${next}`}`;
}

/** What -C would have added; null: nothing that was seen. */
export function unrecordedLine({ unrecorded }: Pick<SessionTotals, "unrecorded">): string | null {
  if (unrecorded === 0) return null;
  return `${formatCount(unrecorded)} Python ${unrecorded === 1 ? "process" : "processes"} below it ${unrecorded === 1 ? "was" : "were"} not recorded; -C records them too`;
}

/** All figures, for --verbose. */
export function detailLine(totals: SessionTotals): string {
  const parts = (["verified", "exact", "paused", "partial", "lost"] as const).map((kind) => `${formatCount(totals[kind])} ${kind}`);
  return `${parts.join(", ")}; ${formatCount(totals.roundsDue)} rounds due, ${formatCount(totals.roundsLate)} late; processes: ${totals.processes}, threads: ${totals.threads}`;
}

/** A picture is for a browser; a recording for our own report; other formats are for other programs. */
function nextStep(files: readonly string[]): string | null {
  const picture = files.find((file) => file.endsWith(".html"));
  if (picture !== undefined) return `open it in a browser, or: lynceus report ${shellWord(picture)}`;
  const recording = files.find((file) => file.endsWith(".lyn"));
  return recording === undefined ? null : `lynceus report ${shellWord(recording)}`;
}
