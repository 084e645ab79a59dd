import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { readDeque } from "../objects/deques.ts";
import { readPiece, readPointer, readUint32 } from "../objects/piece.ts";
import { readList } from "../objects/sequences.ts";
import { readOwn } from "../objects/slots.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import { readWord } from "../words.ts";
import type { Gevent } from "./gevent.ts";
import type { TargetNames } from "./target-names.ts";

/** Frames in which something to wait for is looked for, from the newest on: what a function waits for is among the values it works with. */
const maxFrames = 3;
/** Variables and values of one frame. */
const maxValues = 64;
/** Places of the value stack behind the variables. */
const valuePlaces = 16;
/** Of those that wait for one object, and of the greenlets in a list that are waited for together. */
const maxWaiting = 1 << 14;
const maxTogether = 64;
const maxRemembered = 1 << 12;
/** Of objects that are made of Python code alone. */
const attributes = ["_links", "_block", "getters", "putters", "_waiters"];

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
  /**
   * Not the memory that notes: others that come to wait for the same change its list, and not what this greenlet waits for. That stays as
   * it is while its frames do.
   */
  readonly #around: MemoryReader;
  readonly #layout: Layout;
  readonly #gevent: Gevent;
  readonly #names: TargetNames;
  /** By list of callbacks, whom they switch to: many wait for the same. */
  readonly #woken = new Map<Address, ReadonlySet<Address>>();

  constructor(around: MemoryReader, layout: Layout, gevent: Gevent, names: TargetNames) {
    this.#around = around;
    this.#layout = layout;
    this.#gevent = gevent;
    this.#names = names;
  }

  /** Who waits changes from moment to moment. */
  forget(): void {
    this.#woken.clear();
  }

  /** `stack`: the greenlet's frames. Null: not known. */
  find(memory: MemoryReader, greenlet: Address, stack: RawStack): Awaited | null {
    if (stack.length === 0) {
      // It calls a compiled method and nothing else.
      const run = this.#gevent.readRun(this.#around, greenlet);
      const self = run === 0 ? 0 : this.#gevent.readSelf(this.#around, run);
      return self === 0 ? null : this.#judge(greenlet, self);
    }
    for (let index = 0; index < Math.min(stack.length, maxFrames); index++) {
      const frame = stack.frame[index]!;
      const code = stack.code[index]!;
      const found = this.#findByValues(greenlet, frame, code);
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
  #findByValues(greenlet: Address, frame: Address, code: Address): Awaited | null {
    const seen = new Set<Address>([greenlet]);
    for (const value of this.#valuesOf(frame, code)) {
      if (value === 0 || seen.has(value)) continue;
      seen.add(value);
      const found = this.#judge(greenlet, value);
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
    // Behind the newest value are old ones: they are taken for what they are now, which the proof refuses. The frame may end before.
    const start = locals + first * wordSize;
    const view =
      readPiece(this.#around, start, (count + valuePlaces - first) * wordSize) ?? readPiece(this.#around, start, Math.max(0, count - first) * wordSize);
    const values: Address[] = [];
    const tags = layout.kind === "stack" ? layout.codeTagMask + 1 : 1;
    for (let offset = (view?.byteLength ?? 0) - wordSize; offset >= 0; offset -= wordSize) {
      const word = readWord(view!, offset, wordSize);
      const value = word - (word % tags);
      if (value !== 0 && value % wordSize === 0) values.push(value);
    }
    return values;
  }

  #judge(greenlet: Address, object: Address): Awaited | null {
    const name = this.#names.ofType(object);
    if (name === "") return null;
    const kind = kinds.get(name);
    if (kind !== undefined && this.#isWaitedFor(greenlet, object)) return { kind, object, typeName: name, detail: "" };
    if (this.#isJoined(greenlet, object)) return { kind: "task", object, typeName: name, detail: "" };
    const together = name === "list" ? (readList(this.#around, this.#layout, object, maxTogether) ?? []) : [];
    const isOne = together.some((item) => this.#isJoined(greenlet, item));
    return isOne ? { kind: "tasks", object, typeName: name, detail: `${together.length} greenlets` } : null;
  }

  #isJoined(greenlet: Address, object: Address): boolean {
    const links = this.#gevent.findLinks(this.#around, object);
    return links !== null && this.#wakes(links, greenlet);
  }

  /** Whether the object has the greenlet in one of its lists of those to wake. */
  #isWaitedFor(greenlet: Address, object: Address, isInner = false): boolean {
    // Fields of compiled classes, and slots.
    if (this.#gevent.readFields(this.#around, object).some((field) => this.#isWaitedForIn(greenlet, field, isInner))) return true;
    return attributes.some((name) => {
      const value = readAttribute(this.#around, this.#layout, object, name);
      return value !== null && this.#isWaitedForIn(greenlet, value, isInner);
    });
  }

  #isWaitedForIn(greenlet: Address, field: Address, isInner: boolean): boolean {
    if (field === 0 || field % this.#layout.wordSize !== 0) return false;
    const name = this.#names.ofType(field);
    if (name === "list" || name === "deque") return this.#wakes(field, greenlet);
    // A lock that one greenlet may take several times has another one within.
    return !isInner && kinds.get(name) === "semaphore" && this.#isWaitedFor(greenlet, field, true);
  }

  /** Whether one of the callbacks in a list or deque switches to the greenlet. */
  #wakes(list: Address, greenlet: Address): boolean {
    let woken = this.#woken.get(list);
    if (woken === undefined) {
      const read = this.#names.ofType(list) === "deque" ? readDeque : readList;
      const callbacks = read(this.#around, this.#layout, list, maxWaiting) ?? [];
      woken = new Set(callbacks.map((callback) => this.#gevent.findWoken(this.#around, callback)));
      if (this.#woken.size >= maxRemembered) this.#woken.clear();
      this.#woken.set(list, woken);
    }
    return woken.has(greenlet);
  }
}
