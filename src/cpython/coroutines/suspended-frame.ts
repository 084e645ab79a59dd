import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { GeneratorStateLayout, HeapFrameLayout, Layout, StackFrameLayout, ValueStackLayout } from "../layout.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readWord } from "../words.ts";

export type CoroutineState = "created" | "suspended" | "running" | "finished";

/** A generator, coroutine or asynchronous generator as it stands. */
export interface SuspendedFrame {
  readonly state: CoroutineState;
  /** 0 when finished. */
  readonly frame: Address;
  /** 0 when finished. */
  readonly code: Address;
  /** As `RawStack` has it. Of one that has not begun: where it will. */
  readonly instruction: number;
  /** What it awaits, or delegates to with `yield from`. 0: nothing, it runs, or stands at a `yield`. */
  readonly awaited: Address;
}

const finished: SuspendedFrame = { state: "finished", frame: 0, code: 0, instruction: 0, awaited: 0 };

/** `YIELD_FROM` (Include/opcode.h, 3.8 to 3.10). */
const yieldFromOpcode = 72;
const codeUnitSize: ByteCount = 2;
/** 3.11 and 3.12: the argument of the `RESUME` behind a `yield from` is 2, behind an `await` 3 (Lib/dis). The bits above are not part of that. */
const resumedAfterMask = 3;
const firstResumedAfterAwait = 2;
/** More than any function needs for variables and values. */
const maxFrameSize: ByteCount = 16 << 20;

/** Its type's name is misleading. */
export const IMPOSTOR = "impostor";

/**
 * One whose type says that it has a frame. `mayYield`: it may stand at a `yield`, where it awaits nothing; else that is not looked for,
 * which spares two reads of its code. Null: not readable, or torn: read while it began, went on, or ended.
 */
export function readSuspended(memory: MemoryReader, layout: Layout, generator: Address, mayYield: boolean): SuspendedFrame | typeof IMPOSTOR | null {
  const { frame } = layout;
  return frame.kind === "heap" ? readWithHeapFrame(memory, layout, frame, generator, mayYield) : readWithOwnFrame(memory, layout, frame, generator, mayYield);
}

/** 3.8 to 3.10: `_PyGen_yf`, `gen_send_ex` (Objects/genobject.c). */
function readWithHeapFrame(
  memory: MemoryReader,
  layout: Layout,
  at: HeapFrameLayout,
  generator: Address,
  mayYield: boolean,
): SuspendedFrame | typeof IMPOSTOR | null {
  const { wordSize, generator: own } = layout;
  const isFlagged = own.state.kind === "running-flag";
  const head = readPiece(memory, generator + own.frame, isFlagged ? own.state.offset + 1 - own.frame : wordSize);
  if (!head) return null;
  const frame = readWord(head, 0, wordSize);
  if (frame === 0) return finished;
  if (isFlagged && head.getInt8(own.state.offset - own.frame) === own.state.running) return readRunning(memory, layout, generator, frame, at.generator);
  if (!isFlagged && readPiece(memory, frame + own.state.offset, 1)?.getInt8(0) === own.state.running)
    return readRunning(memory, layout, generator, frame, at.generator);
  const view = readPiece(memory, frame, Math.max(at.headerSize, isFlagged ? 0 : own.state.offset + 1));
  // That it points back is the proof that both are what they seem.
  if (view && readWord(view, at.generator, wordSize) !== generator) return IMPOSTOR;
  if (!view) return null;
  const code = readWord(view, at.code, wordSize);
  const instruction = view.getInt32(at.lastInstruction, true) * at.instructionUnit;
  const stackTop = readStackTop(layout, at.valueStack, view, 0, frame + at.locals);
  const state = isFlagged
    ? decodeFlag(own.state, head.getInt8(own.state.offset - own.frame), instruction, stackTop)
    : decodeState(own.state, view.getInt8(own.state.offset));
  // One that has ended has no frame.
  if (state === null || state === "finished") return null;
  if (state !== "suspended") return { state, frame, code, instruction, awaited: 0 };
  if (readWord(view, at.back, wordSize) !== 0) return null;
  const isAwaiting = !mayYield || readIsAtYieldFrom(memory, layout, code, instruction);
  const awaited = isAwaiting ? readAwaited(memory, layout, frame, stackTop) : isAwaiting === null ? null : 0;
  return awaited === null ? null : { state, frame, code, instruction, awaited };
}

/** Before 3.11. Only what stays while it runs: where it is changes all the time, and nobody asks. */
function readRunning(memory: MemoryReader, layout: Layout, generator: Address, frame: Address, backReference: number): SuspendedFrame | typeof IMPOSTOR | null {
  const owner = readPointer(memory, layout, frame + backReference);
  const code = readPointer(memory, layout, frame + layout.frame.code);
  if (owner !== null && owner !== generator) return IMPOSTOR;
  return owner === null || code === null ? null : { state: "running", frame, code, instruction: 0, awaited: 0 };
}

