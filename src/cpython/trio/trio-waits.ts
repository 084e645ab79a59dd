import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Seconds } from "../../base/units.ts";
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

/**
 * Finds out what tasks of trio wait for: the innermost frames are trio's own functions, and their variables say the rest. Only what may
 * change while the task stays suspended, and matters, is read through the memory that is handed in: who holds a lock.
 */
export class TrioWaits {
  readonly #layout: Layout;
  readonly #fields: OwnFields;
  readonly #steady: MemoryReader;
  readonly #functions: KnownFunctions;
  readonly #clocks = new Map<Address, Seconds | null>();

  constructor(layout: Layout, fields: OwnFields) {
    this.#layout = layout;
    this.#fields = fields;
    this.#steady = fields.steady;
    this.#functions = new KnownFunctions(fields.steady, layout, "trio");
  }

  forget(): void {
    this.#functions.forget();
    this.#clocks.clear();
  }

  /** "turn": for its turn alone; the runner has not heard yet that it may go on. Null: not known. */
  find(memory: MemoryReader, waiting: Waiting): Awaited | "turn" | null {
    const frames = this.#functions.framesOf(waiting.stack);
    for (const [index, frame] of frames.entries()) {
      const found = this.#awaitedIn(memory, waiting, frames, index, frame);
      if (found !== undefined) return found;
    }
    // Something that is built on trio's lowest layer: what its method belongs to.
    const newest = frames.length;
    const self = newest < waiting.stack.length && this.#functions.readLocal(waiting.stack.frame[newest]!, waiting.stack.code[newest]!, "self");
    return self ? this.#describe("object", self) : null;
  }

