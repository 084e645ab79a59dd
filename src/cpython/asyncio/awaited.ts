import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Seconds } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readFloat, readNumber } from "../objects/floats.ts";
import { readInteger } from "../objects/integers.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import { readUint32 } from "../objects/piece.ts";
import { readDequeLength } from "../objects/deques.ts";
import { isOfType } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import type { Callbacks } from "./callbacks.ts";
import type { FoundFuture, Futures } from "./futures.ts";
import type { KnownCodes } from "./known-codes.ts";

/** The frame of a function of asyncio, and the future that it waits for. */
interface Waiting {
  readonly memory: MemoryReader;
  readonly frame: Address;
  readonly code: Address;
  readonly future: Address;
}

/** What a function of asyncio waits for; null when its variables do not tell. */
type Describe = (finder: AwaitedFinder, waiting: Waiting) => Awaited | null;

const lockKinds: ReadonlyMap<string, Awaited["kind"]> = new Map([
  ["Lock", "lock"],
  ["Event", "event"],
  ["Condition", "condition"],
  ["Semaphore", "semaphore"],
  ["BoundedSemaphore", "semaphore"],
  // anyio's.
  ["CapacityLimiter", "semaphore"],
]);

/** By module and function, the innermost first: functions of Lib/asyncio that wait for a future of their own, in all versions. */
const functions: ReadonlyMap<string, Describe> = new Map<string, Describe>([
  ["asyncio/tasks.sleep", (finder, waiting) => finder.sleep(waiting)],
  ["asyncio/tasks._wait", (finder, waiting) => finder.tasks(waiting, "timeout")],
  // To 3.11.
  ["asyncio/tasks.wait_for", (finder, waiting) => finder.waitFor(waiting)],
  ["asyncio/tasks._cancel_and_wait", (finder, waiting) => finder.waitFor(waiting)],
  ["asyncio/tasks._wait_for_one", (finder, waiting) => finder.tasks(waiting)],
  ["asyncio/taskgroups.__aexit__", (finder, waiting) => finder.tasks(waiting)],
  ["asyncio/taskgroups._aexit", (finder, waiting) => finder.tasks(waiting)],
  ["_backends/_asyncio.__aexit__", (finder, waiting) => finder.tasks(waiting)],
  ["asyncio/locks.acquire", (finder, waiting) => finder.lock(waiting)],
  ["asyncio/locks.wait", (finder, waiting) => finder.lock(waiting)],
  ["asyncio/queues.get", (finder, waiting) => finder.queue(waiting, "to get")],
  ["asyncio/queues.put", (finder, waiting) => finder.queue(waiting, "to put")],
  ["asyncio/queues.join", (finder, waiting) => finder.queue(waiting, "to be done")],
  ["asyncio/streams._wait_for_data", (finder, waiting) => finder.stream(waiting, "readable")],
  ["asyncio/streams._drain_helper", (finder, waiting) => finder.stream(waiting, "writable")],
  ["asyncio/base_events.serve_forever", (finder, waiting) => finder.lock(waiting)],
  ["asyncio/base_subprocess._wait", (finder, waiting) => finder.subprocess(waiting)],
  // anyio's, on asyncio.
  ["_backends/_asyncio.receive", (finder, waiting) => finder.stream(waiting, "readable")],
  ["_backends/_asyncio.wait_readable", (finder, waiting) => finder.descriptor(waiting, "readable")],
  ["_backends/_asyncio.wait_writable", (finder, waiting) => finder.descriptor(waiting, "writable")],
  ["_backends/_asyncio.run_sync_in_worker_thread", (finder, waiting) => finder.thread(waiting)],
  ["_backends/_asyncio.wait", (finder, waiting) => finder.lock(waiting)],
  ["_backends/_asyncio.acquire", (finder, waiting) => finder.lock(waiting)],
  ["_backends/_asyncio.acquire_on_behalf_of", (finder, waiting) => finder.lock(waiting)],
  ["streams/memory.receive", (finder, waiting) => finder.queue(waiting, "to get")],
  ["streams/memory.send", (finder, waiting) => finder.queue(waiting, "to put")],
  ...["sock_recv", "sock_recv_into", "sock_recvfrom", "sock_recvfrom_into", "sock_accept"].map(
    (name) => [`asyncio/selector_events.${name}`, (finder, waiting) => finder.socket(waiting, "readable")] as [string, Describe],
  ),
  ...["sock_sendall", "sock_sendto", "sock_connect"].map(
    (name) => [`asyncio/selector_events.${name}`, (finder, waiting) => finder.socket(waiting, "writable")] as [string, Describe],
  ),
]);

