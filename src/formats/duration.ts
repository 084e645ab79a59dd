import type { Nanoseconds } from "../base/units.ts";
import type { Block } from "../profile/tables.ts";

/** The duration of a recording that is gone through anyway: what its end says, else the last time that was seen. */
export function durationOfBlocks(): { readonly value: Nanoseconds; add(block: Block): void } {
  let last: Nanoseconds = 0;
  let told: Nanoseconds | null = null;
  return {
    get value() {
      return told ?? last;
    },
    add({ samples, quality, end }) {
      told = end?.duration ?? told;
      last = Math.max(last, quality.at(-1)?.time ?? 0, samples.time[samples.length - 1] ?? 0);
    },
  };
}
