import type { Address, ByteCount, ByteOffset, Nanoseconds } from "../base/units.ts";
import { hasFingerprint, readCode, type CodeInfo } from "../cpython/code.ts";
import type { Layout } from "../cpython/layout.ts";
import { locate } from "../cpython/line-table/locate.ts";
import type { RawStack } from "../cpython/raw-stack.ts";
import { FunctionKind, type FrameIndex, type FunctionIndex } from "../profile/tables.ts";
import { monotonicNow } from "../os/clock.ts";
import type { KernelFrame } from "../os/kernel-stack.ts";
import { Gather, type RemoteMemory } from "../os/remote-memory.ts";
import { CodeTurnovers } from "./code-turnovers.ts";
import type { Recorder } from "./recorder.ts";

/** The frame does not show: the interpreter's own, or one that is still being set up. */
export const HIDDEN = -1;
/** What the frame points to is no code object (any more), or not an instruction of it: nothing from here on can be told. */
export const UNTOLD = -2;

const maxCodes = 1 << 17;
/** What names and line tables may take, learned between two rechecks and kept in all: ten times what a big program needs. */
const maxLearned: ByteCount = 16 << 20;
const maxKept: ByteCount = 64 << 20;
/** How much of each is read beyond that. */
const shortened: ByteCount = 256;
/** Of one code object: as many as a very long function has. */
const maxPlaces = 1 << 16;
/** Where 3.11's and 3.12's `prev_instr` points before the first instruction. */
const beforeFirst: ByteOffset = -2;
const nowhere = { line: 0, endLine: 0, column: 0, endColumn: 0 };

/** A code object that has been there so long is most likely there for good. */
const maturity: Nanoseconds = 1e9;

/**
 * Knows the code objects of one process: what (code object, instruction) is as a frame of the recording. A code object is
 * read when it is first met. Its address may come to hold another one, in programs that import or `exec` within
 * microseconds: so what has been known for less than a second is confirmed for each stack that it stands in, and what is
 * older, four times a second.
 */
export class FrameResolver {
  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #recorder: Recorder;
  readonly #codes = new Map<Address, KnownCode>();
  readonly #check = new Gather(4096);
  #learned: ByteCount = 0;
  #kept: ByteCount = 0;
  /** Goes up with each stack: what was learned for this one was read after it. */
  #stackNumber = 0;
  readonly #turnovers = new CodeTurnovers();
  /** Goes up when something is forgotten: what was resolved before may mean something else. */
  generation = 0;

  constructor(memory: RemoteMemory, layout: Layout, recorder: Recorder) {
    this.#memory = memory;
    this.#layout = layout;
    this.#recorder = recorder;
  }

  beginStack(): void {
    this.#stackNumber++;
  }

