import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteCount } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import { readPointer } from "./objects/piece.ts";
import { readStackSlowly } from "./frames.ts";
import { isWithin, RawStack } from "./raw-stack.ts";
import type { ThreadState } from "./thread-state.ts";

/** The outermost `_PyCFrame` is a part of the thread state, which is smaller than this; the others are on the C stack. */
const threadStateBound: ByteCount = 4096;

/**
 * In 3.11 and 3.12 the evaluation loop links a `_PyCFrame` of its own to the thread state when it is entered, and has it point to the running
 * frame some instructions later (Python/ceval.c, `_PyEval_EvalFrameDefault`). In between it points to whatever was left there on the C stack:
 * nothing, or the loop's own frame, and from there to who called it the last time. False for what may have been copied then.
 */
export function isLoopEntered(layout: Layout, thread: Address, state: Readonly<ThreadState>, stack: RawStack): boolean {
  if (layout.thread.cframeCurrentFrame === null) return true;
  return stack.length > 0 ? stack.code[0] !== 0 : !isOnCStack(thread, state);
}

/** So often what was read has to be the same again: a thread that runs, however it loops, is seen to move on by one of them. */
const stillLooks = 16;
/** Of the newest frames; those below cannot change before these do. */
const stillFrames = 8;

/** Of the `_PyCFrame` that the thread state points to: it is not the outermost one. */
export function isOnCStack(thread: Address, { frame }: Readonly<ThreadState>): boolean {
  return frame < thread || frame >= thread + threadStateBound;
}

/**
 * The stack of a thread of 3.11 or 3.12 that is being moved from one evaluation loop to the next, or back, and stands still there (it waits for a CPU): its
 * `_PyCFrame` is linked, and what it points to is not, or is the loop's own frame. The newest frame is then the one that called the loop, which the `_PyCFrame`
 * before points to. False where that is not so, or the thread moved on meanwhile.
 */
export function readAtLoopsEdge(memory: MemoryReader, layout: Layout, thread: Address, into: RawStack): boolean {
  const current = layout.thread.cframeCurrentFrame;
  if (current === null) return false;
  const cframe = readPointer(memory, layout, thread + layout.thread.frame);
  if (cframe === null || (cframe >= thread && cframe < thread + threadStateBound)) return false;
  const newest = readPointer(memory, layout, cframe + current);
  // `previous` follows `current_frame` (Include/cpython/pystate.h).
  const before = readPointer(memory, layout, cframe + current + layout.wordSize);
  const caller = before === null || before === 0 ? null : readPointer(memory, layout, before + current);
  if (newest === null || caller === null || caller === 0) return false;
  if (isLinkedTo(memory, layout, newest, caller, into) || !readStackSlowly(memory, layout, caller, into)) return false;
  const frames = into.frame.subarray(0, Math.min(into.length, stillFrames));
  if (!isStill(memory, [thread + layout.thread.frame, cframe + current, before! + current, ...frames], layout.frame.headerSize)) return false;
  const again = new RawStack();
  if (!readStackSlowly(memory, layout, caller, again) || again.length !== into.length || !isWithin(again, into)) return false;
  return readPointer(memory, layout, thread + layout.thread.frame) === cframe && readPointer(memory, layout, cframe + current) === newest;
}

function isStill(memory: MemoryReader, places: readonly Address[], length: ByteCount): boolean {
  const look = (): Uint8Array | null => {
    const bytes = new Uint8Array(places.length * length);
    return places.every((place, index) => memory.read(place, bytes.subarray(index * length, (index + 1) * length))) ? bytes : null;
  };
  const first = look();
  for (let looks = 1; looks < stillLooks; looks++) {
    const next = look();
    if (first === null || next === null || Buffer.compare(first, next) !== 0) return false;
  }
  return true;
}

/** There are frames of a loop that runs, and they end at who called it. The loop's own frame alone says nothing: its link may be an old one. */
function isLinkedTo(memory: MemoryReader, layout: Layout, newest: Address, caller: Address, stack: RawStack): boolean {
  stack.clear();
  readStackSlowly(memory, layout, newest, stack);
  const at = stack.frame.subarray(0, stack.length).indexOf(caller);
  return at > 0 && stack.code[0] !== 0;
}