/** How many frames from the innermost on are looked at: `Queue.join` waits by `Event.wait`, `_wait_for_one` by `Queue.get`. */
const maxLooked = 4;

/** Finds what suspended tasks wait for, by the functions in which they do. */
export class AwaitedFinder {
  readonly #layout: Layout;
  readonly #futures: Futures;
  readonly #codes: KnownCodes;
  readonly #callbacks: Callbacks;
  readonly #own: OwnFields;

  constructor(layout: Layout, futures: Futures, codes: KnownCodes, callbacks: Callbacks, own: OwnFields) {
    this.#own = own;
    this.#layout = layout;
    this.#futures = futures;
    this.#codes = codes;
    this.#callbacks = callbacks;
  }

  /** `future` is what the task waits for; `stack` its frames, newest first. */
  find(memory: MemoryReader, future: Address, found: FoundFuture | null, stack: RawStack): Awaited {
    if (found?.isTask) return this.#plain("task", future);
    switch (this.#futures.className(future)) {
      case "_GatheringFuture":
        return this.#plain("tasks", future);
      // uvloop's `sock_recv` and the like.
      case "_SyncSocketReaderFuture":
        return { ...this.#plain("socket", future), detail: "to be readable" };
      case "_SyncSocketWriterFuture":
        return { ...this.#plain("socket", future), detail: "to be writable" };
      default:
    }
    return this.#byFrames(memory, future, stack) ?? this.#byCallbacks(memory, found) ?? this.#plain(found === null ? "object" : "future", future);
  }

  sleep(waiting: Waiting): Awaited {
    const delay = this.#number(waiting, "delay");
    const until = this.#timer(waiting, "h");
    return {
      ...this.#plain("sleep", waiting.future),
      detail: delay === null ? "" : formatSeconds(delay),
      ...(until !== null && { until }),
      ...(until !== null && delay !== null && { since: until - delay }),
    };
  }

  tasks(waiting: Waiting, timeout?: string): Awaited {
    return { ...this.#plain("tasks", waiting.future), ...(timeout !== undefined && this.#timeout(waiting, timeout)) };
  }

  waitFor(waiting: Waiting): Awaited | null {
    const inner = this.#local(waiting, "fut");
    if (inner === null || this.#futures.kindOf(waiting.memory, inner) === "other") return null;
    const kind = this.#futures.isTask(waiting.memory, inner) ? "task" : "future";
    return { ...this.#plain(kind, inner), ...this.#timeout(waiting, "timeout") };
  }

  lock(waiting: Waiting): Awaited | null {
    const self = this.#local(waiting, "self");
    const name = self === null ? null : this.#futures.className(self);
    if (self === null || name === null) return null;
    // anyio's lock knows who has it.
    const holder = this.#read(waiting.memory, self, "_owner_task");
    const heldBy = holder !== 0 && this.#futures.isTask(waiting.memory, holder) ? holder : 0;
    return { kind: lockKinds.get(name) ?? "object", object: self, typeName: name, detail: "", ...(heldBy !== 0 && { heldBy }) };
  }

  queue(waiting: Waiting, what: string): Awaited | null {
    const { memory } = waiting;
    const self = this.#local(waiting, "self");
    if (self === null) return null;
    const unfinished = what === "to be done" ? this.#read(memory, self, "_unfinished_tasks") : 0;
    const items = this.#read(memory, self, "_queue");
    const count = readInteger(this.#own.steady, this.#layout, unfinished) ?? readDequeLength(memory, this.#layout, items);
    return { kind: "queue", object: self, typeName: this.#futures.className(self) ?? "", detail: count === null ? what : `${what}, size ${count}` };
  }

  stream(waiting: Waiting, what: string): Awaited | null {
    const { memory } = waiting;
    const self = this.#local(waiting, "self");
    const transport = self && this.#read(memory, self, "_transport");
    if (!self || transport === null) return null;
    // That of a socket, and that of a pipe.
    const number = transport !== 0 ? this.#read(memory, transport, "_sock_fd") || this.#read(memory, transport, "_fileno") : 0;
    const fd = number === 0 ? null : readInteger(this.#own.steady, this.#layout, number);
    return { kind: "socket", object: self, typeName: this.#futures.className(self) ?? "", detail: describeFd(fd, what) };
  }

  socket(waiting: Waiting, what: string): Awaited | null {
    const { memory } = waiting;
    const socket = this.#local(waiting, "sock");
    if (!socket || !isOfType(memory, this.#layout, socket, ["_socket.socket"])) return null;
    // `PySocketSockObject` (Modules/socketmodule.h) begins with the descriptor, an int.
    const fd = readUint32(memory, socket + this.#layout.objects.type + this.#layout.wordSize);
    return { kind: "socket", object: socket, typeName: "socket", detail: describeFd(fd === null ? null : fd | 0, what) };
  }

  /** What has the number of a file descriptor in `fd`. */
  descriptor(waiting: Waiting, what: string): Awaited {
    return { ...this.#plain("socket", waiting.future), detail: describeFd(this.#number(waiting, "fd"), what) };
  }

  thread(waiting: Waiting): Awaited {
    return this.#plain("thread", waiting.future);
  }

  subprocess(waiting: Waiting): Awaited | null {
    const { memory } = waiting;
    const transport = this.#local(waiting, "self");
    if (!transport) return null;
    const number = this.#read(memory, transport, "_pid");
    const pid = number === 0 ? null : readInteger(this.#own.steady, this.#layout, number);
    return { kind: "object", object: transport, typeName: "Process", detail: pid === null ? "" : `pid ${pid}` };
  }

  #byFrames(memory: MemoryReader, future: Address, stack: RawStack): Awaited | null {
    let found: Awaited | null = null;
    for (let at = 0; at < Math.min(stack.length, maxLooked); at++) {
      const code = stack.code[at]!;
      const name = this.#codes.nameOf(code);
      if (name === null) return found;
      // How a future that is written in Python is awaited.
      if (at === 0 && name.module === "asyncio/futures" && name.function === "__await__") continue;
      const describe = functions.get(`${name.module}.${name.function}`);
      if (describe === undefined) return found;
      found = describe(this, { memory, frame: stack.frame[at]!, code, future }) ?? found;
    }
    return found;
  }

  /** `shield`, and what a thread or another process does. */
  #byCallbacks(memory: MemoryReader, found: FoundFuture | null): Awaited | null {
    for (const address of found?.callbacks.slice(0, maxLooked) ?? []) {
      const callback = this.#callbacks.read(memory, address);
      if (callback?.kind !== "function") continue;
      const name = `${callback.module}.${callback.function}`;
      const of = name === "asyncio/tasks._outer_done_callback" ? callback.shared.get("inner") : undefined;
      if (of !== undefined && this.#futures.kindOf(memory, of) !== "other") return this.#plain(this.#futures.isTask(memory, of) ? "task" : "future", of);
      const source = name === "asyncio/futures._call_check_cancel" ? callback.shared.get("source") : undefined;
      if (source !== undefined && this.#futures.kindOf(memory, source) === "other") return this.#plain("thread", source);
    }
    return null;
  }

  #plain(kind: Awaited["kind"], object: Address): Awaited {
    return { kind, object, typeName: this.#futures.className(object) ?? "", detail: "" };
  }

  /** Null: nothing, or None. */
  #local({ memory, frame, code }: Waiting, name: string): Address | null {
    const value = this.#codes.readLocal(memory, frame, code, name);
    return value === null || this.#own.isNone(value) ? null : value;
  }

  #read(memory: MemoryReader, object: Address, name: string): Address {
    return this.#own.read(memory, object, name) ?? 0;
  }

  #number(waiting: Waiting, name: string): number | null {
    const value = this.#local(waiting, name);
    return value === null ? null : readNumber(this.#own.steady, this.#layout, value);
  }

  /** When a timer of the loop goes off, by `TimerHandle._when`, of which `loop.time()` is the clock. uvloop's does not say. */
  #timer(waiting: Waiting, name: string): Seconds | null {
    const handle = this.#local(waiting, name);
    const when = handle === null ? 0 : this.#read(waiting.memory, handle, "_when");
    return when === 0 ? null : readFloat(waiting.memory, this.#layout, when);
  }

  #timeout(waiting: Waiting, name: string): Partial<Awaited> {
    const timeout = this.#number(waiting, name);
    const until = this.#timer(waiting, "timeout_handle");
    return {
      ...(timeout !== null && { detail: `timeout ${formatSeconds(timeout)}` }),
      ...(until !== null && { until }),
      ...(until !== null && timeout !== null && { since: until - timeout }),
    };
  }
}

function describeFd(fd: number | null, what: string): string {
  return fd === null || fd < 0 ? `to be ${what}` : `fd ${fd} to be ${what}`;
}

function formatSeconds(seconds: number): string {
  return `${Number(seconds.toPrecision(6))} s`;
}
