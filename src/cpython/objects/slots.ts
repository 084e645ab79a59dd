import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "./attributes.ts";
import { findInDict } from "./dicts.ts";
import { readPiece, readPointer, signedWord } from "./piece.ts";
import { readTuple } from "./sequences.ts";
import { nameMatcher, type NameMatcher } from "./strings.ts";
import { typeName, typeOf } from "./types.ts";

/** Of one class, itself and `object` included. */
const maxBases = 256;
/** What `__slots__` makes: T_OBJECT_EX (Include/structmember.h). */
const objectMember = 16;

/** What a class made by Python code, or a class that it is made from, has under `name` (ASCII). Null: nothing, or not readable. */
export function findInClass(memory: MemoryReader, layout: Layout, type: Address, name: string | NameMatcher): Address | null {
  const matches = typeof name === "string" ? nameMatcher(memory, layout, name) : name;
  const mro = readPointer(memory, layout, type + layout.objects.typeMro);
  for (const base of (mro && readTuple(memory, layout, mro, maxBases)) || []) {
    const dict = readPointer(memory, layout, base + layout.objects.typeDict);
    const found = dict && findInDict(memory, layout, dict, matches);
    if (found) return found;
  }
  return null;
}

/**
 * Where in its instances a class keeps the slot `name`, by the descriptor that it has of it (`PyMemberDescrObject`,
 * Include/cpython/descrobject.h; `PyMemberDef`, Include/descrobject.h). Null: no such slot, or not readable.
 */
export function findSlot(memory: MemoryReader, layout: Layout, type: Address, name: string | NameMatcher): ByteOffset | null {
  const { wordSize, objects } = layout;
  const descriptor = findInClass(memory, layout, type, name);
  if (!descriptor || typeName(memory, layout, descriptor) !== "member_descriptor") return null;
  // Behind the header: type, name, qualified name, definition; in that: name, kind (int), offset.
  const definition = readPointer(memory, layout, descriptor + objects.type + 4 * wordSize);
  const view = definition && readPiece(memory, definition, 3 * wordSize);
  const size = readPiece(memory, type + objects.typeBasicSize, wordSize);
  if (!view || !size || view.getUint32(wordSize, true) !== objectMember) return null;
  const offset = signedWord(view, 2 * wordSize, wordSize);
  return offset > objects.type && offset % wordSize === 0 && offset + wordSize <= signedWord(size, 0, wordSize) ? offset : null;
}

/** The value of the slot `name` of an object. Null: no such slot, nothing in it, or not readable. */
export function readSlot(memory: MemoryReader, layout: Layout, object: Address, name: string | NameMatcher): Address | null {
  const type = typeOf(memory, layout, object);
  const offset = type && findSlot(memory, layout, type, name);
  return offset ? readPointer(memory, layout, object + offset) || null : null;
}

/** What an object made by Python code has under `name` itself, in a slot or in its `__dict__`: classes change from one to the other between releases. */
export function readOwn(memory: MemoryReader, layout: Layout, object: Address, name: string): Address | null {
  const matches = nameMatcher(memory, layout, name);
  return readSlot(memory, layout, object, matches) ?? readAttribute(memory, layout, object, matches);
}
