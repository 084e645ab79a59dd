import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount } from "../base/units.ts";
import { isSameCode, readCode, readCodeFingerprint, type CodeInfo } from "../cpython/code.ts";
import type { Layout } from "../cpython/layout.ts";
import { locate } from "../cpython/line-table/locate.ts";
import { FunctionKind, type FrameIndex, type FunctionIndex } from "../profile/tables.ts";
import type { Recorder } from "./recorder.ts";

/** The frame does not show: the interpreter's own, or one that is still being set up. */
export const HIDDEN = -1;

const maxCodes = 1 << 17;
/** What names and line tables may take, learned between two rechecks and kept in all: ten times what a big program needs. */
const maxLearned: ByteCount = 16 << 20;
const maxKept: ByteCount = 64 << 20;
/** How much of each is read beyond that. */
const shortened: ByteCount = 256;
/** Of one code object: as many as a very long function has. */
const maxPlaces = 1 << 16;
const nowhere = { line: 0, endLine: 0, column: 0, endColumn: 0 };

/**
 * Knows the code objects of one process: what (code object, instruction) is as a frame of the recording. A code object is
 * read when it is first met, and `recheck` notices when its address has come to hold another one.
 */
export class FrameResolver {
  readonly #memory: MemoryReader;
  readonly #layout: Layout;
  readonly #recorder: Recorder;
  readonly #codes = new Map<Address, KnownCode>();
  #unreadable: FrameIndex | null = null;
  #learned: ByteCount = 0;
  #kept: ByteCount = 0;

  constructor(memory: MemoryReader, layout: Layout, recorder: Recorder) {
    this.#memory = memory;
    this.#layout = layout;
    this.#recorder = recorder;
  }

  resolve(code: Address, instruction: number, inGenerator: boolean): FrameIndex | typeof HIDDEN {
    if (code === 0) return HIDDEN;
    const known = this.#codes.get(code) ?? this.#learn(code);
    if (known === null) return (this.#unreadable ??= this.marker("(code object gone)"));
    known.isUsed = true;
    return known.frames.get(instruction) ?? this.#place(known, instruction, inGenerator);
  }

  /** A frame that stands for something that is not code. */
  marker(text: string): FrameIndex {
    return this.#recorder.internFrame(this.#recorder.internFunction(text, "", 0, FunctionKind.marker), nowhere);
  }

  /**
   * Compares the code objects that were used since the last call with what is at their addresses now. Returns the frames
   * of those whose place another one has taken: of the samples since, nobody can say which of the two they saw.
   */
  recheck(): ReadonlySet<FrameIndex> {
    const replaced = new Set<FrameIndex>();
    for (const [address, known] of this.#codes) {
      if (!known.isUsed) continue;
      known.isUsed = false;
      const now = readCodeFingerprint(this.#memory, this.#layout, address);
      if (now !== null && isSameCode(now, known.info.fingerprint)) continue;
      this.#codes.delete(address);
      // Freed, as all are when a program ends, is not replaced: a frame that pointed here saw the old one.
      if (now === null || readCode(this.#memory, this.#layout, address, shortened) === null) continue;
      for (const frame of known.frames.values()) if (frame !== HIDDEN) replaced.add(frame);
    }
    // Programs that make code for ever, each piece at another address.
    if (this.#codes.size > maxCodes || this.#kept > maxKept) {
      this.#codes.clear();
      this.#kept = 0;
    }
    this.#learned = 0;
    return replaced;
  }

  #learn(address: Address): KnownCode | null {
    const info = readCode(this.#memory, this.#layout, address, this.#learned < maxLearned ? maxLearned : shortened);
    if (info === null) return null;
    const size = info.name.length + info.file.length + info.lineTable.length;
    this.#learned += size;
    this.#kept += size;
    const known = { info, func: this.#recorder.internFunction(info.name, info.file, info.firstLine, FunctionKind.python), frames: new Map(), isUsed: true };
    this.#codes.set(address, known);
    return known;
  }

  #place(known: KnownCode, instruction: number, inGenerator: boolean): FrameIndex | typeof HIDDEN {
    const { info } = known;
    const offset = instruction - info.instructions;
    // _PyFrame_IsIncomplete (Include/internal/pycore_frame.h): not begun, and no generator's. Before 3.11 all frames show.
    const isHalfBuilt = info.firstTraceable > 0 && offset < info.firstTraceable && !inGenerator;
    const frame = isHalfBuilt ? HIDDEN : this.#recorder.internFrame(known.func, locate(info, offset));
    if (known.frames.size < maxPlaces) known.frames.set(instruction, frame);
    return frame;
  }
}

interface KnownCode {
  readonly info: CodeInfo;
  readonly func: FunctionIndex;
  /** By instruction, as `RawStack` has it. */
  readonly frames: Map<number, FrameIndex | typeof HIDDEN>;
  isUsed: boolean;
}
