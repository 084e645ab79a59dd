import { assertNever } from "../base/assert-never.ts";
import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount, ByteOffset, WordSize } from "../base/units.ts";
import type { HeapFrameLayout, Layout, StackFrameLayout } from "./layout.ts";
import type { KnownRoots } from "./known-roots.ts";
import { Pieces } from "./pieces.ts";
import { RawStack } from "./raw-stack.ts";
import { readWord } from "./words.ts";

/** More frames than any real program has: `sys.setrecursionlimit` beyond it is cut here, not followed for ever. */
const maxFrames: number = 1 << 17;

/** All frames down to the root are in `into`. */
export const WALKED = 0;
/** The links go in a circle, or on for more than `maxFrames`. */
export const ENDLESS = -1;
/**
 * The last frame is a generator's, and those have somebody below them that resumed them: the copy saw it just before it
 * was linked, or just after. (3.11's evaluation loop shows an old frame for a moment when it is entered.) From 3.12 on any
 * frame that is not the loop's own has somebody below it, too: compilers may let a new frame be seen before it is linked.
 */
export const ROOTLESS = -2;
/** The last frame is one that `isFreed`: not the root. */
export const FREED = -3;
// Any other outcome of a walk is the address of a frame that the snapshot does not hold.

/**
 * Follows the frames of one copy in a snapshot, from `frame` to the root, into `into` (which is emptied first).
 * `copy` says where in `view` that copy of the pieces begins. Returns WALKED, ENDLESS, ROOTLESS, FREED, or the address of the first
 * frame that is not in the pieces.
 *
 * A root without the interpreter's own frame below it counts when it is one of `roots`.
 *
 * 3.8 to 3.10: Include/cpython/frameobject.h. 3.11 and later: Include/internal/pycore_frame.h (3.14: pycore_interpframe_structs.h).
 */
export function walkFrames(layout: Layout, view: DataView, copy: ByteOffset, pieces: Pieces, frame: Address, into: RawStack, roots?: KnownRoots): number {
  into.clear();
  switch (layout.frame.kind) {
    case "heap":
      return walkHeap(layout.frame, layout.wordSize, view, copy, pieces, frame, into);
    case "stack":
      return walkStack(layout.frame, layout.wordSize, view, copy, pieces, frame, into, roots);
    default:
      return assertNever(layout.frame);
  }
}

/**
 * How many frames there can be: they do not overlap. More means that the links go in a circle, as they often do in a torn
 * copy of frame objects that are used again and again.
 */
function countAtMost(pieces: Pieces, headerSize: ByteCount): number {
  return Math.min(maxFrames, Math.ceil(pieces.size / headerSize) + 1);
}

/**
 * Whether this frame object, whose copy begins at `at`, is one that nobody refers to: it waits to be used again, and links meanwhile to whom it linked
 * last, to the next one that waits, or to nobody (3.8 to 3.10: Objects/frameobject.c, `frame_dealloc`). Later versions have none.
 */
export function isFreed(layout: HeapFrameLayout | StackFrameLayout, view: DataView, at: ByteOffset): boolean {
  return layout.kind === "heap" && view.getUint32(at + layout.references, true) === 0;
}

function walkHeap(layout: HeapFrameLayout, wordSize: WordSize, view: DataView, copy: ByteOffset, pieces: Pieces, first: Address, into: RawStack): number {
  const most = countAtMost(pieces, layout.headerSize);
  for (let frame = first; frame !== 0;) {
    if (into.length >= most) return ENDLESS;
    const offset = pieces.find(frame, layout.headerSize);
    if (offset < 0) return frame;
    const at = copy + offset;
    const instruction = view.getInt32(at + layout.lastInstruction, true) * layout.instructionUnit;
    into.push(frame, readWord(view, at + layout.code, wordSize), instruction, false);
    frame = readWord(view, at + layout.back, wordSize);
    if (frame === 0 && isFreed(layout, view, at)) return FREED;
  }
  return WALKED;
}

function walkStack(
  layout: StackFrameLayout,
  wordSize: WordSize,
  view: DataView,
  copy: ByteOffset,
  pieces: Pieces,
  first: Address,
  into: RawStack,
  roots: KnownRoots | undefined,
): number {
  const { previous, code, instruction, owner, headerSize } = layout;
  const most = countAtMost(pieces, headerSize);
  const codeMask = ~layout.codeTagMask;
  // Frames that follow each other mostly lie in the same piece, which is then not searched for: the last one found ...
  let start = 0;
  let lastStart = -1;
  // ... and what to add to an address to get its place in `view`.
  let shift = 0;
  for (let frame = first; frame !== 0;) {
    if (into.length >= most) return ENDLESS;
    if (frame < start || frame > lastStart) {
      const offset = pieces.find(frame, headerSize);
      if (offset < 0) return frame;
      start = pieces.foundStart;
      lastStart = pieces.foundEnd - headerSize;
      shift = copy + offset - frame;
    }
    const at = frame + shift;
    const ownerKind = view.getUint8(at + owner);
    const high = wordSize === 4 ? 0 : view.getUint32(at + code + 4, true);
    const codeAddress = ((view.getUint32(at + code, true) & codeMask) >>> 0) + high * 0x1_0000_0000;
    if (ownerKind >= layout.firstShimOwner) into.push(frame, 0, codeAddress, false);
    else {
      into.push(frame, codeAddress, readWord(view, at + instruction, wordSize), ownerKind === layout.generatorOwner);
    }
    frame = readWord(view, at + previous, wordSize);
  }
  if (into.length === 0) return WALKED;
  const root = into.length - 1;
  if (into.inGenerator[root] === 1) return ROOTLESS;
  return !layout.hasEntryShims || into.code[root] === 0 || roots?.has(into.frame[root]!, into.code[root]!) === true ? WALKED : ROOTLESS;
}

/** A stack that is read frame by frame is not followed further than this. */
const maxSlowFrames = 4096;

/**
 * Reads a stack frame by frame from where it is now, while it changes: what it tells is not to be trusted by itself. False
 * when it could not be followed to its root.
 */
export function readStackSlowly(memory: MemoryReader, layout: Layout, first: Address, into: RawStack): boolean {
  const { headerSize } = layout.frame;
  const header = new DataView(new ArrayBuffer(headerSize));
  const pieces = new Pieces();
  const one = new RawStack();
  into.clear();
  for (let frame = first; frame !== 0;) {
    if (into.length >= maxSlowFrames || !memory.read(frame, new Uint8Array(header.buffer))) return false;
    pieces.clear();
    pieces.add(frame, headerSize);
    const next = walkFrames(layout, header, 0, pieces, frame, one);
    if (next < 0) return false;
    into.push(frame, one.code[0]!, one.instruction[0]!, one.inGenerator[0] === 1);
    frame = next;
  }
  return into.length > 0;
}
