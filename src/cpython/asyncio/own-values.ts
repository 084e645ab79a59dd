import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { readPointer } from "../objects/piece.ts";
import { findSlot } from "../objects/slots.ts";
import { typeOf } from "../objects/types.ts";

/** Of classes and names together. */
const maxPlaces = 4096;

interface Place {
  /** The tuple of the class's bases: another class at its address has another one. */
  readonly mro: Address;
  /** Null: in the instance's dict, if anywhere. */
  readonly slot: ByteOffset | null;
}

/** What objects made by Python code have under a name themselves, in a slot or in their dict; remembers which classes have which slots. */
export class OwnValues {
  readonly #layout: Layout;
  readonly #none: Address;
  readonly #places = new Map<string, Place>();

  constructor(layout: Layout, none: Address) {
    this.#layout = layout;
    this.#none = none;
  }

  /** 0: nothing there, None, or not readable. */
  read(memory: MemoryReader, object: Address, name: string): Address {
    const layout = this.#layout;
    const type = typeOf(memory, layout, object);
    const mro = type && readPointer(memory, layout, type + layout.objects.typeMro);
    if (!type || !mro) return 0;
    const key = `${type} ${name}`;
    let place = this.#places.get(key);
    if (place?.mro !== mro) {
      place = { mro, slot: findSlot(memory, layout, type, name) };
      if (this.#places.size >= maxPlaces) this.#places.clear();
      this.#places.set(key, place);
    }
    const value = place.slot === null ? readAttribute(memory, layout, object, name) : readPointer(memory, layout, object + place.slot);
    return this.orNone(value);
  }

  /** The object, or 0 for None and for nothing. */
  orNone(object: Address | null): Address {
    return object === null || object === this.#none ? 0 : object;
  }
}
