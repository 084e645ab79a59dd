import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readWord } from "../words.ts";
import { bytesOf, readPiece, readPointer, readUint32 } from "./piece.ts";

/** Bits of `tp_flags` (Include/object.h). The subclass bits have not moved since Python 2; those for dicts exist from the version named on. */
export const TypeFlag = {
  /** 3.13: attribute values lie behind the object itself. */
  inlineValues: 0x4,
  /** 3.11: the dict pointer lies before the object. */
  managedDict: 0x10,
  /** 3.10: Python code cannot change it. Classes that Python code made never are. */
  immutable: 0x100,
  /** Made while the program runs, by Python code or by C; the others are static data. */
  heap: 0x200,
  int: 0x0100_0000,
  list: 0x0200_0000,
  tuple: 0x0400_0000,
  bytes: 0x0800_0000,
  str: 0x1000_0000,
  dict: 0x2000_0000,
} as const;

/** Of bases, one above the other. */
const maxBases = 64;
const maxTypeName: ByteCount = 256;
const typeNamePiece: ByteCount = 32;

/** The type of an object; null when the object cannot be read. */
export function typeOf(memory: MemoryReader, layout: Layout, object: Address): Address | null {
  return readPointer(memory, layout, object + layout.objects.type);
}

/**
 * Whether the object is still there. Its bytes stay as they were when it is freed, and what it refers to may be something else's by then; but
 * its count of references is 0 (`Py_DECREF`), and memory is given out again by way of its first word in the allocator's own part before it. Not
 * readable: no.
 */
export function isAlive(memory: MemoryReader, object: Address): boolean {
  const references = readUint32(memory, object);
  return references !== null && references !== 0;
}

/** `tp_flags` of a type, its lower 32 bits. */
export function readTypeFlags(memory: MemoryReader, layout: Layout, type: Address): number | null {
  return readUint32(memory, type + layout.objects.typeFlags);
}

/**
 * The first `size` bytes of an object whose type has `flag`; null for any other object and for what cannot be read.
 * `size` covers the type pointer.
 */
export function readInstance(memory: MemoryReader, layout: Layout, object: Address, flag: number, size: ByteCount): DataView | null {
  const view = readPiece(memory, object, Math.max(size, layout.objects.type + layout.wordSize));
  if (!view) return null;
  const flags = readTypeFlags(memory, layout, readWord(view, layout.objects.type, layout.wordSize));
  return flags !== null && flags & flag ? view : null;
}

/** `tp_name` of an object's type, cut at 256 bytes: "code", "generator", "_asyncio.Task"; classes made by Python code have no module in it. */
export function typeName(memory: MemoryReader, layout: Layout, object: Address): string | null {
  const type = typeOf(memory, layout, object);
  return type === null ? null : nameOfType(memory, layout, type);
}

/** The same of a type. */
export function nameOfType(memory: MemoryReader, layout: Layout, type: Address): string | null {
  const name = readPointer(memory, layout, type + layout.objects.typeName);
  return name ? readCString(memory, name) : null;
}

/** Whether the object is of the built-in type that is called one of `names`, or of a class made from it. Not readable: no. */
export function isOfType(memory: MemoryReader, layout: Layout, object: Address, names: readonly string[]): boolean {
  return typeMatcher(memory, layout, names)(object);
}

/** The same of many objects. A type that was seen is remembered: use it for one pass over memory, no longer. */
export function typeMatcher(memory: MemoryReader, layout: Layout, names: readonly string[]): (object: Address) => boolean {
  const seen = new Map<Address, boolean>();
  const isOneOf = (first: Address): boolean => {
    let type: Address | null = first;
    for (let count = 0; type && count < maxBases; count++) {
      const name = nameOfType(memory, layout, type);
      if (name !== null && names.includes(name)) return true;
      type = readPointer(memory, layout, type + layout.objects.typeBase);
    }
    return false;
  };
  return (object) => {
    const type = typeOf(memory, layout, object);
    if (type === null) return false;
    let known = seen.get(type);
    if (known === undefined) seen.set(type, (known = isOneOf(type)));
    return known;
  };
}

/** Whether the object's type is `type`, or has it among its bases, one above the other. Not readable: no. */
export function isMadeFrom(memory: MemoryReader, layout: Layout, object: Address, type: Address): boolean {
  let base = typeOf(memory, layout, object);
  for (let count = 0; base && count < maxBases; count++) {
    if (base === type) return true;
    base = readPointer(memory, layout, base + layout.objects.typeBase);
  }
  return false;
}

/** Piece by piece, so as not to run into unmapped memory behind the end. */
function readCString(memory: MemoryReader, address: Address): string | null {
  let text = Buffer.alloc(0);
  while (text.length < maxTypeName) {
    // Up to the next multiple of the piece's size: a piece never crosses a page.
    const at = address + text.length;
    const piece = readPiece(memory, at, typeNamePiece - (at % typeNamePiece));
    if (!piece) return null;
    const bytes = bytesOf(piece);
    const end = bytes.indexOf(0);
    text = Buffer.concat([text, end < 0 ? bytes : bytes.subarray(0, end)]);
    if (end >= 0) break;
  }
  return text.subarray(0, maxTypeName).toString("utf8");
}
