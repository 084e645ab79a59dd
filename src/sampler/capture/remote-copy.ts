import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import { WALKED, walkFrames } from "../../cpython/frames.ts";
import type { Interpreter } from "../../cpython/interpreters.ts";
import type { Layout } from "../../cpython/layout.ts";
import { countCommonRoots, RawStack } from "../../cpython/raw-stack.ts";
import { decodeThreadState, emptyThreadState, threadStateSize, type ThreadState } from "../../cpython/thread-state.ts";
import { readWord } from "../../cpython/words.ts";
import { Gather, type RemoteMemory } from "../../os/remote-memory.ts";
import { Agreement } from "./agreement.ts";
import { Capture, type CapturedThread } from "./captured-thread.ts";
import { CopyPlan } from "./copy-plan.ts";

/** Copies that were whole but did not prove themselves. Each costs about 3 us; more than this would favour slow code. */
const maxUnproved = 4;
/** Copies that missed a piece, which the next one then has. */
const maxIncomplete = 64;
/** Different frame pointers of one copy that are looked into when it does not prove itself. */
const maxLooks = 4;
/** The frame pointer is read again after at most this many bytes of frames: about as long as one Python call takes. */
const maxBetween: ByteCount = 512;

/**
 * Captures one thread from outside, without a pause, in a way that proves itself. One system call copies, in this order:
 *
 *   | thread state | frames, the frame pointer again and again between them | the same once more | GIL, collector |
 *
 * The kernel copies in order. The stack at the instant between the two copies is what hangs from the pointer that was
 * read then: as the memory was shortly before, and as it was shortly after. It is proved when both tell the same frames
 * (the newest one's own instruction aside) and the pointer stood still all the time: a program that left these frames and
 * came back to the very same must have done so between two looks at the pointer, some 100 ns.
 *
 * Otherwise try again; after `maxUnproved` times settle for the frames, from the root up, that all copies and all pointers
 * share.
 */
export class RemoteCopy implements CapturedThread {
  readonly threadState: ThreadState = emptyThreadState();
  provedFrames = 0;
  gilHolder: Address = 0;
  isCollecting = false;
  readonly stack: RawStack = new RawStack();
  readonly #first = new RawStack();
  readonly #agreement = new Agreement();

  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #interpreter: Interpreter;
  readonly #thread: Address;
  readonly #stateSize: ByteCount;
  readonly #plan: CopyPlan;
  readonly #gather = new Gather(8192);
  /** 3.11 and 3.12: the `_PyCFrame` that the thread used last, and is most likely to use now. */
  #cframe: Address = 0;

  /** Where in the gather's buffer things are. */
  #firstFrames: ByteOffset = 0;
  #secondFrames: ByteOffset = 0;
  #pointers: ByteOffset = 0;
  #pointerCount = 0;
  #middlePointer = 0;
  #gil: ByteOffset = 0;
  #collecting: ByteOffset = 0;

  constructor(memory: RemoteMemory, layout: Layout, interpreter: Interpreter, thread: Address) {
    this.#memory = memory;
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#thread = thread;
    this.#plan = new CopyPlan(memory, layout);
    this.#stateSize = threadStateSize(layout);
    this.#layOut();
  }

