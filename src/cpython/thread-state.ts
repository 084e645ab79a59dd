import type { Address, ByteCount, ByteOffset } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import { readWord } from "./words.ts";

/** The fields of a `PyThreadState` that we read, from a copy of its first `threadStateSize` bytes. */
export interface ThreadState {
  previous: Address;
  next: Address;
  interpreter: Address;
  /** pthread_t, what `threading.get_ident()` returns. */
  threadId: Address;
  /** The kernel's id in the target's own pid namespace; 0 before 3.11. */
  nativeThreadId: number;
  /** What `ThreadLayout.frame` points to: a frame, or 3.11's and 3.12's `_PyCFrame`. */
  frame: Address;
  /** Newest data-stack chunk; 0 before 3.11. */
  dataStackChunk: Address;
}

/** How many bytes from the start of a `PyThreadState` hold all that `decodeThreadState` wants. */
export function threadStateSize(layout: Layout): ByteCount {
  const thread = layout.thread;
  const offsets = [thread.previous, thread.next, thread.interpreter, thread.threadId, thread.frame, thread.nativeThreadId ?? 0, thread.dataStackChunk ?? 0];
  return Math.max(...offsets) + layout.wordSize;
}

export function decodeThreadState(layout: Layout, view: DataView, at: ByteOffset, into: ThreadState): void {
  const { thread, wordSize } = layout;
  into.previous = readWord(view, at + thread.previous, wordSize);
  into.next = readWord(view, at + thread.next, wordSize);
  into.interpreter = readWord(view, at + thread.interpreter, wordSize);
  into.threadId = readWord(view, at + thread.threadId, wordSize);
  into.nativeThreadId = thread.nativeThreadId === null ? 0 : readWord(view, at + thread.nativeThreadId, wordSize);
  into.frame = readWord(view, at + thread.frame, wordSize);
  into.dataStackChunk = thread.dataStackChunk === null ? 0 : readWord(view, at + thread.dataStackChunk, wordSize);
}

export function emptyThreadState(): ThreadState {
  return { previous: 0, next: 0, interpreter: 0, threadId: 0, nativeThreadId: 0, frame: 0, dataStackChunk: 0 };
}

/** Whether both are the same thread with the same neighbours in its list. */
export function isSameThread(now: Readonly<ThreadState>, expected: Readonly<ThreadState>): boolean {
  return (
    now.interpreter === expected.interpreter &&
    now.threadId === expected.threadId &&
    now.nativeThreadId === expected.nativeThreadId &&
    now.previous === expected.previous &&
    now.next === expected.next
  );
}
