import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readTuple } from "../objects/sequences.ts";
import { nameOfType, readTypeFlags, TypeFlag, typeOf } from "../objects/types.ts";
import { readWord } from "../words.ts";
import type { KnownCodes } from "./known-codes.ts";

/** A Python function: what is called, and whose it is ("asyncio/tasks"). */
interface Named {
  readonly function: string;
  readonly module: string;
}

/** What a future calls when it is done. */
export type Callback =
  /** Goes on with a task. */
  | { readonly kind: "wakeup"; readonly task: Address }
  /** A function, with the values of the variables that it shares with the one that made it, by name. */
  | (Named & { readonly kind: "function"; readonly shared: ReadonlyMap<string, Address> })
  | (Named & { readonly kind: "method"; readonly self: Address })
  /** `functools.partial`. */
  | (Named & { readonly kind: "partial"; readonly arguments: readonly Address[] });

type CallableKind = "function" | "method" | "builtin" | "partial" | "wakeup-wrapper" | "other";

/** By `tp_name`. The wrapper is that of 3.8 and 3.9. */
const kinds: ReadonlyMap<string, CallableKind> = new Map([
  ["function", "function"],
  ["method", "method"],
  ["builtin_function_or_method", "builtin"],
  ["functools.partial", "partial"],
  ["TaskWakeupMethWrapper", "wakeup-wrapper"],
]);
const maxShared = 64;
const maxArguments = 16;
const maxTypes = 1024;
const wakeupName = Buffer.from("task_wakeup\0");

/** Reads callbacks of one process: what may change through the memory that is handed in, names and types in `steady`. */
export class Callbacks {
  readonly #steady: MemoryReader;
  readonly #layout: Layout;
  readonly #codes: KnownCodes;
  /** Static types are where they are for good. */
  readonly #static = new Map<Address, CallableKind>();

  constructor(steady: MemoryReader, layout: Layout, codes: KnownCodes) {
    this.#steady = steady;
    this.#layout = layout;
    this.#codes = codes;
  }

  /** Null: something that says nothing about who waits, or not readable. */
  read(memory: MemoryReader, address: Address): Callback | null {
    const { wordSize } = this.#layout;
    const head = this.#layout.objects.type + wordSize;
    switch (this.#kindOf(memory, address)) {
      case "function":
        return this.#readFunction(memory, address);
      case "method": {
        // Include/cpython/classobject.h: im_func, im_self.
        const view = readPiece(memory, address + head, 2 * wordSize);
        const named = view && this.#readName(memory, readWord(view, 0, wordSize));
        if (!view || !named) return null;
        const self = readWord(view, wordSize, wordSize);
        // The pure-Python task's.
        if (named.function === "__wakeup" && named.module === "asyncio/tasks") return { kind: "wakeup", task: self };
        return { kind: "method", ...named, self };
      }
      case "builtin": {
        // Include/cpython/methodobject.h: m_ml, m_self; PyMethodDef begins with the name.
        const view = readPiece(memory, address + head, 2 * wordSize);
        const name = view && readPointer(this.#steady, this.#layout, readWord(view, 0, wordSize));
        const text = name ? readPiece(this.#steady, name, wakeupName.length) : null;
        if (!view || !text || !wakeupName.equals(new Uint8Array(text.buffer, text.byteOffset, text.byteLength))) return null;
        return { kind: "wakeup", task: readWord(view, wordSize, wordSize) };
      }
      case "wakeup-wrapper": {
        const task = readPointer(memory, this.#layout, address + head);
        return task ? { kind: "wakeup", task } : null;
      }
      case "partial": {
        // Modules/_functoolsmodule.c: fn, args.
        const view = readPiece(memory, address + head, 2 * wordSize);
        const named = view && this.#readName(memory, readWord(view, 0, wordSize));
        const values = view && readTuple(this.#steady, this.#layout, readWord(view, wordSize, wordSize), maxArguments);
        return named && values ? { kind: "partial", ...named, arguments: values } : null;
      }
      default:
        return null;
    }
  }

  #kindOf(memory: MemoryReader, address: Address): CallableKind {
    const type = typeOf(memory, this.#layout, address);
    if (!type) return "other";
    const known = this.#static.get(type);
    if (known !== undefined) return known;
    const flags = readTypeFlags(this.#steady, this.#layout, type);
    const kind = kinds.get(nameOfType(this.#steady, this.#layout, type) ?? "") ?? "other";
    if (flags === null) return "other";
    if (flags & TypeFlag.heap) return kind === "partial" ? kind : "other";
    if (this.#static.size < maxTypes) this.#static.set(type, kind);
    return kind;
  }

  #readName(memory: MemoryReader, callable: Address): Named | null {
    const found = this.#kindOf(memory, callable) === "function" ? this.#readFunction(memory, callable) : null;
    return found && { function: found.function, module: found.module };
  }

  /**
   * `PyFunctionObject` (Include/funcobject.h, 3.8: code globals defaults kwdefaults closure; Include/cpython/funcobject.h, 3.10 and later: globals builtins
   * name qualname code defaults kwdefaults closure).
   */
  #readFunction(memory: MemoryReader, address: Address): (Named & { readonly kind: "function"; readonly shared: ReadonlyMap<string, Address> }) | null {
    const { wordSize, objects, versionHex } = this.#layout;
    const isOld = versionHex < 0x030a_0000;
    const head = objects.type + wordSize;
    const view = readPiece(memory, address + head, 8 * wordSize);
    const code = view ? readWord(view, (isOld ? 0 : 4) * wordSize, wordSize) : 0;
    const name = this.#codes.nameOf(code);
    if (!view || !name) return null;
    const closure = readWord(view, (isOld ? 4 : 7) * wordSize, wordSize);
    const cells = closure === 0 ? [] : (readTuple(this.#steady, this.#layout, closure, maxShared) ?? []);
    const names = cells.length === 0 ? [] : this.#codes.sharedNames(code);
    const shared = new Map<string, Address>();
    for (const [index, cell] of cells.entries()) {
      const value = readPointer(memory, this.#layout, cell + objects.cell.value);
      if (value && names[index] !== undefined) shared.set(names[index], value);
    }
    return { kind: "function", function: name.function, module: name.module, shared };
  }
}
