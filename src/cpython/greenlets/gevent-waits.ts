import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import { readReference } from "../coroutines/suspended-frame.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { readDeque } from "../objects/deques.ts";
import { readFloat } from "../objects/floats.ts";
import { readInteger } from "../objects/integers.ts";
import { readPointer, readUint32 } from "../objects/piece.ts";
import { readList } from "../objects/sequences.ts";
import { readString } from "../objects/strings.ts";
import { nameOfType, typeOf } from "../objects/types.ts";
import type { RawStack } from "../raw-stack.ts";
import type { Awaited } from "../tasks/found-task.ts";
import type { Gevent } from "./gevent.ts";
import { shortName } from "./greenlet-types.ts";

const maxName = 1 << 10;
const maxCodes = 1 << 14;
const maxTypes = 1 << 14;
/** Frames in which something to wait for is looked for, from the newest on: what a function waits for is among the values it works with. */
const maxFrames = 3;
/** Variables and values of one frame. */
const maxValues = 64;
/** Places of the value stack behind the variables. */
const valuePlaces = 16;
/** Of those that wait for one object, and of the greenlets in a list that are waited for together. */
const maxWaiting = 1 << 10;
const maxTogether = 64;

const kinds: Readonly<Record<string, Awaited["kind"]>> = {
  Event: "event",
  AsyncResult: "future",
  Semaphore: "semaphore",
  BoundedSemaphore: "semaphore",
  RLock: "lock",
  Condition: "condition",
  Queue: "queue",
  SimpleQueue: "queue",
  PriorityQueue: "queue",
  LifoQueue: "queue",
  JoinableQueue: "queue",
  UnboundQueue: "queue",
  Channel: "queue",
};
/** Methods of a socket that wait until it can be read, or written. */
const readers = new Set(["recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "accept", "read"]);
const writers = new Set(["send", "sendall", "sendto", "sendmsg", "connect", "connect_ex", "write"]);
const socketFiles = /[/\\](gevent[/\\]_socket\w*|gevent[/\\]_?ssl\w*|eventlet[/\\]green(io[/\\]\w+|[/\\]\w+))\.py$/;
const sleepFiles = /[/\\](gevent[/\\]hub|eventlet[/\\]greenthread)\.py$/;
/** `sock_fd` in `PySocketSockObject`: an int after the header (Modules/socketmodule.h). */
const socketFdWords = 2;

interface CodeName {
  readonly name: string;
  readonly file: string;
}

/**
 * What a greenlet waits for. gevent's own functions are compiled and leave no frames, but while Python code calls one, what it was called
 * on is among the values of the frame that calls; and what is waited for has the waiting greenlet in its list, which is the proof.
 */
export class GeventWaits {
  /** For looking around: what is found by that is then read through the memory that notes. */
  readonly #around: MemoryReader;
  readonly #layout: Layout;
  readonly #gevent: Gevent;
  readonly #codes = new Map<Address, CodeName>();
  readonly #types = new Map<Address, string>();

  constructor(around: MemoryReader, layout: Layout, gevent: Gevent) {
    this.#around = around;
    this.#layout = layout;
    this.#gevent = gevent;
  }

  /** Types and code objects come and go. */
  forget(): void {
    this.#codes.clear();
    this.#types.clear();
  }

  /** `stack`: the greenlet's frames. Null: not known. */
  find(memory: MemoryReader, greenlet: Address, stack: RawStack): Awaited | null {
    for (let index = 0; index < Math.min(stack.length, maxFrames); index++) {
      const frame = stack.frame[index]!;
      const code = stack.code[index]!;
      const found = this.#findByCode(memory, frame, code) ?? this.#findByValues(memory, greenlet, frame, code);
      if (found) return found;
    }
    return null;
  }

  /** A sleep, or a method of a socket, which are Python code. */
  #findByCode(memory: MemoryReader, frame: Address, code: Address): Awaited | null {
    const { name, file } = this.#nameOf(code);
    if (name === "sleep" && sleepFiles.test(file)) {
      const value = readLocal(memory, this.#layout, frame, code, "seconds");
      const seconds = value === null ? null : (readFloat(memory, this.#layout, value) ?? readInteger(memory, this.#layout, value));
      return { kind: "sleep", object: 0, typeName: "sleep", detail: seconds === null ? "" : `${seconds} s` };
    }
    const isReader = readers.has(name);
    if (!(isReader || writers.has(name)) || !socketFiles.test(file)) return null;
    const socket = readLocal(memory, this.#layout, frame, code, "self");
    if (socket === null) return null;
    const fd = this.#readSocketFd(memory, socket);
    const purpose = isReader ? "to be readable" : "to be writable";
    return { kind: "socket", object: socket, typeName: this.#typeName(socket), detail: fd === null ? purpose : `fd ${fd} ${purpose}` };
  }

  #readSocketFd(memory: MemoryReader, socket: Address): number | null {
    const inner = readAttribute(memory, this.#layout, socket, "_sock") ?? readAttribute(memory, this.#layout, socket, "fd");
    const innerType = inner === null ? "" : this.#typeName(inner);
    const own = innerType === "socket" ? inner : socket;
    const fd = own === null ? null : readUint32(memory, own + socketFdWords * this.#layout.wordSize);
    return fd !== null && fd < 1 << 20 ? fd : null;
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
    const values: Address[] = [];
    // Behind the newest value are old ones: they are taken for what they are now, which the proof refuses.
    for (let index = count + valuePlaces - 1; index >= 0 && values.length < maxValues; index--) {
      const value = readReference(this.#around, this.#layout, locals + index * wordSize);
      if (value !== null && value % wordSize === 0) values.push(value);
    }
    return values;
  }

  #judge(memory: MemoryReader, greenlet: Address, object: Address): Awaited | null {
    const name = this.#typeName(object);
    if (name === "") return null;
    const kind = kinds[name] ?? null;
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
      const type = this.#typeName(list);
      if (type === "list") return this.#gevent.readLinked(from, list).includes(greenlet);
      const callbacks = type === "deque" ? (readDeque(from, this.#layout, list, maxWaiting) ?? []) : [];
      return callbacks.some((callback) => this.#gevent.findWoken(from, callback) === greenlet);
    };
    const inner = ["_links", "_block", "getters", "putters", "_waiters"].flatMap((name) => readAttribute(this.#around, this.#layout, object, name) ?? []);
    for (const field of [...this.#gevent.readFields(this.#around, object), ...inner]) {
      if (field === 0 || field % this.#layout.wordSize !== 0) continue;
      if (wakes(this.#around, field) && wakes(memory, field)) return true;
      // A lock for the same thread several times has another one within.
      if (kinds[this.#typeName(field)] === "semaphore" && field !== object && this.#isWaitedFor(memory, greenlet, field)) return true;
    }
    return false;
  }

  #nameOf(code: Address): CodeName {
    const known = this.#codes.get(code);
    if (known) return known;
    const text = (offset: number): string => {
      const pointer = readPointer(this.#around, this.#layout, code + offset);
      return (pointer && readString(this.#around, this.#layout, pointer, maxName)) || "";
    };
    const name: CodeName = { name: text(this.#layout.code.name), file: text(this.#layout.code.fileName) };
    if (this.#codes.size >= maxCodes) this.#codes.clear();
    this.#codes.set(code, name);
    return name;
  }

  /** Without the module; empty: not readable. */
  #typeName(object: Address): string {
    const type = typeOf(this.#around, this.#layout, object);
    if (!type) return "";
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const name = shortName(nameOfType(this.#around, this.#layout, type) ?? "");
    if (this.#types.size >= maxTypes) this.#types.clear();
    this.#types.set(type, name);
    return name;
  }
}