  /** `expected` is what the list of threads said of this one; any other identity means that the list has changed. */
  capture(expected: Readonly<ThreadState>): Capture {
    this.#agreement.clear();
    let unproved = 0;
    for (let incomplete = 0; incomplete < maxIncomplete && unproved < maxUnproved;) {
      if (this.#plan.refresh()) this.#layOut();
      const copied = this.#memory.readGather(this.#gather);
      if (copied < this.#stateSize) return Capture.changed;
      decodeThreadState(this.#layout, this.#gather.view, 0, this.threadState);
      if (!isSameThread(this.threadState, expected)) return Capture.changed;
      if (!this.#isWhole(copied)) {
        incomplete++;
        continue;
      }
      const frame = this.#frameAt(this.#middlePointer);
      const missing = this.#walk(this.#firstFrames, frame, this.#first);
      if (missing > 0) {
        incomplete++;
        if (!this.#plan.discover(missing)) unproved++;
        continue;
      }
      this.#decodeGlobals();
      if (missing === WALKED && this.#walk(this.#secondFrames, frame, this.stack) === WALKED) {
        this.provedFrames = countCommonRoots(this.#first, this.stack);
        if (this.provedFrames === this.#first.length && this.provedFrames === this.stack.length && this.#isPointerStill()) {
          this.#plan.trim(this.stack);
          return Capture.verified;
        }
      }
      this.#gatherAgreement();
      unproved++;
    }
    this.provedFrames = this.#agreement.conclude(this.stack);
    return this.provedFrames > 0 ? Capture.partial : Capture.lost;
  }

  /** False when something that was to be copied is not there; the next copy is laid out anew. */
  #isWhole(copied: ByteCount): boolean {
    this.#plan.followChunks(this.threadState.dataStackChunk);
    if (copied < this.#gather.size) {
      // A chunk, a frame or a `_PyCFrame` is no longer mapped.
      this.#plan.reset();
      this.#cframe = 0;
      return false;
    }
    if (this.#layout.thread.cframeCurrentFrame === null || this.threadState.frame === this.#cframe) return true;
    this.#cframe = this.threadState.frame;
    this.#layOut();
    return false;
  }

  #walk(copy: ByteOffset, frame: Address, into: RawStack): number {
    return walkFrames(this.#layout, this.#gather.view, copy, this.#plan.pieces, frame, into);
  }

  /** The running frame as the `index`-th look saw it. */
  #frameAt(index: number): Address {
    return readWord(this.#gather.view, this.#pointers + index * this.#pointerSize() + this.#pointerSize() - this.#layout.wordSize, this.#layout.wordSize);
  }

  /** What points to the running frame: the thread state, or (3.11, 3.12) the thread state and its `_PyCFrame`. */
  #pointerSize(): ByteCount {
    return this.#layout.thread.cframeCurrentFrame === null ? this.#layout.wordSize : 2 * this.#layout.wordSize;
  }

  #isPointerStill(): boolean {
    const size = this.#pointerSize() / 4;
    const { view } = this.#gather;
    for (let word = size; word < size * this.#pointerCount; word++) {
      if (view.getUint32(this.#pointers + word * 4, true) !== view.getUint32(this.#pointers + (word - size) * 4, true)) return false;
    }
    return true;
  }

  /** What each look at the pointer says of the stack, in both copies. */
  #gatherAgreement(): void {
    let last = Number.NaN;
    let looks = 0;
    for (let index = 0; index < this.#pointerCount && looks < maxLooks; index++) {
      const frame = this.#frameAt(index);
      if (frame === last) continue;
      last = frame;
      looks++;
      for (const copy of [this.#firstFrames, this.#secondFrames]) if (this.#walk(copy, frame, this.#first) === WALKED) this.#agreement.add(this.#first);
    }
  }

  #decodeGlobals(): void {
    const { gil, wordSize } = this.#layout;
    const { view } = this.#gather;
    const start = this.#gil - Math.min(gil.lastHolder, gil.locked);
    this.gilHolder = view.getInt32(start + gil.locked, true) === 1 ? readWord(view, start + gil.lastHolder, wordSize) : 0;
    this.isCollecting = view.getInt32(this.#collecting, true) !== 0;
  }

  /** Writes the list of pieces for the gather. */
  #layOut(): void {
    const gather = this.#gather;
    const { wordSize, gil } = this.#layout;
    const { size } = this.#plan.pieces;
    gather.clear();
    gather.add(this.#thread, this.#stateSize);
    this.#firstFrames = gather.reserve(size);
    this.#secondFrames = gather.reserve(size);
    this.#pointers = gather.reserve((2 * this.#countParts() + 1) * this.#pointerSize());
    this.#pointerCount = 0;
    this.#addPointer();
    this.#addFrames(this.#firstFrames);
    this.#middlePointer = this.#pointerCount - 1;
    this.#addFrames(this.#secondFrames);
    const start = Math.min(gil.lastHolder, gil.locked);
    this.#gil = gather.add(this.#interpreter.gil + start, Math.max(gil.lastHolder + wordSize, gil.locked + 4) - start);
    this.#collecting = gather.add(this.#interpreter.collecting, 4);
  }

  #addPointer(): void {
    const { thread, wordSize } = this.#layout;
    let offset = this.#pointers + this.#pointerCount * this.#pointerSize();
    this.#gather.addAt(offset, this.#thread + thread.frame, wordSize);
    offset += wordSize;
    if (thread.cframeCurrentFrame !== null) this.#gather.addAt(offset, this.#cframe === 0 ? this.#thread : this.#cframe + thread.cframeCurrentFrame, wordSize);
    this.#pointerCount++;
  }

  /** How many parts `addFrames` makes: each is followed by a look at the pointer. */
  #countParts(): number {
    const { pieces } = this.#plan;
    let parts = 0;
    let between = maxBetween;
    for (let index = 0; index < pieces.count; index++) {
      for (let length = pieces.lengths[index]!; length > 0;) {
        if (between >= maxBetween) {
          parts++;
          between = 0;
        }
        const part = Math.min(length, maxBetween - between);
        between += part;
        length -= part;
      }
    }
    return Math.max(parts, 1);
  }

  #addFrames(copy: ByteOffset): void {
    const { pieces } = this.#plan;
    let between = 0;
    for (let index = 0; index < pieces.count; index++) {
      const address = pieces.addresses[index]!;
      const length = pieces.lengths[index]!;
      for (let done = 0; done < length;) {
        if (between >= maxBetween) {
          this.#addPointer();
          between = 0;
        }
        const part = Math.min(length - done, maxBetween - between);
        this.#gather.addAt(copy + pieces.offsets[index]! + done, address + done, part);
        between += part;
        done += part;
      }
    }
    this.#addPointer();
  }
}

function isSameThread(now: Readonly<ThreadState>, expected: Readonly<ThreadState>): boolean {
  return (
    now.interpreter === expected.interpreter &&
    now.threadId === expected.threadId &&
    now.nativeThreadId === expected.nativeThreadId &&
    now.previous === expected.previous &&
    now.next === expected.next
  );
}
