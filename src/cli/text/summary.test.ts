import { expect, test } from "vitest";
import type { SessionTotals } from "../../sampler/session-options.ts";
import { progressLine } from "./progress.ts";
import { detailLine, summaryLine, unrecordedLine } from "./summary.ts";

const totals: SessionTotals = {
  duration: 12_345_000_000,
  samples: 24_600,
  roundsDue: 12_345,
  roundsLate: 45,
  busy: 246_000_000,
  shortestRound: 9_000,
  longestRound: 400_000,
  verified: 24_559,
  exact: 0,
  paused: 0,
  partial: 0,
  lost: 41,
  dropped: 0,
  processes: 1,
  unrecorded: 0,
  threads: 2,
};

test("the last line says what there is and what to do with it", () => {
  expect(summaryLine(["app-812.html"], totals)).toBe(
    "app-812.html: 24,600 samples in 12.3 s at 996 Hz, paused 0 %, lost 0.167 %; next: open it in a browser, or: lynceus report app-812.html",
  );
  expect(summaryLine(["a b.lyn", "x.austin"], { ...totals, partial: 246 })).toBe(
    "a b.lyn, x.austin: 24,600 samples in 12.3 s at 996 Hz, paused 0 %, lost 0.167 %, partial 1 %; next: lynceus report 'a b.lyn'",
  );
  expect(summaryLine(["x.austin"], totals)).not.toContain("next");
});

test("the progress line has what changes", () => {
  expect(progressLine(totals)).toBe("12.3 s  24,600 samples  996 Hz  2 threads  lost 0.167 %");
  expect(progressLine({ ...totals, processes: 3, threads: 1, duration: 0 })).toBe("0 us  24,600 samples  0 Hz  3 processes  1 thread  lost 0.167 %");
});

test("the detailed line has every figure", () => {
  expect(detailLine(totals)).toBe("24,559 verified, 0 exact, 0 paused, 0 partial, 41 lost; 12,345 rounds due, 45 late; processes: 1, threads: 2");
});

test("Python processes that nobody asked for are named, if there are any", () => {
  expect(unrecordedLine({ unrecorded: 0 })).toBeNull();
  expect(unrecordedLine({ unrecorded: 1 })).toBe("1 Python process below it was not recorded; -C records them too");
});
