import type { Address, ByteCount, ByteOffset, Nanoseconds } from "../../../base/units.ts";
import { isGeneratorCode } from "../../../cpython/code.ts";
import { isFreed, readStackSlowly, WALKED, walkFrames } from "../../../cpython/frames.ts";
import type { Interpreter } from "../../../cpython/interpreters.ts";
import { isLoopEntered, readAtLoopsEdge } from "../../../cpython/loop-entry.ts";
import { KnownRoots } from "../../../cpython/known-roots.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { readPointer } from "../../../cpython/objects/piece.ts";
import { countCommonRoots, RawStack } from "../../../cpython/raw-stack.ts";
import { isShimCode } from "../../../cpython/shim-code.ts";
import { emptyThreadState, isSameThread, threadStateSize, type ThreadState } from "../../../cpython/thread-state.ts";
import { monotonicNow } from "../../../os/clock.ts";
import type { RemoteMemory } from "../../../os/remote-memory.ts";
import { Agreement } from "./agreement.ts";
import { Capture, type CapturedThread } from "../captured-thread.ts";
import { CopyList } from "./copy-list.ts";
import { CopyPlan } from "./copy-plan.ts";
import { RootCheck } from "./root-check.ts";
import { TopCopy } from "./top-copy.ts";

/** Copies, quick or careful, that may fail to prove themselves; each costs a few microseconds. */
const maxQuick = 2;
const maxCareful = 3;
/** Copies that missed a piece, which the next one then has. */
const maxIncomplete = 64;
/** Longer than a stack of 10,000 frames takes that are all new. Frame links that a program has ruined may go on for ever. */
const maxTime: Nanoseconds = 50e6;
/** And so many until at least something is known. */
const maxForAgreement = 12;
/** So often a stack is followed link by link when no copy holds together. */
const slowLooks = 12;
/** So many of them have to end at the same frame for that to be the root, where it is not known yet. */
const enoughForRoot = 9;
/** Different frame pointers of one copy that are looked into when it does not prove itself. */
const maxLooks = 4;

/**
 * Captures one thread from outside, without a pause, in a way that proves itself: one system call copies its frames
 * twice and looks at the frame pointer before, between and after (`CopyList`).
 *
 * The kernel copies in order. The stack at the instant between the two copies is what hangs from the pointer that was
 * read then: as the memory was shortly before, and as it was shortly after. It is proved when both tell the same frames
 * (the newest one's own instruction aside) and the pointer stood still all the time. Otherwise try again: a later copy
 * that proves itself counts if it says nothing that the earlier ones did not. In the end settle for the frames, from
 * the root up, that all copies share.
 *
 * A program that leaves its frames and comes back to the very same ones at just the pace of our looks deceives a quick
 * copy once in some 10,000 times. A careful one looks so often that this would have to happen between two calls; it
 * costs three times as much. So `captureCarefully` whatever has not been seen before, and `capture` the rest.
 */
export class RemoteCopy implements CapturedThread {
  readonly threadState: ThreadState = emptyThreadState();
  stack: RawStack = new RawStack();
  provedFrames = 0;
  gilHolder: Address = 0;
  isCollecting = false;
  readonly #second = new RawStack();
  readonly #agreement = new Agreement();
  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #thread: Address;
  /** The oldest frame of the stacks that were proved lately; 0 when none was. */
  #root: Address = 0;
  #lastRoot: Address = 0;
  readonly #roots: KnownRoots;
  readonly #plan: CopyPlan;
  readonly #quick: CopyList;
  readonly #careful: CopyList;
  readonly #top: TopCopy;
  readonly #rootCheck: RootCheck;
  /** Bytes from the start of a frame that hold its links. */
  readonly #linkSize: ByteCount;
  #cframe: Address = 0;

  constructor(memory: RemoteMemory, layout: Layout, interpreter: Interpreter, thread: Address) {
    this.#memory = memory;
    this.#layout = layout;
    this.#thread = thread;
    this.#roots = new KnownRoots((code) => isShimCode(memory, layout, code));
    this.#plan = new CopyPlan(memory, layout);
    const { frame } = layout;
    this.#linkSize = Math.max(frame.code, frame.kind === "stack" ? frame.previous : frame.back) + layout.wordSize;
    this.#quick = new CopyList(layout, interpreter, thread, false);
    this.#careful = new CopyList(layout, interpreter, thread, true);
    this.#rootCheck = new RootCheck(memory, layout);
    this.#top = new TopCopy(layout, interpreter, thread, this.#linkSize);
  }

  /** `expected` is what the list of threads said of this one; any other identity means that the list has changed. */
  capture(expected: Readonly<ThreadState>): Capture {
    return this.#capture(this.#quick, maxQuick, expected);
  }

  /** The same without a second try: where there is another way. */
  captureOnce(expected: Readonly<ThreadState>): Capture {
    return this.#capture(this.#quick, 1, expected);
  }

