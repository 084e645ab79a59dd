import type { RawStack } from "../../cpython/raw-stack.ts";
import type { StackIndex, ThreadIndex } from "../../profile/tables.ts";
import type { StackCursor } from "../stack-cursor.ts";

/** A thread that was just captured, without its tasks. */
export interface SeenThread {
  readonly row: ThreadIndex;
  /** Its frames, newest first. */
  readonly raw: RawStack;
  /** How many of them, counted from the root, are proved and in `stack`. */
  readonly told: number;
  readonly stack: StackIndex;
  readonly cursor: StackCursor;
  readonly isAsleep: boolean;
}

/** A coroutine's frame is in the stack. Not known before 3.11, where frames do not say whose they are. */
export function hasCoroutine({ raw }: SeenThread): boolean {
  for (let at = 0; at < raw.length; at++) if (raw.inGenerator[at] === 1) return true;
  return false;
}
