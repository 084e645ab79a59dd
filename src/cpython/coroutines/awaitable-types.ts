import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, readPointer, signedWord } from "../objects/piece.ts";
import { nameOfType, readTypeFlags, TypeFlag } from "../objects/types.ts";

/**
 * What an object is to who awaits it, by its type.
 *
 * - generator, coroutine, async-generator: has a frame
 * - wrapper: its first field is what is awaited behind it
 * - future: its first field is the future
 * - plain: runs no Python code while it waits, or is an object of a class made by Python code, whose methods have returned
 * - unknown: made by C code, and may have anything behind it. Cython's coroutines are among these.
 * - value: no iterator; it can be awaited at most by what its class says
 */
export type AwaitableKind = "generator" | "coroutine" | "async-generator" | "wrapper" | "future" | "plain" | "unknown" | "value";

/** By `tp_name`: Objects/genobject.c, Objects/iterobject.c, Modules/_asynciomodule.c. */
const kinds: ReadonlyMap<string, AwaitableKind> = new Map([
  ["generator", "generator"],
  ["coroutine", "coroutine"],
  ["async_generator", "async-generator"],
  ["coroutine_wrapper", "wrapper"],
  ["async_generator_asend", "wrapper"],
  ["async_generator_athrow", "wrapper"],
  ["anext_awaitable", "wrapper"],
  ["_asyncio.FutureIter", "future"],
]);

/**
 * Knows the types of one process by address. A class of Python code may have any name; these types are static (`FutureIter`, from 3.12 on, at
 * least immutable, which Python code cannot make a class), and a static type is at its address for good. Cython has static
 * types of the same names: they are too small for a frame, or what they point to does not point back (`readSuspended`).
 */
export class AwaitableTypes {
  readonly #static = new Map<Address, AwaitableKind>();
  /** `FutureIter` where it is made anew in each interpreter, with the address of its name: other types in its place have others. */
  readonly #ofFutures = new Map<Address, Address>();
  readonly #proved = new Set<Address>();

  /** Null: not readable. */
  kindOf(memory: MemoryReader, layout: Layout, type: Address): AwaitableKind | null {
    const known = this.#static.get(type);
    if (known !== undefined) return known;
    const nameAddress = this.#ofFutures.get(type);
    if (nameAddress !== undefined && readPointer(memory, layout, type + layout.objects.typeName) === nameAddress) return "future";
    const flags = readTypeFlags(memory, layout, type);
    const name = nameOfType(memory, layout, type);
    const next = readPointer(memory, layout, type + layout.objects.typeNext);
    if (flags === null || name === null || next === null) return null;
    const named = kinds.get(name);
    const unnamed = next === 0 ? "value" : name.includes(".") ? "unknown" : "plain";
    if (flags & TypeFlag.heap) {
      if (named !== "future" || !(flags & TypeFlag.immutable)) return unnamed;
      const nameAt = readPointer(memory, layout, type + layout.objects.typeName);
      if (nameAt !== null && this.#ofFutures.size < maxTypes) this.#ofFutures.set(type, nameAt);
      return named;
    }
    // Not remembered: what a torn pointer led to may be no type, and one may come to lie there.
    if (named === undefined) return unnamed;
    const kind = hasRoom(memory, layout, type, named) ? named : "unknown";
    if (this.#static.size < maxTypes) this.#static.set(type, kind);
    return kind;
  }

  /** An object of this type was what the type's name says. What another one of them seems to be without being it, it is for a moment only. */
  noteProof(type: Address): void {
    if (this.#proved.size < maxTypes) this.#proved.add(type);
  }

  isProved(type: Address): boolean {
    return this.#proved.has(type);
  }
}

/** More than any program has of these; memory that is damaged may have more. */
const maxTypes = 1024;

/** Whether instances of the type are as big as those that have a frame within (3.11 and later). */
function hasRoom(memory: MemoryReader, layout: Layout, type: Address, kind: AwaitableKind): boolean {
  if (layout.frame.kind === "heap" || kind === "wrapper" || kind === "future") return true;
  const size = readPiece(memory, type + layout.objects.typeBasicSize, layout.wordSize);
  return size !== null && signedWord(size, 0, layout.wordSize) >= layout.generator.frame + layout.frame.headerSize;
}
