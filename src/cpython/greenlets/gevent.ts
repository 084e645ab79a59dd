import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { readInteger } from "../objects/integers.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readList } from "../objects/sequences.ts";
import { readSet } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { typeName, typeOf } from "../objects/types.ts";
import { readWord } from "../words.ts";
import type { GreenletType, GreenletTypes } from "./greenlet-types.ts";

const maxName = 200;
/** Callbacks of one object. */
const maxLinks = 1 << 12;
/** Words of a small object in which a greenlet is looked for. */
const maxFields = 16;
/** `m_self` of a built-in method and `im_self` of another: after the header and one more pointer. */
const methodSelfWords = 3;
/** Fields of a compiled `gevent.Greenlet` (`_gevent_cgreenlet.pxd`), counted from behind greenlet's own and the pointer to its functions. */
const field = { links: 6, ident: 11 } as const;

/** What gevent, and eventlet, keep of their greenlets, and of whom they will wake when. */
export class Gevent {
  readonly #layout: Layout;
  readonly #types: GreenletTypes;

  constructor(layout: Layout, types: GreenletTypes) {
    this.#layout = layout;
    this.#types = types;
  }

  /** `Greenlet.name`: as it was set, or by the number that was given to it when somebody asked. Null: neither has happened. */
  readName(memory: MemoryReader, greenlet: Address, type: GreenletType): string | null {
    const own = readAttribute(memory, this.#layout, greenlet, "name");
    if (own !== null) return readString(memory, this.#layout, own, maxName);
    const ident = this.#readField(memory, greenlet, type, field.ident, "_ident");
    const number = ident === null ? null : readInteger(memory, this.#layout, ident);
    return number === null ? null : `Greenlet-${number}`;
  }

  /** The function that it calls, or will call. 0: not known. */
  readRun(memory: MemoryReader, greenlet: Address): Address {
    return readAttribute(memory, this.#layout, greenlet, "_run") ?? 0;
  }

  /** The greenlets that will go on when this one has finished. */
  readJoining(memory: MemoryReader, greenlet: Address, type: GreenletType): readonly Address[] {
    if (type.library === "eventlet") {
      const event = readAttribute(memory, this.#layout, greenlet, "_exit_event");
      const waiters = event && readAttribute(memory, this.#layout, event, "_waiters");
      const waiting = (waiters && readSet(memory, this.#layout, waiters, maxLinks)) || [];
      return waiting.filter((waiter) => this.typeOf(memory, waiter) !== null);
    }
    const links = this.#readField(memory, greenlet, type, field.links, "_links");
    const callbacks = (links && readList(memory, this.#layout, links, maxLinks)) || [];
    return [...new Set(callbacks.flatMap((callback) => this.findWoken(memory, callback) || []))];
  }

  /** The list of what is called when a greenlet of gevent has finished. Null: it is none. */
  findLinks(memory: MemoryReader, object: Address): Address | null {
    const type = this.typeOf(memory, object);
    return type === null ? null : this.#readField(memory, object, type, field.links, "_links");
  }

  /** The greenlet that a callback switches to: its `switch`, a `Waiter`, or the `switch` of a waiter. 0: none. */
  findWoken(memory: MemoryReader, callback: Address): Address {
    const self = this.readSelf(memory, callback);
    const target = self || callback;
    if (self !== 0 && this.typeOf(memory, target) !== null) return target;
    const name = typeName(memory, this.#layout, target);
    return name?.endsWith("Waiter") === true ? this.#findWaiting(memory, target) : 0;
  }

  /** What a method is bound to. 0: it is no method, or to nothing. */
  readSelf(memory: MemoryReader, method: Address): Address {
    const type = typeName(memory, this.#layout, method);
    const isMethod = type === "builtin_function_or_method" || type === "method";
    return isMethod ? (readPointer(memory, this.#layout, method + methodSelfWords * this.#layout.wordSize) ?? 0) : 0;
  }

  typeOf(memory: MemoryReader, object: Address): GreenletType | null {
    const type = typeOf(memory, this.#layout, object);
    return type === null ? null : this.#types.of(memory, type);
  }

  /** The words of an object behind its header, up to its size or `maxFields`. */
  readFields(memory: MemoryReader, object: Address): readonly Address[] {
    const { wordSize, objects } = this.#layout;
    const type = typeOf(memory, this.#layout, object);
    const size = type === null ? null : readPointer(memory, this.#layout, type + objects.typeBasicSize);
    const start = objects.type + wordSize;
    const count = Math.min(maxFields, Math.floor(((size ?? 0) - start) / wordSize));
    const view = count > 0 ? readPiece(memory, object + start, count * wordSize) : null;
    return view ? Array.from({ length: count }, (_, index) => readWord(view, index * wordSize, wordSize)) : [];
  }

  /** A waiter has its hub, and the greenlet that waits with it. */
  #findWaiting(memory: MemoryReader, waiter: Address): Address {
    for (const value of this.readFields(memory, waiter)) {
      const type = value === 0 ? null : this.typeOf(memory, value);
      if (type !== null && type.library !== "gevent hub") return value;
    }
    return 0;
  }

  #readField(memory: MemoryReader, greenlet: Address, type: GreenletType, index: number, name: string): Address | null {
    if (type.library !== "gevent") return null;
    if (!type.isCompiled) return readAttribute(memory, this.#layout, greenlet, name);
    return readPointer(memory, this.#layout, greenlet + this.#types.basicSize + (1 + index) * this.#layout.wordSize) || null;
  }
}