/** 3.11 and later: `_PyGen_yf` (Objects/genobject.c). */
function readWithOwnFrame(memory: MemoryReader, layout: Layout, at: StackFrameLayout, generator: Address, mayYield: boolean): SuspendedFrame | null {
  const { wordSize, generator: own } = layout;
  const frame = generator + own.frame;
  const first = readPiece(memory, generator + own.state.offset, 1);
  if (first && decodeState(own.state, first.getInt8(0)) === "running") {
    // Only what stays while it runs: where it is changes all the time, and nobody asks.
    const owner = readPiece(memory, frame + at.owner, 1);
    const code = readReference(memory, layout, frame + at.code);
    return owner?.getUint8(0) === at.generatorOwner && code !== null ? { state: "running", frame, code, instruction: 0, awaited: 0 } : null;
  }
  const start = Math.min(own.state.offset, own.frame);
  const view = readPiece(memory, generator + start, own.frame + at.headerSize - start);
  const state = view && decodeState(own.state, view.getInt8(own.state.offset - start));
  if (!view || !state) return null;
  if (state === "finished") return finished;
  const base = own.frame - start;
  if (view.getUint8(base + at.owner) !== at.generatorOwner) return null;
  const code = untag(readWord(view, base + at.code, wordSize), at.codeTagMask);
  const instruction = readWord(view, base + at.instruction, wordSize);
  if (state === "created") return readCreated(memory, layout, frame, code);
  // It began to run meanwhile.
  if (state === "running") return null;
  // It is about to run, or has just done so.
  if (readWord(view, base + at.previous, wordSize) !== 0) return null;
  const isAwaiting = readIsAwaiting(memory, own.state, view.getInt8(own.state.offset - start), instruction, mayYield);
  const stackTop = readStackTop(layout, at.valueStack, view, base, frame + at.headerSize);
  const awaited = isAwaiting ? readAwaited(memory, layout, frame, stackTop) : isAwaiting === null ? null : 0;
  return awaited === null ? null : { state, frame, code, instruction, awaited };
}

/** It has run the instructions that make it a generator, which do not show in a stack: what it stands before is its first line. */
function readCreated(memory: MemoryReader, layout: Layout, frame: Address, code: Address): SuspendedFrame | null {
  const { adaptive, firstTraceable } = layout.code;
  const first = readPiece(memory, code + (firstTraceable ?? 0), 4);
  const instruction = first && code + (adaptive ?? 0) + first.getInt32(0, true) * codeUnitSize;
  return instruction === null ? null : { state: "created", frame, code, instruction, awaited: 0 };
}

/** Null: it was read when it was about to run, or when it had just done so, and the flag was not in step. */
function decodeFlag(layout: GeneratorStateLayout, flag: number, instruction: number, stackTop: Address): CoroutineState | null {
  if (flag === layout.running) return "running";
  if (stackTop === 0) return null;
  return instruction < 0 ? "created" : "suspended";
}

function decodeState(layout: GeneratorStateLayout, value: number): CoroutineState {
  if (value === layout.running || value === layout.unwinding) return "running";
  if (value === layout.created) return "created";
  return value === layout.suspended || isBetween(layout, value) ? "suspended" : "finished";
}

function isBetween({ awaiting, lastAwaiting }: GeneratorStateLayout, value: number): boolean {
  return awaiting !== null && lastAwaiting !== null && value >= awaiting && value <= lastAwaiting;
}

/** Whether a suspended frame of 3.8 to 3.10 awaits something: then that instruction is the next again. Null: not readable. */
function readIsAtYieldFrom(memory: MemoryReader, layout: Layout, code: Address, instruction: number): boolean | null {
  const instructions = readPointer(memory, layout, code + (layout.code.instructions ?? 0));
  const next = instructions ? readPiece(memory, instructions + layout.objects.bytes.data + instruction + codeUnitSize, 1) : null;
  return next && next.getUint8(0) === yieldFromOpcode;
}

/** Whether a suspended frame of 3.11 or later has something on its stack that it awaits. Null: not readable. */
function readIsAwaiting(memory: MemoryReader, layout: GeneratorStateLayout, value: number, instruction: Address, mayYield: boolean): boolean | null {
  if (layout.awaiting !== null) return isBetween(layout, value);
  if (!mayYield) return true;
  // Behind every `yield` is a `RESUME`. Its argument, the second byte, stays, whatever tools and the interpreter make of the first.
  const argument = readPiece(memory, instruction + codeUnitSize + 1, 1);
  return argument && (argument.getUint8(0) & resumedAfterMask) >= firstResumedAfterAwait;
}

/** One past the top of the value stack; `base` is where in `view` the frame begins. 0: it has none now. */
export function readStackTop(layout: Layout, stack: ValueStackLayout, view: DataView, base: number, locals: Address): Address {
  const { wordSize } = layout;
  switch (stack.kind) {
    case "pointer":
      return readWord(view, base + stack.offset, wordSize);
    case "depth":
      return readWord(view, base + stack.base, wordSize) + view.getInt32(base + stack.depth, true) * wordSize;
    case "index":
      return locals + view.getInt32(base + stack.offset, true) * wordSize;
  }
}

function readAwaited(memory: MemoryReader, layout: Layout, frame: Address, stackTop: Address): Address | null {
  if (stackTop <= frame || stackTop > frame + maxFrameSize) return null;
  return readReference(memory, layout, stackTop - layout.generator.awaitedDepth * layout.wordSize);
}

/** What a variable or a place of the value stack holds. 0: nothing. Null: not readable. */
export function readReference(memory: MemoryReader, layout: Layout, place: Address): Address | null {
  const word = readPointer(memory, layout, place);
  return word === null ? null : untag(word, layout.frame.kind === "stack" ? layout.frame.codeTagMask : 0);
}

/** Include/internal/pycore_stackref.h: all bits set is an integer, which is no object. */
export function untag(word: number, mask: number): Address {
  const tag = mask === 0 ? 0 : word % (mask + 1);
  return tag === 3 ? 0 : word - tag;
}
