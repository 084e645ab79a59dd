import type { Address, Nanoseconds } from "../../base/units.ts";
import type { RawStack } from "../../cpython/raw-stack.ts";
import type { FoundTask, TaskReader } from "../../cpython/tasks/found-task.ts";
import { FunctionKind, NONE, type FrameIndex, type StackIndex, type TaskIndex, type ThreadIndex } from "../../profile/tables.ts";
import { HIDDEN, UNTOLD, type FrameResolver } from "../frame-resolver.ts";
import type { Recorder } from "../recorder.ts";
import type { Footprint } from "./footprint.ts";

const nowhere = { line: 0, endLine: 0, column: 0, endColumn: 0 };
/** Stands for the frames, and those who wait, that are not known. */
export const unprovedMarker = "(unproved)";
/** A code object that was only just read may be another one's by then: so often frames are told again. */
const maxConfirmations = 3;

/** What a task does from one change to the next. */
export interface TaskSpan {
  readonly start: Nanoseconds;
  /** What its thread had dealt out to each leaf when it began, and how many rounds there had been. */
  readonly dealtBefore: Nanoseconds;
  readonly roundsBefore: number;
}

/** A task that lives, and what was last read of it. */
export class KnownTask {
  readonly reader: TaskReader;
  readonly address: Address;
  found: FoundTask;
  /** What `found` rests on. */
  footprint: Footprint;
  /** False: it changed while it was read. */
  isProved: boolean;
  /** Null: it does not wait, or is not known for long enough to have been seen twice. */
  span: TaskSpan | null = null;
  /** How often all tasks of its thread had been looked at together when it was read. */
  lookNumber = 0;
  /** Of the last list that had it. */
  listNumber = 0;
  /** Up to here it ran, or its waits were told: the next begins later. */
  toldUntil: Nanoseconds = 0;
  #row: TaskIndex = NONE;
  #name = "";
  #epoch = -1;
  /** Root first; null: not told yet. */
  #frames: readonly FrameIndex[] | null = null;
  #isTold = false;

  constructor(reader: TaskReader, found: FoundTask, footprint: Footprint, isProved: boolean) {
    this.reader = reader;
    this.address = found.address;
    this.found = found;
    this.footprint = footprint;
    this.isProved = isProved;
  }

  get awaitedBy(): readonly Address[] {
    return this.found.awaitedBy;
  }

  /** A hub or runner: what it does is wait for all the others. */
  get isLoop(): boolean {
    return this.found.loop === this.address;
  }

  /** Its frames are proved, and all of them could be told. Ask after `addTo`. */
  get isTold(): boolean {
    return this.isProved && this.#isTold;
  }

  update(found: FoundTask, footprint: Footprint, isProved: boolean): void {
    this.found = found;
    this.footprint = footprint;
    this.isProved = isProved;
    this.#frames = null;
  }

  /** What was told of code objects may not be so: tell it again. */
  forgetFrames(): void {
    this.#frames = null;
  }

  /** Its row in the recorder's table of tasks. */
  row(thread: ThreadIndex, recorder: Recorder, resolver: FrameResolver, now: Nanoseconds): TaskIndex {
    this.#enterEpoch(recorder);
    const { name, kind, rootCode } = this.found;
    if (this.#row === NONE) {
      const coroutine = rootCode === 0 ? "" : resolver.nameOf(rootCode);
      this.#row = recorder.addTask({ thread, kind, name, coroutine, address: this.address, startTime: now, ...(this.isLoop ? { isLoop: true } : {}) });
    } else if (name !== this.#name) recorder.renameTask(now, this.#row, name);
    this.#name = name;
    return this.#row;
  }

  /** `base` with its name on top. */
  addName(base: StackIndex, recorder: Recorder): StackIndex {
    return recorder.stacks.intern(base, recorder.internFrame(recorder.internFunction(this.found.name, "", 0, FunctionKind.task), nowhere));
  }

  /** `base` with its name and its frames on top. */
  addTo(base: StackIndex, recorder: Recorder, resolver: FrameResolver): StackIndex {
    this.#enterEpoch(recorder);
    let stack = this.addName(base, recorder);
    // Read while they changed, they may be of two moments.
    if (!this.isProved) return recorder.stacks.intern(stack, resolver.marker(unprovedMarker));
    this.#frames ??= this.#tell(resolver);
    for (const frame of this.#frames) stack = recorder.stacks.intern(stack, frame);
    return this.#isTold ? stack : recorder.stacks.intern(stack, resolver.marker(unprovedMarker));
  }

  #enterEpoch(recorder: Recorder): void {
    if (this.#epoch === recorder.epoch) return;
    this.#epoch = recorder.epoch;
    this.#row = NONE;
    this.#frames = null;
  }

  #tell(resolver: FrameResolver): readonly FrameIndex[] {
    let frames: readonly FrameIndex[] = [];
    this.#isTold = false;
    for (let attempt = 1; attempt <= maxConfirmations && !this.#isTold; attempt++) {
      const told = tellFrames(this.found.stack, resolver);
      frames = told.frames;
      this.#isTold = told.isWhole;
    }
    return frames;
  }
}

/** What the frames of a stack are, root first, as far as their code objects are known for sure. */
function tellFrames(stack: RawStack, resolver: FrameResolver): { readonly frames: FrameIndex[]; readonly isWhole: boolean } {
  const frames: FrameIndex[] = [];
  const young: number[] = [];
  let told = 0;
  resolver.beginStack();
  for (; told < stack.length; told++) {
    const at = stack.length - 1 - told;
    const frame = resolver.resolve(stack.code[at]!, stack.instruction[at]!);
    if (frame === UNTOLD) break;
    if (resolver.isYoung(stack.code[at]!)) young.push(told);
    frames.push(frame);
  }
  if (young.length > 0) told = Math.min(told, resolver.confirm(stack, young));
  return { frames: frames.slice(0, told).filter((frame) => frame !== HIDDEN), isWhole: told === stack.length };
}

/**
 * Whether two readings at one address are of one task, which had the same outermost frame and the same tasks waiting for it all the time
 * between: then it is the one that stood on its thread's stack meanwhile, though it may not run any more.
 */
export function isSameLife(before: FoundTask, after: FoundTask): boolean {
  if (after.rootFrame === 0 || after.rootFrame !== before.rootFrame) return false;
  const isSame = after.serial !== undefined && after.serial === before.serial;
  // It has not let others run since, who alone can begin to wait for it.
  if (isSame && after.state === "running") return true;
  if (!isSameList(before.awaitedBy, after.awaitedBy)) return false;
  // One that ends leaves its memory to the next, which may run by now: of that one only the number may be another. In asyncio it is the name.
  const areNumbered = after.kind === "asyncio" && after.serial !== undefined && before.serial !== undefined;
  if (after.state === "running") return after.name === before.name || areNumbered;
  if (after.serial !== undefined) return isSame;
  // Greenlets have no numbers. Of one that nobody waits for nothing is told but its name and its frames, which the thread's stack has.
  return after.kind === "greenlet" && after.awaitedBy.length === 0 && after.name === before.name && after.rootCode === before.rootCode;
}

/**
 * Whether the code of the outermost frame on a thread is that of a task which has this frame now: a task of another function may have ended
 * meanwhile, and left its memory to this one. Of greenlets, and of curio's tasks, `rootCode` is what they call first.
 */
export function isMadeFrom({ found }: KnownTask, code: Address): boolean {
  return found.kind === "greenlet" || found.kind === "curio" || found.rootCode === code;
}

export function isSameList(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, index) => address === b[index]);
}
