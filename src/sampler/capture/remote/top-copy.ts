import type { Address, ByteCount } from "../../../base/units.ts";
import { walkFrames } from "../../../cpython/frames.ts";
import type { Interpreter } from "../../../cpython/interpreters.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { Pieces } from "../../../cpython/pieces.ts";
import { RawStack } from "../../../cpython/raw-stack.ts";
import { CopyList } from "./copy-list.ts";

/** Smaller stacks are copied twice as they are: some 60 frames. */
const leastSize: ByteCount = 8192;
/** So many of the newest frames are copied twice. */
const topFrames = 8;
/** How much the newest copy counts in the share of those below whose top nothing had changed; below which share this is not worth it. */
const learningRate = 0.05;
const leastShare = 0.5;
/** Meanwhile it is tried again after so many samples. */
const probeEvery = 64;

/**
 * The short way to copy a deep stack: a stack changes at its top. Only the newest frames are copied twice. What lies below
 * is copied once, between the two, and has to be byte for byte what it was when the whole stack was last proved; then
 * it need not be walked either.
 *
 * Only for stacks whose newest frames lie in a data-stack chunk: 3.11 and later, and not those of generators.
 */
export class TopCopy {
  readonly list: CopyList;
  readonly #layout: Layout;
  readonly #linkSize: ByteCount;
  /** The newest frames, as a piece of their own: a walk ends where they do. */
  readonly #top = new Pieces();
  /** The last stack that was proved as a whole, and the bytes of its pieces. */
  readonly #stack = new RawStack();
  #bytes: Buffer = Buffer.alloc(0);
  #version = -1;
  #topStart = 0;
  #share = 1;
  #passed = 0;

  constructor(layout: Layout, interpreter: Interpreter, thread: Address, linkSize: ByteCount) {
    this.#layout = layout;
    this.#linkSize = linkSize;
    this.list = new CopyList(layout, interpreter, thread, false);
  }

  /** Lays out the list. False when there is nothing to compare with, or it is not worth it: copy everything. */
  prepare(pieces: Pieces, planVersion: number, cframe: Address): boolean {
    if (planVersion !== this.#version || (this.#share < leastShare && ++this.#passed % probeEvery !== 0)) return false;
    this.list.layOut(pieces, planVersion, cframe, this.#topStart);
    return true;
  }

  /** After copying: what lies below the newest frames is what it was. */
  isRestSame(pieces: Pieces): boolean {
    const { gather, firstFrames } = this.list;
    const isSame = (start: number, end: number): boolean => gather.bytes.compare(this.#bytes, start, end, firstFrames + start, firstFrames + end) === 0;
    const isRest = isSame(0, this.#topStart) && isSame(pieces.lengths[0]!, pieces.size);
    this.#share += learningRate * ((isRest ? 1 : 0) - this.#share);
    return isRest;
  }

  /** Puts the whole stack from `frame` on into `into`. False when the newest frames changed meanwhile, or do not lead to those below. */
  walk(frame: Address, into: RawStack): boolean {
    const { list } = this;
    const end = walkFrames(this.#layout, list.gather.view, list.firstFrames + this.#topStart, this.#top, frame, into);
    if (end <= 0 || into.length === 0 || !list.isSame(this.#topStart, this.#topStart + (frame - this.#top.addresses[0]!) + this.#linkSize)) return false;
    // Where the newest frames end, one that was there before goes on.
    const rest = this.#stack.frame.indexOf(end);
    if (rest < 0 || rest >= this.#stack.length) return false;
    into.append(this.#stack, rest);
    return true;
  }

  /** A copy of everything proved `stack`: the next one is compared with it. */
  keep({ gather, firstFrames }: CopyList, pieces: Pieces, planVersion: number, stack: RawStack): void {
    this.#version = -1;
    if (this.#layout.frame.kind === "heap" || pieces.size < leastSize || stack.length <= topFrames) return;
    if (this.#share < leastShare && this.#passed % probeEvery !== probeEvery - 1) {
      this.#passed++;
      return;
    }
    const start = pieces.addresses[0]!;
    const top = stack.frame[topFrames - 1]!;
    // The newest chunk has just been begun: its first frame is the first that counts.
    this.#topStart = top > start && top < start + pieces.lengths[0]! ? top - start : 0;
    if (this.#topStart === 0) return;
    if (this.#bytes.length < pieces.size) this.#bytes = Buffer.alloc(2 * pieces.size);
    gather.bytes.copy(this.#bytes, 0, firstFrames, firstFrames + pieces.size);
    this.#stack.copyFrom(stack);
    this.#top.clear();
    this.#top.addRange(start + this.#topStart, pieces.lengths[0]! - this.#topStart);
    this.#version = planVersion;
  }
}