  captureCarefully(expected: Readonly<ThreadState>): Capture {
    return this.#capture(this.#careful, maxCareful, expected);
  }

  #capture(list: CopyList, maxUnproved: number, expected: Readonly<ThreadState>): Capture {
    this.#agreement.clear();
    let unproved = 0;
    let incomplete = 0;
    if (list === this.#quick && this.#top.prepare(this.#plan.pieces, this.#plan.refresh(), this.#cframe)) {
      const capture = this.#captureTop(expected);
      if (capture === Capture.verified || capture === Capture.changed) return capture;
      if (capture === Capture.missed) {
        this.#gatherAgreement(this.#top.list);
        unproved++;
      }
    }
    const giveUpAt = monotonicNow() + maxTime;
    const mayGoOn = (): boolean =>
      unproved < maxUnproved || (maxUnproved > 1 && unproved < maxForAgreement && !this.#agreement.isReached && !this.#agreement.isHopeless);
    while (incomplete < maxIncomplete && mayGoOn() && (incomplete < 4 || monotonicNow() < giveUpAt)) {
      const version = this.#plan.refresh();
      list.layOut(this.#plan.pieces, version, this.#cframe);
      const copied = this.#memory.readGather(list.gather);
      if (copied < threadStateSize(this.#layout)) return Capture.changed;
      list.decodeThreadState(this.threadState);
      if (!isSameThread(this.threadState, expected)) return Capture.changed;
      if (!this.#isWhole(list, copied)) {
        incomplete++;
        continue;
      }
      const frame = list.frameAt(list.middleLook);
      const missing = this.#walk(list, list.firstFrames, frame, this.stack);
      if (missing > 0) {
        incomplete++;
        if (!this.#plan.discover(missing)) unproved++;
        continue;
      }
      this.gilHolder = list.gilHolder();
      this.isCollecting = list.isCollecting();
      const isWalked = missing === WALKED && isLoopEntered(this.#layout, this.#thread, this.threadState, this.stack) && this.#mayBeRoot(this.stack);
      if (isWalked && list.isPointerStill() && this.#isSecondCopySame(list, frame) && this.#isAlive(list) && this.#roots.isUsual(this.stack)) {
        this.#plan.trim(this.stack);
        if (this.#agreement.includes(this.stack)) {
          this.#top.keep(list, this.#plan.pieces, version, this.stack);
          this.provedFrames = this.stack.length;
          this.#learnRoot(rootOf(this.stack));
          this.#roots.note(this.stack);
          return Capture.verified;
        }
      }
      this.#gatherAgreement(list);
      unproved++;
    }
    if (readAtLoopsEdge(this.#memory, this.#layout, this.#thread, this.stack) && this.#mayBeRoot(this.stack)) {
      this.provedFrames = this.stack.length;
      return Capture.verified;
    }
    if (maxUnproved > 1 && !this.#agreement.isReached) this.#readSlowly();
    this.provedFrames = this.#rootCheck.count(this.stack, this.#agreement.conclude(this.stack), this.#roots);
    return this.provedFrames > 0 ? Capture.partial : Capture.lost;
  }

  /** The short way for a deep stack. Missed: its newest frames moved. Null: something below them is not as it was, which says nothing. */
  #captureTop(expected: Readonly<ThreadState>): Capture | null {
    const { list } = this.#top;
    const copied = this.#memory.readGather(list.gather);
    if (copied < threadStateSize(this.#layout)) return Capture.changed;
    list.decodeThreadState(this.threadState);
    if (!isSameThread(this.threadState, expected)) return Capture.changed;
    if (!this.#isWhole(list, copied) || !this.#top.isRestSame(this.#plan.pieces)) return null;
    this.gilHolder = list.gilHolder();
    this.isCollecting = list.isCollecting();
    if (!list.isPointerStill() || !this.#top.walk(list.frameAt(list.middleLook), this.stack)) return Capture.missed;
    if (!isLoopEntered(this.#layout, this.#thread, this.threadState, this.stack)) return Capture.missed;
    this.provedFrames = this.stack.length;
    return Capture.verified;
  }

  /**
   * Where frames come and go so fast that no copy holds together (3.8 to 3.10, whose frames lie all over the heap): what
   * stands at the root for as long as it takes to follow the links a few times.
   */
  #readSlowly(): void {
    this.#agreement.clear();
    const { cframeCurrentFrame, frame } = this.#layout.thread;
    const stacks: RawStack[] = [];
    const times = new Map<Address, number>();
    for (let look = 0; look < slowLooks; look++) {
      const pointer = readPointer(this.#memory, this.#layout, this.#thread + frame);
      const newest = pointer === null || cframeCurrentFrame === null ? pointer : readPointer(this.#memory, this.#layout, pointer + cframeCurrentFrame);
      const stack = new RawStack();
      if (newest === null || !readStackSlowly(this.#memory, this.#layout, newest, stack)) continue;
      stacks.push(stack);
      times.set(rootOf(stack), (times.get(rootOf(stack)) ?? 0) + 1);
    }
    // Walks that went astray end anywhere, and each somewhere else; but often at a generator that waits.
    const [root, count] = [...times].toSorted((a, b) => b[1] - a[1])[0] ?? [0, 0];
    for (const stack of root === this.#root || count >= enoughForRoot ? stacks : []) {
      this.#agreement.beginCopy();
      if (rootOf(stack) === root && this.#mayBeRoot(stack)) this.#agreement.add(stack);
    }
    if (this.#agreement.isReached) this.#root = root;
    this.#agreement.dropNewest();
  }

  /**
   * A frame object that was freed links to nothing, so a torn walk may end in the middle (3.8 to 3.10). The root is
   * where it was when last a stack was proved, or where slow looks found it.
   */
  #addToAgreement(): void {
    const isRoot = this.#layout.frame.kind === "stack" ? this.#root === 0 || this.#root === rootOf(this.stack) : this.#root === rootOf(this.stack);
    if (isRoot) this.#agreement.add(this.stack);
  }

  /** False when its oldest frame is one that has somebody below it, whatever its link says. (3.12 and later: ROOTLESS.) */
  #mayBeRoot(stack: RawStack): boolean {
    const { frame } = this.#layout;
    if (stack.length === 0 || rootOf(stack) === this.#root) return true;
    // The interpreter's own frame alone is one that is being linked: its link is the last one's, or none.
    if (frame.kind === "stack") return frame.hasEntryShims ? this.#root === 0 || stack.length > 1 || stack.code[0] !== 0 : this.#plan.isFirst(rootOf(stack));
    return !isGeneratorCode(this.#memory, this.#layout, stack.code[stack.length - 1]!);
  }

  /** What is said twice: a quick copy may be deceived once. */
  #learnRoot(root: Address): void {
    if (root === this.#lastRoot) this.#root = root;
    this.#lastRoot = root;
  }

  /** False when something that was to be copied is not there; the next copy is laid out anew. */
  #isWhole(list: CopyList, copied: ByteCount): boolean {
    this.#plan.followChunks(this.threadState.dataStackChunk);
    const pointsToCframe = this.#layout.thread.cframeCurrentFrame !== null;
    if (pointsToCframe) this.#cframe = this.threadState.frame;
    if (copied === list.gather.size) return !pointsToCframe || this.#cframe === list.cframe;
    // A chunk or a frame is no longer mapped.
    this.#plan.reset();
    return false;
  }

  #isSecondCopySame(list: CopyList, frame: Address): boolean {
    if (this.#isAllBelowSame(list, frame)) return true;
    const missing = this.#walk(list, list.secondFrames, frame, this.#second);
    return missing === WALKED && this.stack.length === this.#second.length && countCommonRoots(this.stack, this.#second) === this.stack.length;
  }

  /**
   * The usual case, without a second walk: not a byte differs between the two copies, but for what comes after the links of
   * the newest frame: its own instruction and values.
   */
  #isAllBelowSame(list: CopyList, frame: Address): boolean {
    const { pieces } = this.#plan;
    const offset = pieces.find(frame, this.#linkSize);
    if (offset < 0) return false;
    return list.isSame(0, offset + this.#linkSize) && list.isSame(offset + (pieces.foundEnd - frame), pieces.size);
  }

  /** Frame objects keep their links when they are freed, and lie in the same place at the next call. */
  #isAlive({ gather, copies }: CopyList): boolean {
    const { frame: layout } = this.#layout;
    if (layout.kind === "stack") return true;
    const { frame, length } = this.stack;
    const { pieces } = this.#plan;
    for (let index = 0; index < length; index++) {
      const offset = pieces.find(frame[index]!, layout.headerSize);
      if (copies.some((copy) => isFreed(layout, gather.view, copy + offset))) return false;
    }
    return true;
  }

  #walk(list: CopyList, copy: ByteOffset, frame: Address, into: RawStack): number {
    return walkFrames(this.#layout, list.gather.view, copy, this.#plan.pieces, frame, into, this.#roots);
  }

  /** What each look at the pointer says of the stack, in both copies. */
  #gatherAgreement(list: CopyList): void {
    this.#agreement.beginCopy();
    let last = Number.NaN;
    let looks = 0;
    for (let index = 0; index < list.looks && looks < maxLooks; index++) {
      const frame = list.frameAt(index);
      if (frame === last) continue;
      last = frame;
      looks++;
      for (const copy of list.copies) {
        const missing = this.#walk(list, copy, frame, this.stack);
        if (missing === WALKED && isLoopEntered(this.#layout, this.#thread, this.threadState, this.stack)) this.#addToAgreement();
        else if (missing > 0) this.#plan.discover(missing);
      }
    }
  }
}

/** Its oldest frame; 0 when it has none. */
function rootOf(stack: RawStack): Address {
  return stack.length === 0 ? 0 : stack.frame[stack.length - 1]!;
}
