import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Seconds } from "../../base/units.ts";
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

/**
 * Finds out what tasks of curio wait for: the innermost frames are curio's own functions, and their variables say the rest. Only what may
 * change while the task stays suspended, and matters, is read through the memory that is handed in: who holds a lock.
 */
export class CurioWaits {
  readonly #layout: Layout;
  readonly #fields: OwnFields;
  readonly #steady: MemoryReader;
  readonly #functions: KnownFunctions;

  constructor(layout: Layout, fields: OwnFields) {
    this.#layout = layout;
    this.#fields = fields;
    this.#steady = fields.steady;
    this.#functions = new KnownFunctions(fields.steady, layout, "curio");
  }

  forget(): void {
    this.#functions.forget();
  }

  /** Null: not known. */
  find(memory: MemoryReader, task: Address, stack: RawStack): Awaited | null {
    const frames = this.#functions.framesOf(stack);
    const found = this.#findIn(memory, task, frames);
    const timeout = this.#readTime(task, "timeout");
    return found && timeout !== null ? { ...found, until: Math.min(timeout, found.until ?? timeout) } : found;
  }

  #findIn(memory: MemoryReader, task: Address, frames: readonly LibraryFrame[]): Awaited | null {
    for (const [index, frame] of frames.entries()) {
      switch (frame.place) {
        case "traps.py _read_wait":
          return this.#describeSocket(frame, "readable");
        case "traps.py _write_wait":
          return this.#describeSocket(frame, "writable");
        case "traps.py _sleep":
          return this.#describeSleep(task, frame);
        case "traps.py _future_wait": {
          const inThread = frames.some(({ place }) => place.startsWith("workers.py "));
          return this.#describe(inThread ? "thread" : "future", this.#local(frame, "future"));
        }
        case "sched.py suspend":
          return this.#describeSuspended(memory, frame, frames.slice(index + 1));
        default:
          continue;
      }
    }
    return null;
  }

  #local({ frame, code }: LibraryFrame, name: string): Address | null {
    const value = this.#functions.readLocal(frame, code, name);
    return value !== null && !this.#fields.isNone(value) ? value : null;
  }

  #describe(kind: Awaited["kind"], object: Address | null, detail = ""): Awaited | null {
    if (!object) return null;
    const name = typeName(this.#steady, this.#layout, object) ?? "";
    return { kind, object, typeName: name.slice(name.lastIndexOf(".") + 1), detail };
  }

  /** On the clock of `time.monotonic()`, which is curio's. */
  #readTime(task: Address, field: string): Seconds | null {
    const value = this.#fields.read(this.#steady, task, field);
    return value ? readNumber(this.#steady, this.#layout, value) : null;
  }

  #describeSleep(task: Address, frame: LibraryFrame): Awaited {
    const value = this.#local(frame, "clock");
    const seconds = value ? readNumber(this.#steady, this.#layout, value) : null;
    const until = this.#readTime(task, "sleep");
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
  #describeSocket(frame: LibraryFrame, way: string): Awaited | null {
    const file = this.#local(frame, "fileobj");
    const number = file && (this.#fields.read(this.#steady, file, "fd") ?? file);
    const descriptor = number && readInteger(this.#steady, this.#layout, number);
    return this.#describe("socket", file, descriptor === null ? "" : `fd ${descriptor} to be ${way}`);
  }

  /** On a scheduler, by the method of a lock, an event and so on. */
  #describeSuspended(memory: MemoryReader, frame: LibraryFrame, callers: readonly LibraryFrame[]): Awaited | null {
    const reasonObject = this.#local(frame, "reason");
    const reason = reasonObject ? readString(this.#steady, this.#layout, reasonObject, maxReasonLength) : null;
    const [caller, next] = callers;
    const object = caller ? this.#local(caller, "self") : null;
    const outer = next ? this.#local(next, "self") : null;
    const kind = (reason !== null && kinds[reason]) || "object";
    if (kind === "semaphore" && outer && (next?.place === "task.py join" || next?.place === "task.py next_done")) return this.#describeGroup(outer);
    if (kind === "lock" && outer && next?.place === "sync.py acquire") {
      const owner = this.#fields.read(memory, outer, "_owner");
      const lock = this.#describe(kind, owner ? outer : object);
      return lock && owner ? { ...lock, heldBy: owner } : lock;
    }
    return this.#describe(kind, object, kind === "queue" && object ? this.#queueDetail(object) : "");
  }

  /** A group counts those that have finished with a semaphore. */
  #describeGroup(group: Address): Awaited | null {
    const running = this.#fields.read(this.#steady, group, "_running");
    const count = running ? readSetSize(this.#steady, this.#layout, running) : null;
    return this.#describe("tasks", group, count === null ? "" : `${count} ${count === 1 ? "task" : "tasks"}`);
  }

  #queueDetail(queue: Address): string {
    const items = this.#fields.read(this.#steady, queue, "_queue");
    const most = this.#fields.read(this.#steady, queue, "maxsize");
    const length = items
      ? (readDequeLength(this.#steady, this.#layout, items) ?? readList(this.#steady, this.#layout, items, maxQueued)?.length ?? null)
      : null;
    const bound = most ? readInteger(this.#steady, this.#layout, most) : null;
    return length === null ? "" : bound ? `${length} of ${bound} items` : `${length} items`;
  }
}