  resolve(code: Address, instruction: number): FrameIndex | typeof HIDDEN | typeof UNTOLD {
    if (code === 0) return HIDDEN;
    const known = this.#codes.get(code) ?? this.#learn(code);
    if (known === null || this.#turnovers.recurs(code)) return UNTOLD;
    known.isUsed = true;
    return known.frames.get(instruction) ?? this.#place(known, instruction);
  }

  /** What the function of a code object is called; empty when that cannot be read. */
  nameOf(code: Address): string {
    return (this.#codes.get(code) ?? this.#learn(code))?.info.name ?? "";
  }

  /** Whether stacks with this code object must be confirmed. */
  isYoung(code: Address): boolean {
    return this.#codes.get(code)?.isMature === false;
  }

  /**
   * How many frames of a stack that was copied some time ago, counted from the root and of `count`, are of code objects that were known then, and have been
   * there for long. To confirm others now would prove nothing: one may have gone and come back since.
   */
  countKnownAt(time: Nanoseconds, stack: RawStack, count: number): number {
    for (let depth = 0; depth < count; depth++) {
      const code = stack.code[stack.length - 1 - depth]!;
      const known = this.#codes.get(code);
      if (code !== 0 && (known === undefined || !known.isMature || known.learnedAt >= time)) return depth;
    }
    return count;
  }

  /** A call in the kernel. */
  kernelFrame({ name, module }: KernelFrame): FrameIndex {
    return this.#recorder.internFrame(this.#recorder.internFunction(name, module === "" ? "" : `[${module}]`, 0, FunctionKind.kernel), nowhere);
  }

  /** A frame that stands for something that is not code. */
  marker(text: string): FrameIndex {
    return this.#recorder.internFrame(this.#recorder.internFunction(text, "", 0, FunctionKind.marker), nowhere);
  }

  /**
   * Looks whether the code objects of these frames of a stack that was just captured are still those that we know, names and
   * line table included: those of the next one may lie where theirs did. What was read for this very stack, and so after it, may
   * be the next one already: capture again. Returns how many frames, counted from the root, stand; what is known of others is forgotten.
   *
   * `depths` count from the root up, from 0, and must be in ascending order.
   */
  confirm(stack: RawStack, depths: readonly number[]): number {
    const check = this.#check;
    const layout = this.#layout.code;
    const root = stack.length - 1;
    check.clear();
    for (const depth of depths) {
      const code = stack.code[root - depth]!;
      check.add(code, layout.headerSize);
      addContent(check, this.#codes.get(code));
    }
    const copied = this.#memory.readGather(check);
    let offset = 0;
    for (const depth of depths) {
      const code = stack.code[root - depth]!;
      const known = this.#codes.get(code);
      const header = offset;
      offset += layout.headerSize + contentSize(known);
      if (known === undefined) return depth;
      const isRead = copied >= offset;
      const isSame = isRead && hasFingerprint(check.view, header, this.#layout, known.info.fingerprint) && hasContent(check, header + layout.headerSize, known);
      if (isSame && known.learnedFor !== this.#stackNumber) continue;
      if (!isSame) this.#forget(code);
      if (isRead && !isSame) this.#turnovers.note(code, known);
      return depth;
    }
    return stack.length;
  }

  /**
   * Compares the code objects that were used since the last call with what is at their addresses now. Returns the frames
   * of those whose place another one has taken: of the samples since, nobody can say which of the two they saw.
   */
  recheck(): ReadonlySet<FrameIndex> {
    const replaced = this.#turnovers.takeDoubtful();
    const now = monotonicNow();
    for (const [address, known] of this.#codes) {
      if (!known.isUsed) continue;
      known.isUsed = false;
      if (this.#isStill(address, known)) {
        known.isMature ||= now - known.learnedAt > maturity;
        continue;
      }
      this.#forget(address);
      // Freed, as all are when a program ends, is not replaced: a frame that pointed here saw the old one.
      if (readCode(this.#memory, this.#layout, address, shortened) === null) continue;
      if (!known.isMature) this.#turnovers.note(address, known);
      else for (const frame of known.frames.values()) if (frame !== HIDDEN) replaced.add(frame);
    }
    // Programs that make code for ever, each piece at another address.
    if (this.#codes.size > maxCodes || this.#kept > maxKept) {
      this.#codes.clear();
      this.#kept = 0;
      this.generation++;
    }
    this.#learned = 0;
    return replaced;
  }

  #forget(address: Address): void {
    this.#codes.delete(address);
    this.generation++;
  }

  #isStill(address: Address, known: KnownCode): boolean {
    const check = this.#check;
    check.clear();
    check.add(address, this.#layout.code.headerSize);
    addContent(check, known);
    return (
      this.#memory.readGather(check) === check.size &&
      hasFingerprint(check.view, 0, this.#layout, known.info.fingerprint) &&
      hasContent(check, this.#layout.code.headerSize, known)
    );
  }

  #learn(address: Address): KnownCode | null {
    const info = readCode(this.#memory, this.#layout, address, this.#learned < maxLearned ? maxLearned : shortened);
    if (info === null) return null;
    const size = info.name.length + info.file.length + info.lineTable.length;
    this.#learned += size;
    this.#kept += size;
    const func = this.#recorder.internFunction(info.name, info.file, info.firstLine, FunctionKind.python);
    this.#turnovers.noteArrival(address, func);
    const known = { info, func, frames: new Map(), isUsed: true, isMature: false, learnedAt: monotonicNow(), learnedFor: this.#stackNumber };
    this.#codes.set(address, known);
    return known;
  }

  #place(known: KnownCode, instruction: number): FrameIndex | typeof HIDDEN | typeof UNTOLD {
    const { info } = known;
    const offset = instruction - info.instructions;
    // _PyFrame_IsIncomplete (Include/internal/pycore_frame.h): not begun. A generator that has not been resumed for the first time hides with them,
    // for two instructions more than CPython says: here the two cannot be told apart. Before 3.11 all frames show.
    if (info.instructionsSize > 0 && (offset < beforeFirst || offset >= info.instructionsSize)) return UNTOLD;
    const isHalfBuilt = info.firstTraceable > 0 && offset < info.firstTraceable;
    const frame = isHalfBuilt ? HIDDEN : this.#recorder.internFrame(known.func, locate(info, offset));
    if (known.frames.size < maxPlaces) known.frames.set(instruction, frame);
    return frame;
  }
}

function addContent(check: Gather, known: KnownCode | undefined): void {
  for (const { address, bytes } of known?.info.content ?? []) check.add(address, bytes.length);
}

function contentSize(known: KnownCode | undefined): ByteCount {
  return known?.info.content.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
}

/** Whether what `addContent` asked for lies at `at` as it was. */
function hasContent(check: Gather, at: ByteOffset, known: KnownCode): boolean {
  let offset = at;
  return known.info.content.every(({ bytes }) => check.bytes.compare(bytes, 0, bytes.length, offset, (offset += bytes.length)) === 0);
}

interface KnownCode {
  readonly info: CodeInfo;
  readonly func: FunctionIndex;
  /** By instruction, as `RawStack` has it. */
  readonly frames: Map<number, FrameIndex | typeof HIDDEN>;
  isUsed: boolean;
  isMature: boolean;
  readonly learnedAt: Nanoseconds;
  readonly learnedFor: number;
}
