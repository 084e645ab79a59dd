import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { findAttributes } from "./attributes.ts";
import { bytesOf, readPiece } from "./piece.ts";
import { findSlot } from "./slots.ts";
import { nameMatcher, type NameMatcher } from "./strings.ts";
import { typeName, typeOf } from "./types.ts";

/** A program makes some thousand classes; then all that is known of them is let go of. */
const maxClasses = 4096;
/** Fields of one object that lie this close are read as one. */
const maxSpan: ByteCount = 512;

/** What is known of a class, and how to notice that its address now has another one. */
interface KnownClass {
  readonly fingerprint: Uint8Array;
  /** Null: no such slot. */
  readonly slots: Map<string, ByteOffset | null>;
}

/**
 * Reads what objects made by Python code have under a name, in a slot or in their `__dict__` (classes change from one to the other between releases), time
 * and again: it remembers where classes keep their slots, and where the names of attributes are, which their code holds on to.
 *
 * Where a field stands is looked up in `steady`: it does not change while the object is there. Only the field itself is read through
 * the memory that is handed in, so that whoever notes what an answer rests on has little to note.
 */
export class OwnFields {
  readonly steady: MemoryReader;
  readonly #layout: Layout;
  readonly #classes = new Map<Address, KnownClass>();
  readonly #names = new Map<string, Address>();
  /** The one object `None`, 0 while it has not been met. */
  #none: Address = 0;

  constructor(steady: MemoryReader, layout: Layout) {
    this.steady = steady;
    this.#layout = layout;
  }

  /** The value's address. Null: nothing under that name (ASCII), or None, or not readable. */
  read(memory: MemoryReader, object: Address, name: string): Address | null {
    return this.readAll(memory, object, [name])?.[0] || null;
  }

  /** Several at once, each 0 where `read` says null. Null: none of them can be read. */
  readAll(memory: MemoryReader, object: Address, names: readonly string[]): Address[] | null {
    const places = this.#placesOf(object, names);
    const { wordSize } = this.#layout;
    const known = places.filter((place) => place !== 0);
    const first = Math.min(...known);
    const span = Math.max(...known) + wordSize - first;
    if (known.length === 0) return null;
    const together = span <= maxSpan ? readPiece(memory, first, span) : null;
    return places.map((place) => {
      if (place === 0) return 0;
      const view = together ?? readPiece(memory, place, wordSize);
      const value = view === null ? 0 : readWord(view, together ? place - first : 0, wordSize);
      return value === 0 || this.isNone(value) ? 0 : value;
    });
  }

  isNone(value: Address): boolean {
    if (this.#none !== 0) return value === this.#none;
    const isIt = typeName(this.steady, this.#layout, value) === "NoneType";
    if (isIt) this.#none = value;
    return isIt;
  }

  /** Lets go of all that is remembered: what was torn when it was read first does not stay wrong for ever. */
  forget(): void {
    this.#classes.clear();
    this.#names.clear();
    this.#none = 0;
  }

  /** Where the fields stand; 0: nowhere. */
  #placesOf(object: Address, names: readonly string[]): Address[] {
    const places = names.map(() => 0);
    const type = typeOf(this.steady, this.#layout, object);
    const known = type && this.#classOf(type);
    if (!type || !known) return places;
    const attributes: number[] = [];
    for (const [index, name] of names.entries()) {
      let slot = known.slots.get(name);
      if (slot === undefined) known.slots.set(name, (slot = findSlot(this.steady, this.#layout, type, name)));
      if (slot === null) attributes.push(index);
      else places[index] = object + slot;
    }
    if (attributes.length === 0) return places;
    const wanted = attributes.map((index) => names[index]!);
    const byAddress = wanted.map((name): NameMatcher =>
      (
        (address) => (key) =>
          key === address
      )(this.#names.get(name)),
    );
    let found = wanted.every((name) => this.#names.has(name)) ? findAttributes(this.steady, this.#layout, object, byAddress) : null;
    // Names in code are interned: the same name is the same object in all dicts. Only where it is not is each key read.
    if (found?.every((place) => place !== null) !== true)
      found = findAttributes(
        this.steady,
        this.#layout,
        object,
        wanted.map((name) => this.#remembering(name)),
      );
    found?.forEach((place, which) => {
      if (place) places[attributes[which]!] = place.at;
    });
    return places;
  }

  #remembering(name: string): NameMatcher {
    const matches = nameMatcher(this.steady, this.#layout, name);
    return (key) => {
      if (!matches(key)) return false;
      this.#names.set(name, key);
      return true;
    };
  }

  #classOf(type: Address): KnownClass | null {
    // `tp_name` and `tp_basicsize`, side by side.
    const view = readPiece(this.steady, type + this.#layout.objects.typeName, 2 * this.#layout.wordSize);
    if (!view) return null;
    const known = this.#classes.get(type);
    const fingerprint = bytesOf(view);
    if (known && Buffer.compare(known.fingerprint, fingerprint) === 0) return known;
    if (this.#classes.size >= maxClasses) this.#classes.clear();
    const made: KnownClass = { fingerprint: fingerprint.slice(), slots: new Map() };
    this.#classes.set(type, made);
    return made;
  }
}