  /** Undefined: this function says nothing, ask the next one. */
  #awaitedIn(memory: MemoryReader, waiting: Waiting, frames: readonly LibraryFrame[], index: number, frame: LibraryFrame): Awaited | "turn" | null | undefined {
    const self = (): Address | null => this.#local(frame, "self");
    switch (frame.place) {
      case "_timeouts.py sleep_forever":
        return this.#describeSleep(waiting.runner, frames.slice(index + 1));
      case "_core/_io_epoll.py _epoll_wait":
        return this.#describeSocket(frame, frames[index + 1]);
      case "_core/_run.py _nested_child_finished":
        return this.#describeNursery(self());
      case "_sync.py wait":
        return this.#describeEvent(memory, waiting.task, self());
      case "_sync.py acquire":
      case "_sync.py acquire_on_behalf_of":
        return this.#describeLock(memory, self());
      case "_channel.py send":
      case "_channel.py receive":
        return this.#describeChannel(self());
      case "_core/_unbounded_queue.py get_batch":
        return this.#describe("queue", self());
      case "_threads.py to_thread_run_sync":
        return { kind: "thread", object: 0, typeName: "", detail: "" };
      case "_core/_run.py wait_all_tasks_blocked":
        return { kind: "tasks", object: waiting.runner, typeName: "Runner", detail: "all others to wait" };
      case "_core/_traps.py wait_task_rescheduled":
      case "_core/_traps.py _real_async_yield":
      case "_core/_traps.py _async_yield":
      case "_core/_parking_lot.py park":
        return undefined;
      case "_core/_traps.py cancel_shielded_checkpoint":
        return "turn";
      default:
        return undefined;
    }
  }

  #local({ frame, code }: LibraryFrame, name: string): Address | null {
    const value = this.#functions.readLocal(frame, code, name);
    return value !== null && !this.#fields.isNone(value) ? value : null;
  }

  #describe(kind: Awaited["kind"], object: Address | null, detail = ""): Awaited | null {
    if (!object) return null;
    return { kind, object, typeName: this.#typeName(object), detail };
  }

  #typeName(object: Address): string {
    const name = typeName(this.#steady, this.#layout, object) ?? "";
    return name.slice(name.lastIndexOf(".") + 1);
  }

  /** `sleep_until(deadline)` and `sleep(seconds)`; the runner's clock is a constant ahead of the monotonic one. */
  #describeSleep(runner: Address, callers: readonly LibraryFrame[]): Awaited {
    const nowhere = { kind: "sleep", object: 0, typeName: "" } as const;
    const number = (place: string, name: string): number | null => {
      const frame = callers.find((caller) => caller.place === place);
      const value = frame && this.#local(frame, name);
      return value ? readNumber(this.#steady, this.#layout, value) : null;
    };
    const deadline = number("_timeouts.py sleep_until", "deadline");
    if (deadline === null || deadline === Infinity) return { ...nowhere, detail: "for ever" };
    const seconds = number("_timeouts.py sleep", "seconds");
    const ahead = this.#clockOf(runner);
    return {
      ...nowhere,
      detail: seconds === null ? "" : `${seconds} s`,
      ...(ahead !== null && { until: deadline - ahead }),
      ...(ahead !== null && seconds !== null && { since: deadline - ahead - seconds }),
    };
  }

  /** How many seconds it is ahead of `time.monotonic()`. Null: it is another kind of clock. */
  #clockOf(runner: Address): Seconds | null {
    let ahead = this.#clocks.get(runner);
    if (ahead === undefined) {
      const clock = this.#fields.read(this.#steady, runner, "clock");
      const offset = clock && this.#fields.read(this.#steady, clock, "offset");
      ahead = offset ? readNumber(this.#steady, this.#layout, offset) : null;
      this.#clocks.set(runner, ahead);
    }
    return ahead;
  }

  #describeSocket(frame: LibraryFrame, caller: LibraryFrame | undefined): Awaited | null {
    const number = this.#local(frame, "fd");
    const attribute = this.#local(frame, "attr_name");
    const descriptor = number && readInteger(this.#steady, this.#layout, number);
    const way = attribute && readString(this.#steady, this.#layout, attribute, 64);
    // What `wait_readable` was given: a socket, or the number itself.
    const object = caller && this.#local(caller, "fd");
    const detail = descriptor === null ? "" : `fd ${descriptor} to be ${way === "write_task" ? "writable" : "readable"}`;
    return this.#describe("socket", object ?? number, detail);
  }

  #describeNursery(nursery: Address | null): Awaited | null {
    const children = nursery && this.#fields.read(this.#steady, nursery, "_children");
    const count = children ? readSetSize(this.#steady, this.#layout, children) : null;
    return this.#describe("tasks", nursery, count === null ? "" : `${count} ${count === 1 ? "task" : "tasks"}`);
  }

  /** Both are `wait` of the same file. A condition that was notified waits for its lock from there on, parked in the lock's own lot. */
  #describeEvent(memory: MemoryReader, task: Address, object: Address | null): Awaited | null {
    const lock = object && this.#fields.read(this.#steady, object, "_lock");
    if (!object || !lock) return this.#describe("event", object);
    const parked = this.#fields.read(memory, task, "custom_sleep_data");
    return parked === this.#fields.read(this.#steady, object, "_lot") ? this.#describe("condition", object) : this.#describeLock(memory, lock);
  }

  /** A lock knows its owner; what counts instead is a semaphore. */
  #describeLock(memory: MemoryReader, object: Address | null): Awaited | null {
    if (!object) return null;
    const owner = this.#fields.read(memory, object, "_owner");
    if (owner !== null) {
      const lock = this.#describe("lock", object);
      return lock && { ...lock, heldBy: owner };
    }
    return this.#describe("semaphore", object);
  }

  #describeChannel(channel: Address | null): Awaited | null {
    const state = channel && this.#fields.read(this.#steady, channel, "_state");
    const data = state && this.#fields.read(this.#steady, state, "data");
    const most = state && this.#fields.read(this.#steady, state, "max_buffer_size");
    const length = data ? readDequeLength(this.#steady, this.#layout, data) : null;
    const bound = most ? readNumber(this.#steady, this.#layout, most) : null;
    const detail = length === null || bound === null ? "" : bound === Infinity ? `${length} items` : `${length} of ${bound} items`;
    return this.#describe("queue", channel, detail);
  }
}
