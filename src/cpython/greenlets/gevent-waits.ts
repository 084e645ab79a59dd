import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import { readReference } from "../coroutines/suspended-frame.ts";
import type { Layout } from "../layout.ts";
import { readDeque } from "../objects/deques.ts";
import { readPointer, readUint32 } from "../objects/piece.ts";
import { readList } from "../objects/sequences.ts";
import { readOwn } from "../objects/slots.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import type { Gevent } from "./gevent.ts";
import type { TargetNames } from "./target-names.ts";

/** Frames in which something to wait for is looked for, from the newest on: what a function waits for is among the values it works with. */
const maxFrames = 3;
/** Variables and values of one frame. */
const maxValues = 64;
/** Places of the value stack behind the variables. */
const valuePlaces = 16;
/** Of those that wait for one object, and of the greenlets in a list that are waited for together. */
const maxWaiting = 1 << 10;
const maxTogether = 64;

const kinds: ReadonlyMap<string, Awaited["kind"]> = new Map([
  ["Event", "event"],
  ["AsyncResult", "future"],
  ["Semaphore", "semaphore"],
  ["BoundedSemaphore", "semaphore"],
  ["RLock", "lock"],
  ["Condition", "condition"],
  ...["Queue", "SimpleQueue", "UnboundQueue", "PriorityQueue", "LifoQueue", "JoinableQueue", "Channel"].map((name) => [name, "queue"] as const),
]);

/**
 * What a greenlet waits for, by the values that its frames work with. gevent's own functions are compiled and leave no frames, but while
 * Python code calls one, what it was called on is among the values of the frame that calls; and what is waited for has the waiting
 * greenlet in its list, which is the proof.
 */
export class GeventWaits {
  /** For looking around: what is found by that is then read through the memory that notes. */
  readonly #around: MemoryReader;
  readonly #layout: Layout;
  readonly #gevent: Gevent;
  readonly #names: TargetNames;

  constructor(around: MemoryReader, layout: Layout, gevent: Gevent, names: TargetNames) {
    this.#around = around;
    this.#layout = layout;
    this.#gevent = gevent;
    this.#names = names;
  }

  /** `stack`: the greenlet's frames. Null: not known. */
  find(memory: MemoryReader, greenlet: Address, stack: RawStack): Awaited | null {
    for (let index = 0; index < Math.min(stack.length, maxFrames); index++) {
      const frame = stack.frame[index]!;
      const code = stack.code[index]!;
      const found = this.#findByValues(memory, greenlet, frame, code);
      if (found) return found.kind === "semaphore" ? (this.#findLockAround(memory, found.object, frame, code) ?? found) : found;
    }
    return null;
  }

  /** A lock that one greenlet may take several times, or a condition, has a semaphore within, and is what the program waits for. */
  #findLockAround(memory: MemoryReader, semaphore: Address, frame: Address, code: Address): Awaited | null {
    const self = readLocal(memory, this.#layout, frame, code, "self");
    const name = self === null ? "" : this.#names.ofType(self);
    const kind = kinds.get(name);
    if (self === null || self === semaphore || (kind !== "lock" && kind !== "condition")) return null;
    const owner = readOwn(memory, this.#layout, self, "_owner");
    const isHeld = kind === "lock" && owner !== null && this.#gevent.typeOf(memory, owner) !== null;
    return { kind, object: self, typeName: name, detail: "", ...(isHeld && { heldBy: owner }) };
  }

  /** The newest values first: what a call works with lies behind the variables. */
  #findByValues(memory: MemoryReader, greenlet: Address, frame: Address, code: Address): Awaited | null {
    const seen = new Set<Address>([greenlet]);
    for (const value of this.#valuesOf(frame, code)) {
      if (value === 0 || seen.has(value)) continue;
      seen.add(value);
      const found = this.#judge(memory, greenlet, value);
      if (found) return found;
    }
    return null;
  }

  #valuesOf(frame: Address, code: Address): readonly Address[] {
    const at = this.#layout.code.variables;
    const tuples = at.kind === "joined" ? [at.names] : [at.names, at.cells, at.free];
    let count = 0;
    for (const offset of tuples) {
      const tuple = readPointer(this.#around, this.#layout, code + offset);
      const size = tuple === null ? null : readUint32(this.#around, tuple + this.#layout.objects.bytes.size);
      if (size === null || size > 1 << 12) return [];
      count += size;
    }
    const { frame: layout, wordSize } = this.#layout;
    const locals = frame + (layout.kind === "heap" ? layout.locals : layout.headerSize);
    const first = Math.max(0, count + valuePlaces - maxValues);
    // Behind the newest value are old ones: they are taken for what they are now, which the proof refuses.
    const places = Array.from({ length: count + valuePlaces - first }, (_, index) => first + index);
    const values = places.map((index) => readReference(this.#around, this.#layout, locals + index * wordSize) ?? 0);
    return values.filter((value) => value !== 0 && value % wordSize === 0).reverse();
  }

  #judge(memory: MemoryReader, greenlet: Address, object: Address): Awaited | null {
    const name = this.#names.ofType(object);
    if (name === "") return null;
    const kind = kinds.get(name) ?? null;
    if (kind !== null && this.#isWaitedFor(memory, greenlet, object)) return { kind, object, typeName: name, detail: "" };
    const type = this.#gevent.typeOf(this.#around, object);
    if (type?.library === "gevent") {
      const isJoined =
        this.#gevent.readJoining(this.#around, object, type).includes(greenlet) && this.#gevent.readJoining(memory, object, type).includes(greenlet);
      return isJoined ? { kind: "task", object, typeName: type.name, detail: "" } : null;
    }
    return name === "list" || name === "tuple" || name === "set" ? this.#judgeTogether(memory, greenlet, object, name) : null;
  }

  /** Several greenlets that are joined at once. */
  #judgeTogether(memory: MemoryReader, greenlet: Address, list: Address, name: string): Awaited | null {
    const items = name === "list" ? (readList(this.#around, this.#layout, list, maxTogether) ?? []) : [];
    for (const item of items) {
      const type = this.#gevent.typeOf(this.#around, item);
      if (type?.library !== "gevent") continue;
      if (!this.#gevent.readJoining(this.#around, item, type).includes(greenlet)) continue;
      this.#gevent.readJoining(memory, item, type);
      return { kind: "tasks", object: list, typeName: name, detail: `${items.length} greenlets` };
    }
    return null;
  }

  /** Whether the object has the greenlet in one of its lists of those to wake. */
  #isWaitedFor(memory: MemoryReader, greenlet: Address, object: Address): boolean {
    const wakes = (from: MemoryReader, list: Address): boolean => {
      const type = this.#names.ofType(list);
      if (type === "list") return this.#gevent.readLinked(from, list).includes(greenlet);
      const callbacks = type === "deque" ? (readDeque(from, this.#layout, list, maxWaiting) ?? []) : [];
      return callbacks.some((callback) => this.#gevent.findWoken(from, callback) === greenlet);
    };
    const inner = ["_links", "_block", "getters", "putters", "_waiters"].flatMap((name) => readOwn(this.#around, this.#layout, object, name) ?? []);
    for (const field of [...this.#gevent.readFields(this.#around, object), ...inner]) {
      if (field === 0 || field % this.#layout.wordSize !== 0) continue;
      if (wakes(this.#around, field) && wakes(memory, field)) return true;
      // A lock for the same thread several times has another one within.
      if (kinds.get(this.#names.ofType(field)) === "semaphore" && field !== object && this.#isWaitedFor(memory, greenlet, field)) return true;
    }
    return false;
  }
}
