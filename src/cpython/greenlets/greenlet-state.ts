import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readWord } from "../words.ts";
import type { GreenletLayout } from "./greenlet-layouts.ts";

/** What greenlet itself keeps of one greenlet. */
export interface GreenletState {
  /** Where it is: `GreenletLayout` counts from here. */
  readonly address: Address;
  readonly isMain: boolean;
  readonly exceptions: Address;
  readonly stackStart: Address;
  readonly stackStop: Address;
  readonly topFrame: Address;
  /** The thread's main greenlet; 0: not started, or not kept. */
  readonly main: Address;
  readonly run: Address;
  readonly parent: Address;
}

/** Where a greenlet's state is. Null: not readable. 0: it has none (any more). */
export function findState(memory: MemoryReader, layout: Layout, at: GreenletLayout, greenlet: Address): Address | null {
  return at.implementation === null ? greenlet : readPointer(memory, layout, greenlet + at.implementation);
}

/**
 * Few bytes, and only such as mean something: the C stack's copies between them grow and move while others run. Null: not readable,
 * or this is no state of that greenlet.
 */
export function readState(memory: MemoryReader, layout: Layout, at: GreenletLayout, greenlet: Address): GreenletState | null {
  const { wordSize } = layout;
  const address = findState(memory, layout, at, greenlet);
  if (!address) return null;
  const stack = readPiece(memory, address + at.stackStart, 2 * wordSize);
  const exceptions = readPointer(memory, layout, address + at.exceptions);
  const topFrame = readPointer(memory, layout, address + at.topFrame);
  if (!stack || exceptions === null || topFrame === null) return null;
  const stackStop = readWord(stack, at.stackStop - at.stackStart, wordSize);
  const isMain = stackStop === allBits(layout);
  if (readSelf(memory, layout, at, address, isMain) !== greenlet && at.implementation !== null) return null;
  const relatives = isMain ? null : readRelatives(memory, layout, at, address);
  if (!isMain && !relatives) return null;
  return {
    address,
    isMain,
    exceptions,
    stackStart: readWord(stack, 0, wordSize),
    stackStop,
    topFrame,
    main: isMain ? greenlet : (relatives?.main ?? 0),
    run: relatives?.run ?? 0,
    parent: relatives?.parent ?? 0,
  };
}

/** The greenlet that a state says it is of: a main one says so before it says its thread, in all releases. */
function readSelf(memory: MemoryReader, layout: Layout, at: GreenletLayout, address: Address, isMain: boolean): Address | null {
  const self = isMain && at.mainThread !== null ? at.mainThread - layout.wordSize : at.self;
  return self === null ? null : readPointer(memory, layout, address + self);
}

/** Whether the thread of a main greenlet has ended. Where greenlet does not say it: no. */
export function isThreadOver(memory: MemoryReader, layout: Layout, at: GreenletLayout, main: Address): boolean {
  if (at.mainThread === null) return false;
  const address = findState(memory, layout, at, main);
  return !address || readPointer(memory, layout, address + at.mainThread) === 0;
}

/** Who it hangs together with. */
function readRelatives(memory: MemoryReader, layout: Layout, at: GreenletLayout, address: Address): Pick<GreenletState, "main" | "run" | "parent"> | null {
  const fields = [at.run, at.parent, ...(at.main === null ? [] : [at.main])];
  const start = Math.min(...fields);
  const view = readPiece(memory, address + start, Math.max(...fields) + layout.wordSize - start);
  const word = (offset: number): Address => readWord(view!, offset - start, layout.wordSize);
  return view && { run: word(at.run), parent: word(at.parent), main: at.main === null ? 0 : word(at.main) };
}

/** `(char*)-1`, as `readWord` gives it. */
export function allBits({ wordSize }: Layout): number {
  return wordSize === 4 ? 0xffff_ffff : 0xffff_ffff + 0xffff_ffff * 0x1_0000_0000;
}
