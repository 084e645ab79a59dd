import type { Address, ByteOffset } from "../../base/units.ts";
import { ENDLESS, WALKED, walkFrames } from "../../cpython/frames.ts";
import type { Interpreter } from "../../cpython/interpreters.ts";
import type { Layout } from "../../cpython/layout.ts";
import { countCommonRoots, RawStack } from "../../cpython/raw-stack.ts";
import { decodeThreadState, emptyThreadState, threadStateSize, type ThreadState } from "../../cpython/thread-state.ts";
import { readWord } from "../../cpython/words.ts";
import { Gather, type RemoteMemory } from "../../os/remote-memory.ts";
import { Capture, type CapturedThread } from "./captured-thread.ts";
import { CopyPlan } from "./copy-plan.ts";

/** Copies that were whole but did not prove themselves. Each costs about 3 us; more than this would favour slow code. */
const maxUnproved = 4;
/** Copies that missed a piece, which the next one then has. */
const maxIncomplete = 64;
/** `_PyCFrame`s that the thread used lately (3.11, 3.12): it goes back and forth between few. */
const maxCframes = 4;

/**
 * Captures one thread from outside, without a pause, in a way that proves itself. One system call copies, in this order:
 *
 *   | thread state | frames | frame pointer | frames again | frame pointer | GIL, collector |
 *
 * The kernel copies in order, so when the three frame pointers agree and both copies tell the same frames (the newest
 * frame's own instruction aside), that stack existed between the two. Otherwise try again; after `maxUnproved` times
 * settle for the frames that both copies share.
 */
export class RemoteCopy implements CapturedThread {
  readonly threadState: ThreadState = emptyThreadState();
  provedFrames = 0;
  gilHolder: Address = 0;
  isCollecting = false;
  #first = new RawStack();
  #second = new RawStack();

  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #interpreter: Interpreter;
  readonly #thread: Address;
  readonly #plan: CopyPlan;
  readonly #gather = new Gather(8192);
  #cframes: Address[] = [];

  /** Where in the gather's buffer things are. */
  #middlePointer: ByteOffset = 0;
  #lastPointer: ByteOffset = 0;
  #firstFrames: ByteOffset = 0;
  #secondFrames: ByteOffset = 0;
  #gil: ByteOffset = 0;
  #collecting: ByteOffset = 0;
  readonly #stateSize: number;

  constructor(memory: RemoteMemory, layout: Layout, interpreter: Interpreter, thread: Address) {
    this.#memory = memory;
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#thread = thread;
    this.#plan = new CopyPlan(memory, layout);
    this.#stateSize = threadStateSize(layout);
    this.#layOut();
  }

  get stack(): RawStack {
    return this.#second;
  }

