import type { Address, ByteCount, ByteOffset } from "../../../base/units.ts";
import type { Interpreter } from "../../../cpython/interpreters.ts";
import type { Layout } from "../../../cpython/layout.ts";
import type { Pieces } from "../../../cpython/pieces.ts";
import { decodeThreadState, threadStateSize, type ThreadState } from "../../../cpython/thread-state.ts";
import { readWord } from "../../../cpython/words.ts";
import { Gather } from "../../../os/remote-memory.ts";

/** A careful copy looks at the frame pointer after each frame's worth of bytes; of a deep stack after more, but not after more than so many frames'. */
const mostFramesBetween = 6;
/** And makes about so many looks, in each copy. */
const looksWanted = 64;

/**
 * What one system call is to copy of a thread, in this order, and where in the buffer it is then:
 *
 *   | thread state | frames, with looks at the frame pointer between them | the same once more | GIL, collector |
 *
 * or, when what lies below the newest frames is compared with an earlier copy:
 *
 *   | thread state | look | newest frames | look | all below | look | newest frames | look | GIL, collector |
 */
export class CopyList {
  readonly gather: Gather = new Gather(8192);
  /** Where the two copies of the frames begin. */
  firstFrames: ByteOffset = 0;
  secondFrames: ByteOffset = 0;
  /** How often the frame pointer was looked at, and which of the looks was between the two copies. */
  looks = 0;
  middleLook = 0;
  /** Where in the first piece the newest frames begin that are copied twice; 0: everything is. */
  topStart: ByteOffset = 0;
  /** 3.11 and 3.12: the `_PyCFrame` that the looks went through. */
  cframe: Address = 0;
  readonly #layout: Layout;
  readonly #interpreter: Interpreter;
  readonly #thread: Address;
  readonly #isCareful: boolean;
  /** The frame pointer is looked at again after at most so many bytes of frames. */
  #maxBetween: ByteCount = Number.POSITIVE_INFINITY;
  #planVersion = -1;
  #pointers: ByteOffset = 0;
  #gil: ByteOffset = 0;
  #collecting: ByteOffset = 0;

