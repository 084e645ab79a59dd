import type { FunctionIndex } from "../../src/profile/tables.ts";
import type { FunctionTimes } from "./function-rows.ts";
import type { Labels } from "./labels.ts";

export type SortColumn = "own" | "total" | "name" | "place";

/** Times from the most down, texts from A up, or the other way round; `matched` (by function) leaves out what does not. */
export function sortFunctions(times: FunctionTimes, labels: Labels, matched: Uint8Array | null, column: SortColumn, isReversed: boolean): FunctionIndex[] {
  const shown = times.order.filter((index) => matched === null || matched[index] === 1);
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a: FunctionIndex, b: FunctionIndex): number => {
    switch (column) {
      case "own":
        return times.own[b]! - times.own[a]!;
      case "total":
        return times.total[b]! - times.total[a]!;
      case "name":
        return collator.compare(labels.functionName(a), labels.functionName(b));
      case "place":
        return collator.compare(labels.place(a), labels.place(b));
    }
  };
  return shown.sort((a, b) => (isReversed ? compare(b, a) : compare(a, b)));
}
