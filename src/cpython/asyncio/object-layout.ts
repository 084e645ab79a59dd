import type { ByteCount, ByteOffset, WordSize } from "../../base/units.ts";

/** Where C tasks and futures keep what we read (`FutureObj_HEAD`, `TaskObj`, Modules/_asynciomodule.c). */
export interface TaskLayout {
  /** Pointer, NULL: not initialised. */
  readonly loop: ByteOffset;
  /** The first callback, and a list of tuples (callback, context) with the others; each NULL when there is none. */
  readonly firstCallback: ByteOffset;
  readonly callbacks: ByteOffset;
  /** int: 0 pending, 1 cancelled, 2 finished. */
  readonly state: ByteOffset;
  /** 3.14 and later: a task, or a set of tasks when the byte `isAwaitedBySet` is not 0. */
  readonly awaitedBy: { readonly task: ByteOffset; readonly isSet: ByteOffset } | null;
  /** Of tasks only: */
  readonly waiter: ByteOffset;
  readonly coroutine: ByteOffset;
  /** A str; 3.12 and later an int until somebody asks. */
  readonly name: ByteOffset;
  /** 3.14 and later: a node of a list of tasks, see `task-lists.ts`. */
  readonly node: ByteOffset | null;
  /** sizeof(FutureObj) up to what we read of it; sizeof(TaskObj). */
  readonly futureSize: ByteCount;
  readonly taskSize: ByteCount;
}

/** What the type `_asyncio.Task` says about its instances. */
export interface TaskShape {
  readonly basicSize: ByteCount;
  /** `tp_dictoffset`; negative where the dict is not in the object (3.13 and later). */
  readonly dictOffset: number;
}

/** Which of the fields that came and went a build has. */
interface Variant {
  /** Pointers from the end of the object's head to the state. */
  readonly pointersBeforeState: number;
  /** To 3.12: words between the list of weak references and the waiter. */
  readonly wordsBeforeWaiter: number;
  /** Ints at the end of the object. */
  readonly intsAtEnd: number;
}

/** To 3.12, oldest first. Releases of one version may differ, so the type's own sizes say which one it is. */
const variants: readonly Variant[] = [
  { pointersBeforeState: 7, wordsBeforeWaiter: 0, intsAtEnd: 2 },
  { pointersBeforeState: 8, wordsBeforeWaiter: 4, intsAtEnd: 2 },
  { pointersBeforeState: 9, wordsBeforeWaiter: 4, intsAtEnd: 2 },
  { pointersBeforeState: 9, wordsBeforeWaiter: 1, intsAtEnd: 3 },
];

/**
 * The layout of C tasks, proved by what their type says. Null: none that is known has these sizes.
 *
 *     3.8 - 3.12   head | loop callback0 context0 callbacks ... | state, 2 ints | dict, weak references | ... | waiter coroutine name context | ints
 *     3.13         head | loop callback0 context0 callbacks ... | state, bits, int | waiter coroutine name context
 *     3.14 and on  head | loop callback0 context0 callbacks ... awaited_by | state, bytes, bits, int | waiter coroutine name context | node
 */
export function taskLayoutOf(versionHex: number, word: WordSize, shape: TaskShape): TaskLayout | null {
  const minor = (versionHex >>> 16) & 0xff;
  return minor >= 13 ? laterLayout(minor, word, shape) : earlierLayout(word, shape);
}

function earlierLayout(word: WordSize, shape: TaskShape): TaskLayout | null {
  const head = 2 * word;
  for (const { pointersBeforeState, wordsBeforeWaiter, intsAtEnd } of variants) {
    const state = head + pointersBeforeState * word;
    const dict = align(state + 3 * 4, word);
    const waiter = dict + (2 + wordsBeforeWaiter) * word;
    const size = align(waiter + 4 * word + intsAtEnd * 4, word);
    if (shape.dictOffset === dict && shape.basicSize === size) return layoutWith(head, word, state, waiter, size);
  }
  return null;
}

function laterLayout(minor: number, word: WordSize, shape: TaskShape): TaskLayout | null {
  const hasList = minor >= 14;
  const head = 2 * word;
  const state = head + (hasList ? 11 : 10) * word;
  const waiter = align(state + 3 * 4, word);
  const end = waiter + 4 * word;
  const size = end + (hasList ? 2 * word : 0);
  if (shape.basicSize !== size) return null;
  const layout = layoutWith(head, word, state, waiter, size);
  return hasList ? { ...layout, node: end, awaitedBy: { task: state - word, isSet: state + 5 } } : layout;
}

function layoutWith(head: ByteCount, word: WordSize, state: ByteOffset, waiter: ByteOffset, taskSize: ByteCount): TaskLayout {
  return {
    loop: head,
    firstCallback: head + word,
    callbacks: head + 3 * word,
    state,
    awaitedBy: null,
    waiter,
    coroutine: waiter + word,
    name: waiter + 2 * word,
    node: null,
    futureSize: state + 8,
    taskSize,
  };
}

function align(offset: ByteOffset, word: WordSize): ByteOffset {
  return Math.ceil(offset / word) * word;
}
