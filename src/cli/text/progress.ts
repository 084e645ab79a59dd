import type { Milliseconds } from "../../base/units.ts";
import type { SessionTotals } from "../../sampler/session-options.ts";
import { formatCount, formatDuration, formatRate, formatShare } from "./numbers.ts";
import { fitWidth } from "./printable.ts";
import { columnsOf } from "./terminal.ts";

const leastPause: Milliseconds = 100;
const eraseLine = "\x1b[2K";

export interface Progress {
  update(totals: SessionTotals): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

const silent: Progress = { update: () => {}, clear: () => {} };

/** One line that is written over, at most ten times a second. Silent where `stream` is no terminal, and in CI. `note` ends it. */
export function createProgress(stream: NodeJS.WriteStream, wanted: boolean, note: string): Progress {
  if (!wanted || !stream.isTTY || (process.env["CI"] ?? "") !== "") return silent;
  let lastTime = -Infinity;
  let isShown = false;
  return {
    update(totals) {
      const now = performance.now();
      if (now - lastTime < leastPause) return;
      lastTime = now;
      isShown = true;
      stream.write(`\r${eraseLine}${fitWidth(`${progressLine(totals)}  ${note}`, (columnsOf(stream) ?? 80) - 1)}`);
    },
    clear() {
      if (isShown) stream.write(`\r${eraseLine}`);
      isShown = false;
    },
  };
}

/** "12.3 s  12,301 samples  1 kHz  4 threads  lost 0 %" */
export function progressLine(totals: SessionTotals): string {
  const parts = [formatDuration(totals.duration), `${formatCount(totals.samples)} samples`, formatRate(achievedRate(totals))];
  if (totals.processes > 1) parts.push(`${formatCount(totals.processes)} processes`);
  parts.push(totals.threads === 1 ? "1 thread" : `${formatCount(totals.threads)} threads`, `lost ${formatShare(totals.lost, totals.samples)}`);
  return parts.join("  ");
}

/** Sampling rounds per second that were held. */
export function achievedRate(totals: SessionTotals): number {
  return totals.duration > 0 ? ((totals.roundsDue - totals.roundsLate) / totals.duration) * 1e9 : 0;
}
