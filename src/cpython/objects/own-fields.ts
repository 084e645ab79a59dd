import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "./attributes.ts";
import { bytesOf, readPiece, readPointer } from "./piece.ts";
import { findSlot } from "./slots.ts";
import { nameMatcher, type NameMatcher } from "./strings.ts";
import { typeName, typeOf } from "./types.ts";

/** A program makes some thousand classes; then all that is known of them is let go of. */
const maxClasses = 4096;

/** What is known of a class, and how to notice that its address now has another one. */
interface KnownClass {
  readonly fingerprint: Uint8Array;
  /** Null: no such slot. */
  readonly slots: Map<string, ByteOffset | null>;
}

/**
 * Reads what objects made by Python code have under a name, in a slot or in their `__dict__` (classes change from one to the other between releases), time
 * and again: it remembers where classes keep their slots, and where the names of attributes are, which their code holds on to.
 */
export class OwnFields {
  readonly #layout: Layout;
  readonly #classes = new Map<Address, KnownClass>();
  readonly #names = new Map<string, Address>();
  /** The one object `None`, 0 while it has not been met. */
  #none: Address = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The value's address. Null: nothing under that name (ASCII), or None, or not readable. */
  read(memory: MemoryReader, object: Address, name: string): Address | null {
    const type = typeOf(memory, this.#layout, object);
    const known = type && this.#classOf(memory, type);
    if (!type || !known) return null;
    let slot = known.slots.get(name);
    if (slot === undefined) known.slots.set(name, (slot = findSlot(memory, this.#layout, type, name)));
    const value = slot === null ? this.#readAttribute(memory, object, name) : readPointer(memory, this.#layout, object + slot);
    return value && !this.isNone(memory, value) ? value : null;
  }

  /** Lets go of all that is remembered: what was torn when it was read first does not stay wrong for ever. */
  forget(): void {
    this.#classes.clear();
    this.#names.clear();
    this.#none = 0;
  }

  isNone(memory: MemoryReader, value: Address): boolean {
    if (this.#none !== 0) return value === this.#none;
    const isIt = typeName(memory, this.#layout, value) === "NoneType";
    if (isIt) this.#none = value;
    return isIt;
  }

  #classOf(memory: MemoryReader, type: Address): KnownClass | null {
    // `tp_name` and `tp_basicsize`, side by side.
    const view = readPiece(memory, type + this.#layout.objects.typeName, 2 * this.#layout.wordSize);
    if (!view) return null;
    const known = this.#classes.get(type);
    const fingerprint = bytesOf(view);
    if (known && Buffer.compare(known.fingerprint, fingerprint) === 0) return known;
    if (this.#classes.size >= maxClasses) this.#classes.clear();
    const made: KnownClass = { fingerprint: fingerprint.slice(), slots: new Map() };
    this.#classes.set(type, made);
    return made;
  }

  /** Names in code are interned: the same name is the same object in all dicts. Only where it is not is each key read. */
  #readAttribute(memory: MemoryReader, object: Address, name: string): Address | null {
    const address = this.#names.get(name);
    const found = address === undefined ? null : readAttribute(memory, this.#layout, object, (key) => key === address);
    if (found !== null) return found;
    const matches = nameMatcher(memory, this.#layout, name);
    const remembering: NameMatcher = (key) => {
      if (!matches(key)) return false;
      this.#names.set(name, key);
      return true;
    };
    return readAttribute(memory, this.#layout, object, remembering);
  }
}
