import type { ByteOffset } from "../../../base/units.ts";
import { isFreed, walkFrames } from "../../../cpython/frames.ts";
import type { KnownRoots } from "../../../cpython/known-roots.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { Pieces } from "../../../cpython/pieces.ts";
import { RawStack } from "../../../cpython/raw-stack.ts";
import { Gather, type RemoteMemory } from "../../../os/remote-memory.ts";

/** Frames that are copied at once. More take longer, and what is between two copies is what they cannot tell. */
const window = 8;
/** Windows that are tried before nothing is said. */
const maxWindows = 4;

/**
 * Whether frames that many torn copies agree on belong together. Each of these copies takes several microseconds, always in the same
 * order, so that a program that goes round a short loop may show all of them the frame of one call on the line of the next. This copies
 * the newest of these frames alone, twice in a row: what links them to each other and says where they are did not change within about
 * a microsecond.
 */
export class RootCheck {
  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #gather = new Gather(2048);
  readonly #piece = new Pieces();
  readonly #read = new RawStack(1);

  constructor(memory: RemoteMemory, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /** How many of the `frames` oldest frames of a stack stand as it says, most at once; 0 when that cannot be said of any. */
  count(stack: RawStack, frames: number, roots: KnownRoots): number {
    for (let tries = 0; frames > 0 && tries < maxWindows; tries++) {
      const below = Math.max(0, frames - window);
      const standing = this.#countWindow(stack, stack.length - frames, frames - below, roots);
      if (standing > 0) return below + standing;
      frames = below;
    }
    return 0;
  }

  /** Of `count` frames from the `first`-newest on: how many of the oldest. */
  #countWindow(stack: RawStack, first: number, count: number, roots: KnownRoots): number {
    const { headerSize } = this.#layout.frame;
    const gather = this.#gather;
    gather.clear();
    for (let copy = 0; copy < 2; copy++) for (let index = 0; index < count; index++) gather.add(stack.frame[first + index]!, headerSize);
    if (this.#memory.readGather(gather) !== gather.size) return 0;
    let standing = 0;
    while (standing < count) {
      const index = count - 1 - standing;
      const [one, other] = [0, count].map((copy) => this.#compare(stack, first + index, (copy + index) * headerSize, roots));
      if (one === "other" || other === "other") break;
      standing++;
      // It went on within its function: what stands above it was not called from there.
      if (one === "moved" || other === "moved") break;
    }
    return standing;
  }

  #compare(stack: RawStack, index: number, at: ByteOffset, roots: KnownRoots): "same" | "moved" | "other" {
    const frame = stack.frame[index]!;
    this.#piece.clear();
    this.#piece.add(frame, this.#layout.frame.headerSize);
    const below = walkFrames(this.#layout, this.#gather.view, at, this.#piece, frame, this.#read, roots);
    const isLinked = below === (index + 1 === stack.length ? 0 : stack.frame[index + 1]!);
    if (!isLinked || this.#read.code[0] !== stack.code[index] || isFreed(this.#layout.frame, this.#gather.view, at)) return "other";
    return this.#read.instruction[0] === stack.instruction[index] ? "same" : "moved";
  }
}
