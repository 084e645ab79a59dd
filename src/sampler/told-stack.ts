import type { Nanoseconds } from "../base/units.ts";
import type { RawStack } from "../cpython/raw-stack.ts";
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
   * Finds out which one was captured. False when code objects came and went so fast that only a part of it can be told. `copiedAt`: it was some time
   * ago. Left out: just now.
   */
  tell(capture: Capture, captured: CapturedThread, resolver: FrameResolver, copiedAt?: Nanoseconds): boolean {
    const stacks = this.#stacks;
    if (capture === Capture.lost) {
      this.known = Known.lost;
      this.stack = stacks.intern(NONE, resolver.marker("(lost)"));
      return true;
    }
    resolver.beginStack();
    this.stack = this.cursor.intern(captured.stack, captured.provedFrames, resolver, stacks);
    const { told } = this.cursor;
    const confirmed = copiedAt === undefined ? this.#confirm(captured.stack, resolver) : resolver.countKnownAt(copiedAt, captured.stack, told);
    const isConfirmed = confirmed === captured.provedFrames;
    if (confirmed < told) {
      this.cursor.forget();
      this.stack = this.cursor.intern(captured.stack, confirmed, resolver, stacks);
    }
    this.known = isConfirmed ? (knownOf[capture] ?? Known.partial) : Known.partial;
    if (this.known === Known.partial) this.add(resolver.marker(unprovedMarker));
    return isConfirmed;
  }

  /** It did exist at some time. A thread without a frame needs no proof; one of whose frames none shows does: the frame that is being linked looks like that. */
  get isProved(): boolean {
    return this.stack === NONE ? this.cursor.depth === 0 : this.#stacks.isProved(this.stack);
  }

  #confirm(stack: RawStack, resolver: FrameResolver): number {
    const young = this.cursor.youngDepths(resolver);
    return young.length === 0 ? this.cursor.told : Math.min(this.cursor.told, resolver.confirm(stack, young));
  }

  /** Puts one more frame on top. */
  add(frame: FrameIndex): void {
    this.stack = this.#stacks.intern(this.stack, frame);
  }
}
