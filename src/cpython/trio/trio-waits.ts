import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readDequeLength } from "../objects/deques.ts";
import { readNumber } from "../objects/floats.ts";
import { readInteger } from "../objects/integers.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import { readSetSize } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { typeName } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import { KnownFunctions, type LibraryFrame } from "../tasks/known-functions.ts";

/** A task that is suspended, and not about to go on. */
interface Waiting {
  readonly task: Address;
  readonly runner: Address;
  readonly stack: RawStack;
}

/** Finds out what tasks of trio wait for: the innermost frames are trio's own functions, and their variables say the rest. */
export class TrioWaits {
  readonly #layout: Layout;
  readonly #fields: OwnFields;
  readonly #functions: KnownFunctions;

  constructor(layout: Layout, fields: OwnFields) {
    this.#layout = layout;
    this.#fields = fields;
    this.#functions = new KnownFunctions(layout, "trio");
  }

  forget(): void {
    this.#functions.forget();
  }

  /** Null: not known. */
  find(memory: MemoryReader, waiting: Waiting): Awaited | null {
    const frames = this.#functions.framesOf(memory, waiting.stack);
    for (const [index, frame] of frames.entries()) {
      const found = this.#awaitedIn(memory, waiting, frames, index, frame);
      if (found !== undefined) return found;
    }
    // Something that is built on trio's lowest layer: what its method belongs to.
    const newest = frames.length;
    const self = newest < waiting.stack.length && readLocal(memory, this.#layout, waiting.stack.frame[newest]!, waiting.stack.code[newest]!, "self");
    return self ? this.#describe(memory, "object", self) : null;
  }

  /** Undefined: this function says nothing, ask the next one. */
  #awaitedIn(memory: MemoryReader, waiting: Waiting, frames: readonly LibraryFrame[], index: number, frame: LibraryFrame): Awaited | null | undefined {
    const self = (): Address | null => this.#local(memory, frame, "self");
    switch (frame.place) {
      case "_timeouts.py sleep_forever":
        return this.#describeSleep(memory, waiting.runner, frames.slice(index + 1));
      case "_core/_io_epoll.py _epoll_wait":
        return this.#describeSocket(memory, frame, frames[index + 1]);
      case "_core/_run.py _nested_child_finished":
        return this.#describeNursery(memory, self());
      case "_sync.py wait":
        return this.#describeEvent(memory, waiting.task, self());
      case "_sync.py acquire":
      case "_sync.py acquire_on_behalf_of":
        return this.#describeLock(memory, self());
      case "_channel.py send":
      case "_channel.py receive":
        return this.#describeChannel(memory, self());
      case "_core/_unbounded_queue.py get_batch":
        return this.#describe(memory, "queue", self());
      case "_threads.py to_thread_run_sync":
        return { kind: "thread", object: 0, typeName: "", detail: "" };
      case "_core/_run.py wait_all_tasks_blocked":
        return { kind: "tasks", object: waiting.runner, typeName: "Runner", detail: "all others to wait" };
      case "_core/_traps.py wait_task_rescheduled":
      case "_core/_traps.py _real_async_yield":
      case "_core/_traps.py _async_yield":
      case "_core/_parking_lot.py park":
        return undefined;
      default:
        return frame.place.startsWith("_core/_traps.py ") ? null : undefined;
    }
  }

  #local(memory: MemoryReader, { frame, code }: LibraryFrame, name: string): Address | null {
    const value = readLocal(memory, this.#layout, frame, code, name);
    return value !== null && !this.#fields.isNone(memory, value) ? value : null;
  }

  #describe(memory: MemoryReader, kind: Awaited["kind"], object: Address | null, detail = ""): Awaited | null {
    if (!object) return null;
    return { kind, object, typeName: this.#typeName(memory, object), detail };
  }

  #typeName(memory: MemoryReader, object: Address): string {
    const name = typeName(memory, this.#layout, object) ?? "";
    return name.slice(name.lastIndexOf(".") + 1);
  }

