import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readDeque } from "../objects/deques.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import type { Callback, Callbacks } from "./callbacks.ts";
import type { FoundFuture, Futures } from "./futures.ts";

/** Futures between a task and those that wait for it, and callbacks of all of them together. */
const maxFutures = 256;
const maxFollowed = 1 << 14;

export interface Waiters {
  /** Tasks that go on, sooner or later, when the task is done. */
  readonly awaitedBy: readonly Address[];
  /** A task in whose group it is, or that says (3.14 and later) that it awaits it, without waiting now. 0: none. */
  readonly parent: Address;
}

/**
 * Which tasks wait for one: what is called when it is done wakes a task, or settles a future (of `gather`, `wait`, `shield`, a task group
 * ...), which calls something in its turn. Nothing is guessed: functions other than those of asyncio and anyio tell nothing.
 */
export class WaiterFinder {
  readonly #layout: Layout;
  readonly #futures: Futures;
  readonly #callbacks: Callbacks;
  readonly #own: OwnFields;

  constructor(layout: Layout, futures: Futures, callbacks: Callbacks, own: OwnFields) {
    this.#own = own;
    this.#layout = layout;
    this.#futures = futures;
    this.#callbacks = callbacks;
  }

  find(memory: MemoryReader, task: FoundFuture): Waiters {
    const awaitedBy = new Set<Address>();
    const parents = new Set<Address>();
    const next: FoundFuture[] = [task];
    const seen = new Set<Address>([task.address]);
    let followed = 0;
    for (let future = next.pop(); future !== undefined; future = next.pop()) {
      for (const address of future.callbacks) {
        if (++followed > maxFollowed) break;
        const callback = this.#callbacks.read(memory, address);
        if (callback === null) continue;
        if (callback.kind === "wakeup") {
          if (this.#futures.isTask(memory, callback.task)) awaitedBy.add(callback.task);
          continue;
        }
        const { settles, parent } = this.#follow(memory, callback);
        if (parent !== 0 && future === task) parents.add(parent);
        for (const target of settles) {
          if (target === 0 || seen.has(target) || seen.size > maxFutures) continue;
          seen.add(target);
          const found = this.#futures.read(memory, target);
          if (found !== null && !found.isTask && !found.isDone) next.push(found);
        }
      }
    }
    const parent = [...parents, ...(awaitedBy.size === 0 ? task.saidAwaitedBy : [])].find((other) => !awaitedBy.has(other));
    return { awaitedBy: [...awaitedBy], parent: parent !== undefined && this.#futures.isTask(memory, parent) ? parent : 0 };
  }

  /** The futures that a callback settles, as far as they can be known. */
  #follow(memory: MemoryReader, callback: Exclude<Callback, { readonly kind: "wakeup" }>): { readonly settles: readonly Address[]; readonly parent: Address } {
    const shared = (name: string): Address => (callback.kind === "function" ? (callback.shared.get(name) ?? 0) : 0);
    switch (`${callback.module}.${callback.function} ${callback.kind}`) {
      // `gather` and `shield`.
      case "asyncio/tasks._done_callback function":
      case "asyncio/tasks._inner_done_callback function":
        return { settles: [shared("outer")], parent: 0 };
      // `wait`, and `as_completed` to 3.12.
      case "asyncio/tasks._on_completion function":
        return { settles: [shared("waiter"), ...this.#getters(memory, shared("done"))], parent: 0 };
      // `wait_for`, to 3.11.
      case "asyncio/tasks._release_waiter partial":
        return { settles: callback.kind === "partial" ? callback.arguments.slice(0, 1) : [], parent: 0 };
      // `as_completed`, 3.13 and later.
      case "asyncio/tasks._handle_completion method":
        return { settles: callback.kind === "method" ? this.#getters(memory, this.#read(memory, callback.self, "_done")) : [], parent: 0 };
      case "asyncio/taskgroups._on_task_done method":
        return callback.kind === "method" ? this.#group(memory, callback.self, callback.self, "_parent_task") : nothing;
      // anyio's task group.
      case "_backends/_asyncio.task_done function": {
        const group = shared("self");
        return group === 0 ? nothing : this.#group(memory, group, this.#read(memory, group, "cancel_scope"), "_host_task");
      }
      default:
        return nothing;
    }
  }

  #group(memory: MemoryReader, group: Address, host: Address, name: string): { readonly settles: readonly Address[]; readonly parent: Address } {
    const settled = this.#read(memory, group, "_on_completed_fut");
    return { settles: settled === 0 ? [] : [settled], parent: host === 0 ? 0 : this.#read(memory, host, name) };
  }

  /** The futures of those that wait for an item of a queue. */
  #getters(memory: MemoryReader, queue: Address): readonly Address[] {
    const getters = queue === 0 ? 0 : this.#read(memory, queue, "_getters");
    return getters === 0 ? [] : (readDeque(memory, this.#layout, getters, maxFutures) ?? []);
  }

  #read(memory: MemoryReader, object: Address, name: string): Address {
    return this.#own.read(memory, object, name) ?? 0;
  }
}

const nothing = { settles: [], parent: 0 } as const;
