import { assertNever } from "../base/assert-never.ts";
import { type ProcessIndex, State, type ThreadIndex } from "./tables.ts";

export type Mode = "wall" | "cpu" | "gil";

/** Which samples count, and for how much. */
export interface SampleFilter {
  /**
   * wall: every sample, for the time since the thread's last one, and the waits of tasks that share it. cpu: those on a CPU, for the CPU time since then.
   * gil: those that hold the GIL, for the time since the last one.
   */
  readonly mode: Mode;
  /** Only these threads. Null: all. */
  readonly threads?: ReadonlySet<ThreadIndex> | null;
  /** Only the threads of these processes. Null: all. */
  readonly processes?: ReadonlySet<ProcessIndex> | null;
}

/** The bit of `State` that a sample must have, 0 for none. */
export function neededState(mode: Mode): number {
  switch (mode) {
    case "wall":
      return 0;
    case "cpu":
      return State.onCpu;
    case "gil":
      return State.holdsGil;
    default:
      return assertNever(mode);
  }
}