  /** `isCareful`: the frame pointer is looked at more often than Python calls a function. */
  constructor(layout: Layout, interpreter: Interpreter, thread: Address, isCareful: boolean) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#thread = thread;
    this.#isCareful = isCareful;
  }

  /** Makes the list anew if the plan, the `_PyCFrame` or `topStart` is another one than last time. */
  layOut(pieces: Pieces, planVersion: number, cframe: Address, topStart: ByteOffset = 0): void {
    if (planVersion === this.#planVersion && cframe === this.cframe && topStart === this.topStart) return;
    this.#planVersion = planVersion;
    this.cframe = cframe;
    this.topStart = topStart;
    const { gather } = this;
    const { wordSize, gil, frame } = this.#layout;
    if (this.#isCareful)
      this.#maxBetween = frame.headerSize * Math.max(1, Math.min(mostFramesBetween, Math.ceil(pieces.size / looksWanted / frame.headerSize)));
    gather.clear();
    gather.add(this.#thread, threadStateSize(this.#layout));
    this.firstFrames = gather.reserve(pieces.size);
    this.secondFrames = topStart === 0 ? gather.reserve(pieces.size) : gather.reserve(pieces.lengths[0]! - topStart) - topStart;
    // One look after each full stretch of bytes, one at the end of each copy (of which there are three at most), one before the first.
    this.#pointers = gather.reserve((2 * Math.ceil(pieces.size / this.#maxBetween) + 4) * this.#pointerSize);
    this.looks = 0;
    this.#addLook();
    if (topStart === 0) {
      this.#addFrames(pieces, 0, this.firstFrames);
      this.middleLook = this.looks - 1;
      this.#addFrames(pieces, 0, this.secondFrames);
    } else {
      this.#addTop(pieces, this.firstFrames);
      gather.addAt(this.firstFrames, pieces.addresses[0]!, topStart);
      this.#addFrames(pieces, 1, this.firstFrames);
      this.middleLook = this.looks - 1;
      this.#addTop(pieces, this.secondFrames);
    }
    const start = Math.min(gil.lastHolder, gil.locked);
    this.#gil = gather.add(this.#interpreter.gil + start, Math.max(gil.lastHolder + wordSize, gil.locked + 4) - start);
    this.#collecting = gather.add(this.#interpreter.collecting, 4);
  }

  decodeThreadState(into: ThreadState): void {
    decodeThreadState(this.#layout, this.gather.view, 0, into);
  }

  /** Where whole copies of the frames begin. */
  get copies(): readonly ByteOffset[] {
    return this.topStart === 0 ? [this.firstFrames, this.secondFrames] : [this.firstFrames];
  }

  /** Whether the two copies agree from `start` to `end`, both within what was copied twice. */
  isSame(start: ByteOffset, end: ByteOffset): boolean {
    const { gather, firstFrames, secondFrames } = this;
    return gather.bytes.compare(gather.bytes, secondFrames + start, secondFrames + end, firstFrames + start, firstFrames + end) === 0;
  }

  /** The running frame, as the `index`-th look saw it. */
  frameAt(index: number): Address {
    const { wordSize } = this.#layout;
    return readWord(this.gather.view, this.#pointers + (index + 1) * this.#pointerSize - wordSize, wordSize);
  }

  /** All looks saw the same. */
  isPointerStill(): boolean {
    const { view } = this.gather;
    const size = this.#pointerSize;
    const end = this.#pointers + this.looks * size;
    for (let at = this.#pointers + size; at < end; at += 4) if (view.getUint32(at, true) !== view.getUint32(at - size, true)) return false;
    return true;
  }

  /** The thread state that holds the GIL; 0 when nobody does. */
  gilHolder(): Address {
    const { gil, wordSize } = this.#layout;
    const start = this.#gil - Math.min(gil.lastHolder, gil.locked);
    return this.gather.view.getInt32(start + gil.locked, true) === 1 ? readWord(this.gather.view, start + gil.lastHolder, wordSize) : 0;
  }

  isCollecting(): boolean {
    return this.gather.view.getInt32(this.#collecting, true) !== 0;
  }

  /** What points to the running frame: a word of the thread state, and in 3.11 and 3.12 one of the `_PyCFrame`. */
  get #pointerSize(): ByteCount {
    return this.#layout.thread.cframeCurrentFrame === null ? this.#layout.wordSize : 2 * this.#layout.wordSize;
  }

  #addLook(): void {
    const { thread, wordSize } = this.#layout;
    const offset = this.#pointers + this.looks * this.#pointerSize;
    this.gather.addAt(offset, this.#thread + thread.frame, wordSize);
    if (thread.cframeCurrentFrame !== null)
      this.gather.addAt(offset + wordSize, this.cframe === 0 ? this.#thread : this.cframe + thread.cframeCurrentFrame, wordSize);
    this.looks++;
  }

  #addTop(pieces: Pieces, copy: ByteOffset): void {
    this.gather.addAt(copy + this.topStart, pieces.addresses[0]! + this.topStart, pieces.lengths[0]! - this.topStart);
    this.#addLook();
  }

  #addFrames(pieces: Pieces, first: number, copy: ByteOffset): void {
    let between = 0;
    for (let index = first; index < pieces.count; index++) {
      const address = pieces.addresses[index]!;
      const length = pieces.lengths[index]!;
      for (let done = 0; done < length;) {
        if (between >= this.#maxBetween) {
          this.#addLook();
          between = 0;
        }
        const part = Math.min(length - done, this.#maxBetween - between);
        this.gather.addAt(copy + pieces.offsets[index]! + done, address + done, part);
        between += part;
        done += part;
      }
    }
    this.#addLook();
  }
}