  /** `expected` is what the list of threads said of this one; any other identity means that the list has changed. */
  capture(expected: { readonly threadId: Address; readonly nativeThreadId: number; readonly previous: Address; readonly next: Address }): Capture {
    const state = this.threadState;
    this.provedFrames = 0;
    let unproved = 0;
    for (let incomplete = 0; incomplete < maxIncomplete && unproved < maxUnproved; ) {
      if (this.#plan.refresh()) this.#layOut();
      const gather = this.#gather;
      const copied = this.#memory.readGather(gather);
      if (copied < this.#stateSize) return Capture.changed;
      const { view } = gather;
      decodeThreadState(this.#layout, view, 0, state);
      if (state.interpreter !== this.#interpreter.address || state.threadId !== expected.threadId || state.nativeThreadId !== expected.nativeThreadId || state.previous !== expected.previous || state.next !== expected.next) return Capture.changed;
      if (copied < gather.size) {
        // A chunk or a frame is no longer mapped. (A capture of the thread state alone was whole.)
        this.#plan.reset();
        this.#cframes = [];
        this.#layOut();
        incomplete++;
        continue;
      }
      this.#plan.followChunks(state.dataStackChunk);
      const frame = this.#framePointer(state.frame, this.#stateSize);
      if (frame < 0) {
        incomplete++;
        continue;
      }
      const missing = walkFrames(this.#layout, view, this.#firstFrames, this.#plan.pieces, frame, this.#first);
      if (missing > 0) {
        incomplete++;
        if (!this.#plan.discover(missing)) unproved++;
        continue;
      }
      const lastFrame = this.#framePointer(readWord(view, this.#lastPointer, this.#layout.wordSize), this.#lastPointer + this.#layout.wordSize);
      const again = lastFrame < 0 ? ENDLESS : walkFrames(this.#layout, view, this.#secondFrames, this.#plan.pieces, lastFrame, this.#second);
      if (missing === WALKED && again === WALKED) {
        const common = countCommonRoots(this.#first, this.#second);
        this.provedFrames = common;
        this.#decodeGlobals(view);
        const middleFrame = this.#framePointer(readWord(view, this.#middlePointer, this.#layout.wordSize), this.#middlePointer + this.#layout.wordSize);
        if (common === this.#first.length && common === this.#second.length && frame === middleFrame && frame === lastFrame) {
          this.#plan.trim(this.#second);
          return Capture.verified;
        }
      }
      unproved++;
    }
    return this.provedFrames > 0 ? Capture.partial : Capture.lost;
  }

  #decodeGlobals(view: DataView): void {
    const { gil, wordSize } = this.#layout;
    const isLocked = view.getInt32(this.#gil + gil.locked - this.#gilStart(), true) === 1;
    this.gilHolder = isLocked ? readWord(view, this.#gil + gil.lastHolder - this.#gilStart(), wordSize) : 0;
    this.isCollecting = view.getInt32(this.#collecting, true) !== 0;
  }

  #gilStart(): ByteOffset {
    return Math.min(this.#layout.gil.lastHolder, this.#layout.gil.locked);
  }

  /**
   * The running frame, from what the thread state points to and the copies of the `_PyCFrame`s that follow at `at`.
   * -1 when it is a `_PyCFrame` that was not copied; the next copy will have it.
   */
  #framePointer(pointer: Address, at: ByteOffset): Address {
    if (this.#layout.thread.cframeCurrentFrame === null) return pointer;
    const index = this.#cframes.indexOf(pointer);
    if (index >= 0) return readWord(this.#gather.view, at + index * this.#layout.wordSize, this.#layout.wordSize);
    this.#cframes.unshift(pointer);
    this.#cframes.length = Math.min(this.#cframes.length, maxCframes);
    this.#layOut();
    return -1;
  }

  /** Writes the list of pieces for the gather. */
  #layOut(): void {
    const gather = this.#gather;
    const { wordSize, thread, gil } = this.#layout;
    gather.clear();
    gather.add(this.#thread, this.#stateSize);
    this.#addCframes();
    this.#firstFrames = this.#addFrames();
    this.#middlePointer = gather.add(this.#thread + thread.frame, wordSize);
    this.#addCframes();
    this.#secondFrames = this.#addFrames();
    this.#lastPointer = gather.add(this.#thread + thread.frame, wordSize);
    this.#addCframes();
    const start = this.#gilStart();
    this.#gil = gather.add(this.#interpreter.gil + start, Math.max(gil.lastHolder + wordSize, gil.locked + 4) - start);
    this.#collecting = gather.add(this.#interpreter.collecting, 4);
  }

  #addCframes(): void {
    const offset = this.#layout.thread.cframeCurrentFrame;
    if (offset !== null) for (const cframe of this.#cframes) this.#gather.add(cframe + offset, this.#layout.wordSize);
  }

  #addFrames(): ByteOffset {
    const { pieces } = this.#plan;
    const start = this.#gather.size;
    for (let index = 0; index < pieces.count; index++) this.#gather.add(pieces.addresses[index]!, pieces.lengths[index]!);
    return start;
  }
}
