import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "./attributes.ts";
import { readPointer } from "./piece.ts";
import { maxMembers, readSet } from "./sets.ts";
import { typeMatcher } from "./types.ts";

/** Its type's name, in 3.8 to 3.11 and later. */
const typeNames = ["weakref", "weakref.ReferenceType"];

/** What a `weakref.ref` (or a subclass's instance) refers to; 0 when that is gone. Null: no weak reference, or not readable. */
export function readWeakReference(memory: MemoryReader, layout: Layout, reference: Address): Address | null {
  return weakReferenceReader(memory, layout)(reference);
}

/** The same for one pass over many. */
function weakReferenceReader(memory: MemoryReader, layout: Layout): (reference: Address) => Address | null {
  const isReference = typeMatcher(memory, layout, typeNames);
  const isNone = typeMatcher(memory, layout, ["NoneType"]);
  return (reference) => {
    if (!isReference(reference)) return null;
    const object = readPointer(memory, layout, reference + layout.objects.weakReference.object);
    // One that was cleared refers to None.
    return object !== null && isNone(object) ? 0 : object;
  };
}

/** The members of a `weakref.WeakSet` that are still there (Lib/_weakrefset.py), in no order. Null: not readable, or more than `bound`. */
export function readWeakSet(memory: MemoryReader, layout: Layout, weakSet: Address, bound: number = maxMembers): Address[] | null {
  const data = readAttribute(memory, layout, weakSet, "data");
  const references = data && readSet(memory, layout, data, bound);
  if (!references) return null;
  const read = weakReferenceReader(memory, layout);
  return references.flatMap((reference) => read(reference) || []);
}
