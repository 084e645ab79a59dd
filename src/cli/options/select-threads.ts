import type { StackWeights } from "../../profile/stack-weights.ts";
import type { ThreadIndex } from "../../profile/tables.ts";

/** The rows of some threads, without going through the recording again. */
export function selectThreads(weights: StackWeights, threads: ReadonlySet<ThreadIndex>): StackWeights {
  const rows: number[] = [];
  for (let row = 0; row < weights.length; row++) if (threads.has(weights.threadAt(row))) rows.push(row);
  return {
    length: rows.length,
    threadAt: (row) => weights.threadAt(rows[row]!),
    stackAt: (row) => weights.stackAt(rows[row]!),
    isCollectingAt: (row) => weights.isCollectingAt(rows[row]!),
    timeAt: (row) => weights.timeAt(rows[row]!),
    samplesAt: (row) => weights.samplesAt(rows[row]!),
    squaresAt: (row) => weights.squaresAt(rows[row]!),
  };
}
