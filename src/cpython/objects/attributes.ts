import { assertNever } from "../../base/assert-never.ts";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { findPlacesInDict, findPlacesInValues, type ValuePlace } from "./dicts.ts";
import { readPiece, readPointer, signedWord } from "./piece.ts";
import { nameMatcher, type NameMatcher } from "./strings.ts";
import { TypeFlag, typeOf } from "./types.ts";

/**
 * The value of an instance's own attribute `name` (ASCII): what is in its `__dict__`, whether or not that dict has been made yet.
 * Nothing of its class, no slots, no properties. Null: no such attribute, or not readable.
 */
export function readAttribute(memory: MemoryReader, layout: Layout, object: Address, name: string | NameMatcher): Address | null {
  return findAttributes(memory, layout, object, [typeof name === "string" ? nameMatcher(memory, layout, name) : name])?.[0]?.value ?? null;
}

/** The same for several, which costs no more reads, and where they stand. Null: it has no attributes, or they cannot be read. */
export function findAttributes(memory: MemoryReader, layout: Layout, object: Address, names: readonly NameMatcher[]): (ValuePlace | null)[] | null {
  const type = typeOf(memory, layout, object);
  const shape = type && readShape(memory, layout, type);
  if (!type || !shape) return null;
  const inDict = (dict: Address | null): (ValuePlace | null)[] | null => (dict ? findPlacesInDict(memory, layout, dict, names) : null);
  const inValues = (values: Address): (ValuePlace | null)[] | null => {
    const cachedKeys = layout.objects.typeCachedKeys;
    const keys = cachedKeys === null ? null : readPointer(memory, layout, type + cachedKeys);
    return keys ? findPlacesInValues(memory, layout, keys, values, names) : null;
  };

  if (!(shape.flags & TypeFlag.managedDict)) return inDict(readOwnDict(memory, layout, object, shape));
  const managed = layout.objects.managedDict;
  switch (managed.kind) {
    case "none":
      return inDict(readOwnDict(memory, layout, object, shape));
    case "values-or-dict-3.11": {
      const values = readPointer(memory, layout, object + managed.values);
      return values ? inValues(values) : inDict(readPointer(memory, layout, object + managed.dict));
    }
    case "tagged-3.12": {
      // `_PyDictOrValues_GetValues` (Include/internal/pycore_object.h): the stored word is one less than the address.
      const word = readPointer(memory, layout, object + managed.offset);
      return word && word % 2 === 1 ? inValues(word + 1) : inDict(word);
    }
    case "inline-3.13": {
      const dict = readPointer(memory, layout, object + managed.dict);
      if (dict) return inDict(dict);
      return shape.flags & TypeFlag.inlineValues ? inValues(object + shape.basicSize) : null;
    }
    default:
      return assertNever(managed);
  }
}

/** What a type says about where its instances keep their attributes. */
interface Shape {
  readonly flags: number;
  readonly dictOffset: number;
  readonly basicSize: number;
  readonly itemSize: number;
}

function readShape(memory: MemoryReader, layout: Layout, type: Address): Shape | null {
  const { wordSize, objects } = layout;
  const end = Math.max(objects.typeFlags, objects.typeDictOffset, objects.typeBasicSize + wordSize) + wordSize;
  const view = readPiece(memory, type, end);
  return (
    view && {
      flags: view.getUint32(objects.typeFlags, true),
      dictOffset: signedWord(view, objects.typeDictOffset, wordSize),
      basicSize: signedWord(view, objects.typeBasicSize, wordSize),
      // `tp_itemsize` follows `tp_basicsize` in all versions (Include/cpython/object.h).
      itemSize: signedWord(view, objects.typeBasicSize + wordSize, wordSize),
    }
  );
}

/** A dict pointer within the object: `tp_dictoffset`, which counts from the end of a variable-sized object when it is negative (`_PyObject_GetDictPtr`). */
function readOwnDict(memory: MemoryReader, layout: Layout, object: Address, shape: Shape): Address | null {
  if (shape.dictOffset === 0) return null;
  if (shape.dictOffset > 0) return readPointer(memory, layout, object + shape.dictOffset);
  const { wordSize, objects } = layout;
  const header = readPiece(memory, object, objects.bytes.size + wordSize);
  if (!header) return null;
  // `ob_size` of every variable-sized object is where it is in bytes. An int's may be negative.
  const items = Math.abs(signedWord(header, objects.bytes.size, wordSize));
  const size = Math.ceil((shape.basicSize + items * shape.itemSize) / wordSize) * wordSize;
  return readPointer(memory, layout, object + size + shape.dictOffset);
}

/** The `__dict__` of a module. */
export function readModuleDict(memory: MemoryReader, layout: Layout, module: Address): Address | null {
  return readPointer(memory, layout, module + layout.objects.module.dict);
}
