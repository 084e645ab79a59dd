import type { Nanoseconds } from "../base/units.ts";
import { Known, NONE, type FrameIndex, type StackIndex } from "../profile/tables.ts";
import { Capture, type CapturedThread } from "./capture/captured-thread.ts";
import type { FrameResolver } from "./frame-resolver.ts";
import { StackCursor } from "./stack-cursor.ts";
import type { StackTable } from "./stack-table.ts";

/** Stands for the frames above it, which are not known. */
export const unprovedMarker = "(unproved)";

/** How whole stacks are known. */
export const knownOf: Partial<Record<Capture, Known>> = { [Capture.verified]: Known.verified, [Capture.exact]: Known.exact, [Capture.paused]: Known.paused };

/** What can be told of the stack of one thread, as of its last capture: which one it is, and how it is known. */
export class ToldStack {
  stack: StackIndex = NONE;
  known: Known = Known.lost;
  readonly cursor: StackCursor = new StackCursor();
  readonly #stacks: StackTable;

  constructor(stacks: StackTable) {
    this.#stacks = stacks;
  }

  /**
   * Finds out which one was captured. False when code objects came and went so fast that only a part of it can be told. `copiedAt`: see
   * `FrameResolver.beginStack`.
   */
  tell(capture: Capture, captured: CapturedThread, resolver: FrameResolver, copiedAt?: Nanoseconds): boolean {
    const stacks = this.#stacks;
    if (capture === Capture.lost) {
      this.known = Known.lost;
      this.stack = stacks.intern(NONE, resolver.marker("(lost)"));
      return true;
    }
    resolver.beginStack(copiedAt);
    this.stack = this.cursor.intern(captured.stack, captured.provedFrames, resolver, stacks);
    const young = this.cursor.youngDepths(resolver);
    const { told } = this.cursor;
    const confirmed = young.length === 0 ? told : Math.min(told, resolver.confirm(captured.stack, young));
    const isConfirmed = confirmed === captured.provedFrames;
    if (confirmed < told) {
      this.cursor.forget();
      this.stack = this.cursor.intern(captured.stack, confirmed, resolver, stacks);
    }
    this.known = isConfirmed ? (knownOf[capture] ?? Known.partial) : Known.partial;
    if (this.known === Known.partial) this.add(resolver.marker(unprovedMarker));
    return isConfirmed;
  }

  /** Puts one more frame on top. */
  add(frame: FrameIndex): void {
    this.stack = this.#stacks.intern(this.stack, frame);
  }
}
