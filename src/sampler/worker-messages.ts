import type { ErrorCode } from "../base/errors.ts";
import type { ByteCount, Milliseconds } from "../base/units.ts";
import type { Block } from "../profile/tables.ts";
import type { CaptureObstacle, PauseOutcome, SessionOptions, SessionUpdate } from "./session-options.ts";

/** What the sampling thread is started with. */
export interface WorkerSetup extends Pick<
  SessionOptions,
  "interval" | "processes" | "exposure" | "startTimeout" | "source" | "pause" | "kernelStacks" | "tasks" | "mostWaiting" | "notesMemory"
> {
  readonly control: SharedArrayBuffer;
  /** We started the target, so it may take its time until Python shows up; what was attached to must have it now. */
  readonly isOurs: boolean;
}

export type WorkerMessage =
  /** Everything is loaded. `mayPause`: threads may be stopped. */
  | { readonly kind: "ready"; readonly mayPause: boolean }
  /** A Python interpreter was found; blocks follow. `startedAt`: unix time of sample time 0. */
  | { readonly kind: "began"; readonly startedAt: Milliseconds; readonly obstacle: CaptureObstacle | null }
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string; readonly hint: string | null }
  | ({ readonly kind: "block" } & SessionUpdate)
  | { readonly kind: "ended"; readonly reason: string; readonly pauses: PauseOutcome | null };

/** What a block takes while it waits, roughly: its samples, with some more for its tables. */
export function weightOf({ samples, waits, stacks, frames, tasks }: Block): ByteCount {
  return samples.length * 49 + waits.length * 69 + stacks.length * 8 + (frames.length + tasks.length) * 100;
}
