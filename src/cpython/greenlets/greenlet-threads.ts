import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readWord } from "../words.ts";
import type { GreenletLayout } from "./greenlet-layouts.ts";

const maxThreads = 1 << 14;
/** Generators that handle exceptions, one within the other. */
const maxItems = 256;
/** `PyThreadState.exc_state` is nearer to its start than this. */
const maxDistance: ByteCount = 4096;

/** Finds the thread that a greenlet belongs to. greenlet keeps no pointer to it, but what it saves of a thread leads there. */
export class GreenletThreads {
  readonly #layout: Layout;
  readonly #interpreter: Address;
  /** Thread states, sorted. */
  #threads: readonly Address[] = [];

  constructor(layout: Layout, interpreter: Address) {
    this.#layout = layout;
    this.#interpreter = interpreter;
  }

  /** Looks which threads there are. What was known stays when the list cannot be followed. */
  refresh(memory: MemoryReader): void {
    const { interpreter, thread } = this.#layout;
    const found = new Set<Address>();
    let address = readPointer(memory, this.#layout, this.#interpreter + interpreter.threadsHead);
    while (address) {
      if (found.has(address) || found.size >= maxThreads) return;
      if (readPointer(memory, this.#layout, address + thread.interpreter) !== this.#interpreter) return;
      found.add(address);
      address = readPointer(memory, this.#layout, address + thread.next);
    }
    if (address !== null) this.#threads = [...found].sort((a, b) => a - b);
  }

  /** The only thread there is; 0: there are several. */
  get only(): Address {
    return this.#threads.length === 1 ? this.#threads[0]! : 0;
  }

  has(thread: Address): boolean {
    return this.#threads.includes(thread);
  }

  /**
   * The thread in which a greenlet was switched out: its chain of handled exceptions (`exc_info`) ends in the thread state itself, after
   * those of the generators that it is in. 0: it runs, has not started, has ended, or its thread has.
   */
  find(memory: MemoryReader, exceptions: Address, { previousException }: Pick<GreenletLayout, "previousException">): Address {
    let item: Address | null = exceptions;
    for (let count = 0; item && count < maxItems; count++) {
      const thread = this.#containing(item);
      if (thread !== 0) return thread;
      item = readPointer(memory, this.#layout, item + previousException);
    }
    return 0;
  }

  #containing(address: Address): Address {
    let found = 0;
    for (const thread of this.#threads) {
      if (thread > address) break;
      found = thread;
    }
    return found !== 0 && address - found < maxDistance ? found : 0;
  }
}

/** More frames than that are not followed. */
const maxFrames = 1 << 14;

export interface RootFrame {
  readonly frame: Address;
  readonly code: Address;
}

/** The oldest frame of Python code on a thread's stack as it is now. Only the links are read, which change less than the rest. Null: none, or torn. */
export function findRootFrame(memory: MemoryReader, layout: Layout, thread: Address): RootFrame | null {
  const { frame: at, thread: threadAt } = layout;
  const link = at.kind === "heap" ? at.back : at.previous;
  const pointer = readPointer(memory, layout, thread + threadAt.frame);
  const newest = pointer && threadAt.cframeCurrentFrame !== null ? readPointer(memory, layout, pointer + threadAt.cframeCurrentFrame) : pointer;
  if (!newest) return null;
  let below = 0;
  let frame = newest;
  for (let count = 0; count < maxFrames; count++) {
    const next = readPointer(memory, layout, frame + link);
    if (next === null) return null;
    if (next === 0) {
      const root = at.kind === "stack" && at.hasEntryShims ? below : frame;
      return root === 0 ? null : readRoot(memory, layout, root);
    }
    below = frame;
    frame = next;
  }
  return null;
}

/** Whether it is still there, as the oldest one of Python code. */
export function isStillRoot(memory: MemoryReader, layout: Layout, { frame, code }: RootFrame): boolean {
  return readRoot(memory, layout, frame)?.code === code;
}

function readRoot(memory: MemoryReader, layout: Layout, frame: Address): RootFrame | null {
  const at = layout.frame;
  const view = readPiece(memory, frame + at.code, layout.wordSize);
  if (!view) return null;
  const word = readWord(view, 0, layout.wordSize);
  const code = at.kind === "stack" && at.codeTagMask !== 0 ? word - (word % (at.codeTagMask + 1)) : word;
  return code === 0 ? null : { frame, code };
}
