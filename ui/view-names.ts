import type { Mode } from "../src/profile/sample-filter.ts";

export const viewNames = ["flame", "callers", "time", "table"] as const;
export type ViewName = (typeof viewNames)[number];

/** Two recordings have no common time order. */
export const comparedViewNames: readonly ViewName[] = ["flame", "callers", "table"];

export const viewTitles: Readonly<Record<ViewName, string>> = { flame: "Flame graph", callers: "Callers", time: "Time order", table: "Table" };

/** What is to be seen, in one sentence, for someone who sees it for the first time. */
export const viewSentences: Readonly<Record<ViewName, string>> = {
  flame: "Callers above, what they call below. The wider a box, the more time; the heaviest is always on the left.",
  callers: "Upside down: at the top the functions that were running, below each of them who called it.",
  time: "What each thread was doing, from the start of the recording on the left to its end on the right.",
  table: "Every function. Own: it was running itself. Total: it or something it called was running.",
};

/** The same where two recordings are compared. */
export const comparedSentences: Readonly<Record<ViewName, string>> = {
  flame: "Both recordings in one picture: the wider a box, the more time in both together. Red became slower, blue faster.",
  callers: "Upside down: at the top the functions that were running, below each of them who called it. Red became slower, blue faster.",
  time: "",
  table: "Every function with its own time before and after, the largest change first.",
};

export const metrics: readonly Mode[] = ["wall", "cpu", "gil"];
export const metricTitles: Readonly<Record<Mode, string>> = { wall: "Wall", cpu: "CPU", gil: "GIL" };
export const metricSentences: Readonly<Record<Mode, string>> = {
  wall: "All time, also time spent waiting.",
  cpu: "Time on a CPU only, as counted by the kernel.",
  gil: "Time in which the thread held the interpreter's lock (GIL).",
};
