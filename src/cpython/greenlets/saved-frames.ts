import { assertNever } from "../../base/assert-never.ts";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { HeapFrameLayout, Layout, StackFrameLayout } from "../layout.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import type { RawStack } from "../raw-stack.ts";
import { readWord } from "../words.ts";

/** Of one greenlet; deeper ones are cut. */
const maxFrames = 1 << 14;
/** `f_frame` in `PyFrameObject`: after the header and `f_back` (Include/internal/pycore_frame.h, 3.11 and later). */
const ownFrameWords = 3;

/** The part of a thread's C stack that a greenlet uses. */
export interface UsedStack {
  readonly start: Address;
  readonly end: Address;
  /** While others use the same part, `size` bytes from `start` on are at `copy`. Null: not readable. */
  moved(): { readonly copy: Address; readonly size: ByteCount } | null;
  /** The frame below the newest one, where that has lost its link. 0: it has not. Null: not readable. */
  cutLink(): Address | null;
}

/**
 * The frames of a greenlet that is switched out, from the frame object of the newest one on, into `into` (which is emptied first): newest
 * first, code and instruction as a thread's walk has them. False: they could not be followed to the oldest one, or there is none.
 *
 * From 3.12 on the evaluation loop's own frames lie between them, on the C stack. greenlet 3.0.3 and later take them out of the links while
 * the greenlet is switched out (`expose_frames`, TGreenlet.cpp); before, they are where the C stack has been moved, and the newest frame's link is kept apart.
 */
export function readSavedFrames(memory: MemoryReader, layout: Layout, topFrame: Address, used: UsedStack, into: RawStack): boolean {
  into.clear();
  switch (layout.frame.kind) {
    case "heap":
      return readHeapFrames(memory, layout, layout.frame, topFrame, into);
    case "stack": {
      const first = readPointer(memory, layout, topFrame + ownFrameWords * layout.wordSize);
      return first !== null && readStackFrames(memory, layout, layout.frame, first, used, into);
    }
    default:
      return assertNever(layout.frame);
  }
}

function readHeapFrames(memory: MemoryReader, layout: Layout, at: HeapFrameLayout, first: Address, into: RawStack): boolean {
  // Not the reference count before it, which changes without meaning.
  const start = Math.min(at.back, at.code, at.lastInstruction);
  const end = Math.max(at.back + layout.wordSize, at.code + layout.wordSize, at.lastInstruction + 4);
  for (let frame = first; frame !== 0;) {
    const view = into.length < maxFrames ? readPiece(memory, frame + start, end - start) : null;
    if (!view) return false;
    const instruction = view.getInt32(at.lastInstruction - start, true) * at.instructionUnit;
    into.push(frame, readWord(view, at.code - start, layout.wordSize), instruction, false);
    frame = readWord(view, at.back - start, layout.wordSize);
  }
  return into.length > 0;
}

function readStackFrames(memory: MemoryReader, layout: Layout, at: StackFrameLayout, first: Address, used: UsedStack, into: RawStack): boolean {
  let count = 0;
  for (let frame = first; frame !== 0;) {
    if (++count > 2 * maxFrames) return false;
    const place = frame >= used.start && frame < used.end ? findOnStack(used, frame) : frame;
    const view = place === null ? null : readPiece(memory, place, at.headerSize);
    if (!view) return false;
    if (view.getUint8(at.owner) < at.firstShimOwner) {
      if (into.length >= maxFrames) return false;
      const word = readWord(view, at.code, layout.wordSize);
      const tag = at.codeTagMask === 0 ? 0 : word % (at.codeTagMask + 1);
      into.push(frame, word - tag, readWord(view, at.instruction, layout.wordSize), view.getUint8(at.owner) === at.generatorOwner);
    }
    const link = readWord(view, at.previous, layout.wordSize) || (frame === first ? used.cutLink() : 0);
    if (link === null) return false;
    frame = link;
  }
  return into.length > 0;
}

/** Where something of the C stack is now. */
function findOnStack(used: UsedStack, address: Address): Address | null {
  const moved = used.moved();
  return moved && (address < used.start + moved.size ? address - used.start + moved.copy : address);
}
