import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address, ByteCount } from "../../src/base/units.ts";
import { type CodeInfo, readCode } from "../../src/cpython/code.ts";
import type { Layout } from "../../src/cpython/layout.ts";
import { locate } from "../../src/cpython/line-table/locate.ts";
import { readPiece, readPointer } from "../../src/cpython/objects/piece.ts";
import { readWord } from "../../src/cpython/words.ts";
import type { FrameTruth } from "./truth.ts";

const maxFrames = 100_000;
const generousThreadState: ByteCount = 4096;
const generousFrame: ByteCount = 512;

/**
 * A thread's stack by the book, frame after frame, each with its own reads: slow, plain, and independent of the sampler's
 * own walker. Newest first; shims and half-built frames are left out. `thread` is a `PyThreadState`. Throws when something cannot be read.
 */
export function walkThread(memory: MemoryReader, layout: Layout, thread: Address): FrameTruth[] {
  const codes = new Map<Address, CodeInfo>();
  const codeAt = (address: Address): CodeInfo => {
    const code = codes.get(address) ?? readCode(memory, layout, address);
    if (!code) throw new Error(`no code object at 0x${address.toString(16)}`);
    codes.set(address, code);
    return code;
  };
  const frames: FrameTruth[] = [];
  let frame = must(readPointer(memory, layout, thread + layout.thread.frame));
  if (layout.thread.cframeCurrentFrame !== null) frame = must(readPointer(memory, layout, frame + layout.thread.cframeCurrentFrame));
  for (let count = 0; frame !== 0; count++) {
    if (count === maxFrames) throw new Error("endless frames");
    const view = must(readPiece(memory, frame, layout.frame.headerSize));
    // More than is needed: a recording memory keeps it for walkers that copy generously.
    readPiece(memory, frame, generousFrame);
    const step = stepOf(layout, view);
    if (step.code !== 0) {
      const code = codeAt(step.code);
      const offset = layout.frame.kind === "heap" ? step.instruction : step.instruction - code.instructions;
      if (layout.frame.kind === "heap" || step.inGenerator || offset >= code.firstTraceable) {
        frames.push({ code: step.code, name: code.name, file: code.file, firstLine: code.firstLine, offset, ...locate(code, offset) });
      }
    }
    frame = step.previous;
  }
  return frames;
}

/** Reads a thread's state and every data-stack chunk of it in full, so that a recording memory has them. Returns how many chunks there are. */
export function touchThread(memory: MemoryReader, layout: Layout, thread: Address): number {
  readPiece(memory, thread, generousThreadState);
  if (layout.frame.kind === "heap" || layout.thread.dataStackChunk === null) return 0;
  const at = layout.frame.chunk;
  let chunk = must(readPointer(memory, layout, thread + layout.thread.dataStackChunk));
  let count = 0;
  for (; chunk !== 0; count++) {
    const header = must(readPiece(memory, chunk, at.data));
    must(readPiece(memory, chunk, readWord(header, at.size, layout.wordSize)));
    chunk = readWord(header, at.previous, layout.wordSize);
  }
  return count;
}

interface Step {
  readonly previous: Address;
  /** 0 for a shim. */
  readonly code: Address;
  readonly instruction: number;
  readonly inGenerator: boolean;
}

function stepOf(layout: Layout, view: DataView): Step {
  const at = layout.frame;
  const word = (offset: number): number => readWord(view, offset, layout.wordSize);
  if (at.kind === "heap") {
    return { previous: word(at.back), code: word(at.code), instruction: view.getInt32(at.lastInstruction, true) * at.instructionUnit, inGenerator: false };
  }
  const owner = view.getUint8(at.owner);
  const code = word(at.code);
  return {
    previous: word(at.previous),
    code: owner >= at.firstShimOwner ? 0 : code - (code % (at.codeTagMask + 1)),
    instruction: word(at.instruction),
    inGenerator: owner === at.generatorOwner,
  };
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error("memory cannot be read");
  return value;
}
