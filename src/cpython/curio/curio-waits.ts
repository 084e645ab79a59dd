import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Seconds } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readDequeLength } from "../objects/deques.ts";
import { readNumber } from "../objects/floats.ts";
import { readInteger } from "../objects/integers.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import { readList } from "../objects/sequences.ts";
import { readSetSize } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { typeName } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import { KnownFunctions, type LibraryFrame } from "../tasks/known-functions.ts";

const maxReasonLength = 64;
/** Of one queue. */
const maxQueued = 0x10_0000;

/** What curio calls what a task is suspended for on one of its schedulers (the argument of `suspend`). */
const kinds: Readonly<Record<string, Awaited["kind"]>> = {
  TASK_JOIN: "task",
  EVENT_WAIT: "event",
  LOCK_ACQUIRE: "lock",
  SEMA_ACQUIRE: "semaphore",
  COND_WAIT: "condition",
  QUEUE_GET: "queue",
  QUEUE_PUT: "queue",
  QUEUE_JOIN: "queue",
};

/** Finds out what tasks of curio wait for: the innermost frames are curio's own functions, and their variables say the rest. */
export class CurioWaits {
  readonly #layout: Layout;
  readonly #fields: OwnFields;
  readonly #functions: KnownFunctions;

  constructor(layout: Layout, fields: OwnFields) {
    this.#layout = layout;
    this.#fields = fields;
    this.#functions = new KnownFunctions(layout, "curio");
  }

  forget(): void {
    this.#functions.forget();
  }

  /** Null: not known. */
  find(memory: MemoryReader, task: Address, stack: RawStack): Awaited | null {
    const frames = this.#functions.framesOf(memory, stack);
    const found = this.#findIn(memory, task, frames);
    const timeout = this.#readTime(memory, task, "timeout");
    return found && timeout !== null ? { ...found, until: Math.min(timeout, found.until ?? timeout) } : found;
  }

  #findIn(memory: MemoryReader, task: Address, frames: readonly LibraryFrame[]): Awaited | null {
    for (const [index, frame] of frames.entries()) {
      switch (frame.place) {
        case "traps.py _read_wait":
          return this.#describeSocket(memory, frame, "readable");
        case "traps.py _write_wait":
          return this.#describeSocket(memory, frame, "writable");
        case "traps.py _sleep":
          return this.#describeSleep(memory, task, frame);
        case "traps.py _future_wait": {
          const inThread = frames.some(({ place }) => place.startsWith("workers.py "));
          return this.#describe(memory, inThread ? "thread" : "future", this.#local(memory, frame, "future"));
        }
        case "sched.py suspend":
          return this.#describeSuspended(memory, frame, frames.slice(index + 1));
        default:
          continue;
      }
    }
    return null;
  }

  #local(memory: MemoryReader, { frame, code }: LibraryFrame, name: string): Address | null {
    const value = readLocal(memory, this.#layout, frame, code, name);
    return value !== null && !this.#fields.isNone(memory, value) ? value : null;
  }

  #describe(memory: MemoryReader, kind: Awaited["kind"], object: Address | null, detail = ""): Awaited | null {
    if (!object) return null;
    const name = typeName(memory, this.#layout, object) ?? "";
    return { kind, object, typeName: name.slice(name.lastIndexOf(".") + 1), detail };
  }

  /** On the clock of `time.monotonic()`, which is curio's. */
  #readTime(memory: MemoryReader, task: Address, field: string): Seconds | null {
    const value = this.#fields.read(memory, task, field);
    return value ? readNumber(memory, this.#layout, value) : null;
  }

  #describeSleep(memory: MemoryReader, task: Address, frame: LibraryFrame): Awaited {
    const value = this.#local(memory, frame, "clock");
    const seconds = value ? readNumber(memory, this.#layout, value) : null;
    const until = this.#readTime(memory, task, "sleep");
    return {
      kind: "sleep",
      object: 0,
      typeName: "",
      detail: seconds === null ? "" : `${seconds} s`,
      ...(until !== null && { until }),
      ...(until !== null && seconds !== null && { since: until - seconds }),
    };
  }

  /** A number, curio's own `_Fd` around one, or an object with a `fileno()`. */
  #describeSocket(memory: MemoryReader, frame: LibraryFrame, way: string): Awaited | null {
    const file = this.#local(memory, frame, "fileobj");
    const number = file && (this.#fields.read(memory, file, "fd") ?? file);
    const descriptor = number && readInteger(memory, this.#layout, number);
    return this.#describe(memory, "socket", file, descriptor === null ? "" : `fd ${descriptor} to be ${way}`);
  }

  /** On a scheduler, by the method of a lock, an event and so on. */
  #describeSuspended(memory: MemoryReader, frame: LibraryFrame, callers: readonly LibraryFrame[]): Awaited | null {
    const reasonObject = this.#local(memory, frame, "reason");
    const reason = reasonObject ? readString(memory, this.#layout, reasonObject, maxReasonLength) : null;
    const [caller, next] = callers;
    const object = caller ? this.#local(memory, caller, "self") : null;
    const outer = next ? this.#local(memory, next, "self") : null;
    const kind = (reason !== null && kinds[reason]) || "object";
    if (kind === "semaphore" && outer && (next?.place === "task.py join" || next?.place === "task.py next_done")) return this.#describeGroup(memory, outer);
    if (kind === "lock" && outer && next?.place === "sync.py acquire") {
      const owner = this.#fields.read(memory, outer, "_owner");
      const lock = this.#describe(memory, kind, owner ? outer : object);
      return lock && owner ? { ...lock, heldBy: owner } : lock;
    }
    return this.#describe(memory, kind, object, kind === "queue" && object ? this.#queueDetail(memory, object) : "");
  }

  /** A group counts those that have finished with a semaphore. */
  #describeGroup(memory: MemoryReader, group: Address): Awaited | null {
    const running = this.#fields.read(memory, group, "_running");
    const count = running ? readSetSize(memory, this.#layout, running) : null;
    return this.#describe(memory, "tasks", group, count === null ? "" : `${count} ${count === 1 ? "task" : "tasks"}`);
  }

  #queueDetail(memory: MemoryReader, queue: Address): string {
    const items = this.#fields.read(memory, queue, "_queue");
    const most = this.#fields.read(memory, queue, "maxsize");
    const length = items ? (readDequeLength(memory, this.#layout, items) ?? readList(memory, this.#layout, items, maxQueued)?.length ?? null) : null;
    const bound = most ? readInteger(memory, this.#layout, most) : null;
    return length === null ? "" : bound ? `${length} of ${bound} items` : `${length} items`;
  }
}
