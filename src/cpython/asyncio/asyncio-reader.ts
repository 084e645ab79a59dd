import type { MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import { readAwaitChain, type AwaitChain } from "../coroutines/await-chain.ts";
import { AwaitableTypes } from "../coroutines/awaitable-types.ts";
import type { Layout } from "../layout.ts";
import { readInteger } from "../objects/integers.ts";
import { OwnFields } from "../objects/own-fields.ts";
import { PagedMemory } from "../objects/paged-memory.ts";
import { readPointer } from "../objects/piece.ts";
import { readString } from "../objects/strings.ts";
import { RawStack } from "../raw-stack.ts";
import type { Entered, FoundTask, TaskReader, TaskState } from "../tasks/found-task.ts";
import { AwaitedFinder } from "./awaited.ts";
import { Callbacks } from "./callbacks.ts";
import { EnteredFinder } from "./entered.ts";
import { findAsyncio, type Asyncio } from "./find-asyncio.ts";
import { Futures, type FoundFuture } from "./futures.ts";
import { KnownCodes } from "./known-codes.ts";
import { Loops } from "./loops.ts";
import { TaskLists } from "./task-lists.ts";
import { WaiterFinder } from "./waiters.ts";

/** In characters. */
const maxTaskName = 512;
const ownName = /^Task-(\d+)$/;

const finishedChain: AwaitChain = { state: "finished", rootFrame: 0, rootCode: 0, end: 0, isWhole: true };

/** To 3.11 all interpreters of a process share the C module, and with it the set of tasks. */
const firstOfItsOwn = 0x030c_0000;
/** More interpreters than any process has. */
const maxInterpreters = 4096;
/** After so many lists what is remembered is learned again: what was torn when it was read must not stay wrong. */
const listsToForget = 64;

/** The tasks of asyncio in one interpreter, whichever loop runs them. */
export class AsyncioReader implements TaskReader {
  readonly kind = "asyncio";
  /** For what does not change: names, types, code. Nobody notes that an answer rests on it. */
  readonly #steady: MemoryReader;
  readonly #layout: Layout;
  readonly #interpreter: Address;
  readonly #asyncio: Asyncio;
  readonly #loops: Loops;
  #parts: Parts;
  #lists = 0;

  /**
   * Null: the interpreter at `interpreter` has not imported asyncio, or an older interpreter lists its tasks. A failure says why its tasks cannot
   * be read.
   */
  static open(memory: MemoryReader, layout: Layout, interpreter: Address): Result<AsyncioReader> | null {
    const found = findAsyncio(memory, layout, interpreter);
    if (found === null) return null;
    if (!found.ok) return fail(found.error);
    return isListedByOther(memory, layout, interpreter, found.value) ? null : ok(new AsyncioReader(memory, layout, interpreter, found.value));
  }

  private constructor(steady: MemoryReader, layout: Layout, interpreter: Address, asyncio: Asyncio) {
    this.#steady = steady;
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#asyncio = asyncio;
    this.#loops = new Loops(layout, interpreter, asyncio.native);
    this.#parts = makeParts(steady, layout, interpreter, asyncio);
  }

  list(memory: MemoryReader): readonly Address[] | null {
    if (++this.#lists % listsToForget === 0) this.#parts = makeParts(this.#steady, this.#layout, this.#interpreter, this.#asyncio);
    const paged = new PagedMemory(memory);
    this.#loops.refresh(paged);
    return this.#parts.lists.list(memory, paged, this.#loops.threads);
  }

  read(memory: MemoryReader, address: Address): FoundTask | null {
    const { futures, awaitables, awaited, waiters } = this.#parts;
    const task = futures.read(memory, address);
    // One that is being made has no loop yet.
    if (task === null || !task.isTask || task.loop === 0) return null;
    const stack = new RawStack();
    const chain = task.isDone || task.coroutine === 0 ? finishedChain : readAwaitChain(memory, this.#layout, task.coroutine, stack, awaitables);
    const name = this.#readName(task.name);
    if (chain === null || name === null) return null;
    const waiter = task.waiter === 0 ? null : futures.read(memory, task.waiter);
    const state = stateOf(task, chain, waiter);
    const number = ownName.exec(name)?.[1];
    return {
      kind: this.kind,
      address,
      // The number of a name that was not given; a task that is renamed loses it.
      ...(number !== undefined && { serial: Number(number) }),
      name,
      state,
      loop: task.loop,
      thread: this.#loops.threadOf(memory, task.loop),
      stack,
      isWhole: chain.isWhole,
      rootFrame: chain.rootFrame,
      rootCode: chain.rootCode,
      waitsFor: state === "waiting" ? awaited.find(memory, task.waiter, waiter, stack) : null,
      ...waiters.find(memory, task),
    };
  }

  entered(memory: MemoryReader, stack: RawStack): Entered {
    return this.#parts.entered.find(memory, stack);
  }

  #readName(object: Address): string | null {
    if (object === 0) return "";
    const text = readString(this.#steady, this.#layout, object, maxTaskName);
    if (text !== null) return text;
    // 3.12 and later make the text of a name that was not given when somebody asks for it.
    const number = readInteger(this.#steady, this.#layout, object);
    return number === null ? null : `Task-${number}`;
  }
}

/** What remembers. */
interface Parts {
  readonly lists: TaskLists;
  readonly futures: Futures;
  readonly waiters: WaiterFinder;
  readonly awaited: AwaitedFinder;
  readonly awaitables: AwaitableTypes;
  readonly entered: EnteredFinder;
}

function makeParts(steady: MemoryReader, layout: Layout, interpreter: Address, asyncio: Asyncio): Parts {
  const codes = new KnownCodes(steady, layout);
  const callbacks = new Callbacks(steady, layout, codes);
  const own = new OwnFields(steady, layout);
  // It knows None from now on.
  own.isNone(asyncio.none);
  const futures = new Futures(steady, layout, asyncio, own);
  return {
    lists: new TaskLists(layout, interpreter, asyncio),
    futures,
    waiters: new WaiterFinder(layout, futures, callbacks, own),
    awaited: new AwaitedFinder(layout, futures, codes, callbacks, own),
    awaitables: new AwaitableTypes(),
    entered: new EnteredFinder(layout, codes, callbacks, own),
  };
}

/** Interpreters link to older ones: whether one of these has the same set of tasks. */
function isListedByOther(memory: MemoryReader, layout: Layout, interpreter: Address, asyncio: Asyncio): boolean {
  if (layout.versionHex >= firstOfItsOwn) return false;
  let other = interpreter;
  for (let count = 0; count < maxInterpreters; count++) {
    other = readPointer(memory, layout, other + layout.interpreter.next) ?? 0;
    if (other === 0) return false;
    const found = findAsyncio(memory, layout, other);
    if (found?.ok === true && found.value.weakSets.some((set) => asyncio.weakSets.includes(set))) return true;
  }
  return false;
}

function stateOf(task: FoundFuture, chain: AwaitChain, waiter: FoundFuture | null): TaskState {
  if (task.isDone || chain.state === "finished") return "finished";
  if (chain.state === "running" || chain.state === "created") return chain.state;
  // Its wake-up is among what the loop does next.
  return task.waiter === 0 || waiter?.isDone === true ? "ready" : "waiting";
}