  /** `sleep_until(deadline)` and `sleep(seconds)`; the runner's clock is a constant ahead of the monotonic one. */
  #describeSleep(memory: MemoryReader, runner: Address, callers: readonly LibraryFrame[]): Awaited {
    const nowhere = { kind: "sleep", object: 0, typeName: "" } as const;
    const number = (place: string, name: string): number | null => {
      const frame = callers.find((caller) => caller.place === place);
      const value = frame && this.#local(memory, frame, name);
      return value ? readNumber(memory, this.#layout, value) : null;
    };
    const deadline = number("_timeouts.py sleep_until", "deadline");
    if (deadline === null || deadline === Infinity) return { ...nowhere, detail: "for ever" };
    const seconds = number("_timeouts.py sleep", "seconds");
    const clock = this.#fields.read(memory, runner, "clock");
    const offset = clock && this.#fields.read(memory, clock, "offset");
    const ahead = offset ? readNumber(memory, this.#layout, offset) : null;
    return {
      ...nowhere,
      detail: seconds === null ? "" : `${seconds} s`,
      ...(ahead !== null && { until: deadline - ahead }),
      ...(ahead !== null && seconds !== null && { since: deadline - ahead - seconds }),
    };
  }

  #describeSocket(memory: MemoryReader, frame: LibraryFrame, caller: LibraryFrame | undefined): Awaited | null {
    const number = this.#local(memory, frame, "fd");
    const attribute = this.#local(memory, frame, "attr_name");
    const descriptor = number && readInteger(memory, this.#layout, number);
    const way = attribute && readString(memory, this.#layout, attribute, 64);
    // What `wait_readable` was given: a socket, or the number itself.
    const object = caller && this.#local(memory, caller, "fd");
    const detail = descriptor === null ? "" : `fd ${descriptor} to be ${way === "write_task" ? "writable" : "readable"}`;
    return this.#describe(memory, "socket", object ?? number, detail);
  }

  #describeNursery(memory: MemoryReader, nursery: Address | null): Awaited | null {
    const children = nursery && this.#fields.read(memory, nursery, "_children");
    const count = children ? readSetSize(memory, this.#layout, children) : null;
    return this.#describe(memory, "tasks", nursery, count === null ? "" : `${count} ${count === 1 ? "task" : "tasks"}`);
  }

  /** Both are `wait` of the same file. A condition that was notified waits for its lock from there on, parked in the lock's own lot. */
  #describeEvent(memory: MemoryReader, task: Address, object: Address | null): Awaited | null {
    const lock = object && this.#fields.read(memory, object, "_lock");
    if (!object || !lock) return this.#describe(memory, "event", object);
    const parked = this.#fields.read(memory, task, "custom_sleep_data");
    return parked === this.#fields.read(memory, object, "_lot") ? this.#describe(memory, "condition", object) : this.#describeLock(memory, lock);
  }

  /** A lock knows its owner; what counts instead is a semaphore. */
  #describeLock(memory: MemoryReader, object: Address | null): Awaited | null {
    if (!object) return null;
    const owner = this.#fields.read(memory, object, "_owner");
    if (owner !== null) {
      const lock = this.#describe(memory, "lock", object);
      return lock && { ...lock, heldBy: owner };
    }
    return this.#describe(memory, "semaphore", object);
  }

  #describeChannel(memory: MemoryReader, channel: Address | null): Awaited | null {
    const state = channel && this.#fields.read(memory, channel, "_state");
    const data = state && this.#fields.read(memory, state, "data");
    const most = state && this.#fields.read(memory, state, "max_buffer_size");
    const length = data ? readDequeLength(memory, this.#layout, data) : null;
    const bound = most ? readNumber(memory, this.#layout, most) : null;
    const detail = length === null || bound === null ? "" : bound === Infinity ? `${length} items` : `${length} of ${bound} items`;
    return this.#describe(memory, "queue", channel, detail);
  }
}
