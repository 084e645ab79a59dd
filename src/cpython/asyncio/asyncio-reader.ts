import type { MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import { readAwaitChain, type AwaitChain } from "../coroutines/await-chain.ts";
import { AwaitableTypes } from "../coroutines/awaitable-types.ts";
import type { Layout } from "../layout.ts";
import { readInteger } from "../objects/integers.ts";
import { readString } from "../objects/strings.ts";
import { RawStack } from "../raw-stack.ts";
import type { FoundTask, TaskReader, TaskState } from "../tasks/found-task.ts";
import { AwaitedFinder } from "./awaited.ts";
import { Callbacks } from "./callbacks.ts";
import { findAsyncio, type Asyncio } from "./find-asyncio.ts";
import { Futures, type FoundFuture } from "./futures.ts";
import { findHeldLocks } from "./held-locks.ts";
import { KnownCodes } from "./known-codes.ts";
import { Loops } from "./loops.ts";
import { OwnValues } from "./own-values.ts";
import { TaskLists } from "./task-lists.ts";
import { WaiterFinder } from "./waiters.ts";

/** In characters. */
const maxTaskName = 512;

const finishedChain: AwaitChain = { state: "finished", rootFrame: 0, rootCode: 0, end: 0, isWhole: true };

/** The tasks of asyncio in one interpreter, whichever loop runs them. */
export class AsyncioReader implements TaskReader {
  readonly kind = "asyncio";
  readonly #layout: Layout;
  readonly #loops: Loops;
  readonly #lists: TaskLists;
  readonly #codes: KnownCodes;
  readonly #callbacks: Callbacks;
  readonly #futures: Futures;
  readonly #waiters: WaiterFinder;
  readonly #awaited: AwaitedFinder;
  readonly #awaitables = new AwaitableTypes();

  /** Null: the interpreter at `interpreter` has not imported asyncio. A failure says why its tasks cannot be read. */
  static open(memory: MemoryReader, layout: Layout, interpreter: Address): Result<AsyncioReader> | null {
    const found = findAsyncio(memory, layout, interpreter);
    if (found === null) return null;
    return found.ok ? ok(new AsyncioReader(layout, interpreter, found.value)) : fail(found.error);
  }

  private constructor(layout: Layout, interpreter: Address, asyncio: Asyncio) {
    const codes = new KnownCodes(layout);
    const callbacks = new Callbacks(layout, codes);
    const own = new OwnValues(layout, asyncio.none);
    this.#layout = layout;
    this.#codes = codes;
    this.#callbacks = callbacks;
    this.#loops = new Loops(layout, interpreter, asyncio.native);
    this.#lists = new TaskLists(layout, interpreter, asyncio);
    this.#futures = new Futures(layout, asyncio, own);
    this.#waiters = new WaiterFinder(layout, this.#futures, callbacks, own);
    this.#awaited = new AwaitedFinder(layout, this.#futures, codes, callbacks, own);
  }

  list(memory: MemoryReader): readonly Address[] | null {
    this.#loops.refresh(memory);
    return this.#lists.list(memory, this.#loops.threads);
  }

  heldLocks(memory: MemoryReader, stack: RawStack): readonly Address[] {
    return findHeldLocks(memory, this.#layout, this.#codes, this.#callbacks, stack);
  }

  read(memory: MemoryReader, address: Address): FoundTask | null {
    const task = this.#futures.read(memory, address);
    // One that is being made has no loop yet.
    if (task === null || !task.isTask || task.loop === 0) return null;
    const stack = new RawStack();
    const chain = task.isDone || task.coroutine === 0 ? finishedChain : readAwaitChain(memory, this.#layout, task.coroutine, stack, this.#awaitables);
    const name = this.#readName(memory, task.name);
    if (chain === null || name === null) return null;
    const waiter = task.waiter === 0 ? null : this.#futures.read(memory, task.waiter);
    const state = stateOf(task, chain, waiter);
    return {
      kind: this.kind,
      address,
      name,
      state,
      loop: task.loop,
      thread: this.#loops.threadOf(memory, task.loop),
      stack,
      isWhole: chain.isWhole,
      rootFrame: chain.rootFrame,
      rootCode: chain.rootCode,
      waitsFor: state === "waiting" ? this.#awaited.find(memory, task.waiter, waiter, stack) : null,
      ...this.#waiters.find(memory, task),
    };
  }

  #readName(memory: MemoryReader, object: Address): string | null {
    if (object === 0) return "";
    const text = readString(memory, this.#layout, object, maxTaskName);
    if (text !== null) return text;
    // 3.12 and later make the text of a name that was not given when somebody asks for it.
    const number = readInteger(memory, this.#layout, object);
    return number === null ? null : `Task-${number}`;
  }
}

function stateOf(task: FoundFuture, chain: AwaitChain, waiter: FoundFuture | null): TaskState {
  if (task.isDone || chain.state === "finished") return "finished";
  if (chain.state === "running" || chain.state === "created") return chain.state;
  // Its wake-up is among what the loop does next.
  return task.waiter === 0 || waiter?.isDone === true ? "ready" : "waiting";
}
