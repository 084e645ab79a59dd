import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readCode } from "../code.ts";
import { findVariable, readVariable, type Variable } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import type { RawStack } from "../raw-stack.ts";

/** Functions of a program; then all that is known of them is let go of. */
const maxFunctions = 1 << 16;
/** Frames of a library, above the code that uses it. */
const maxFrames = 32;

/** A suspended frame that belongs to a certain library. */
export interface LibraryFrame {
  readonly frame: Address;
  readonly code: Address;
  /** File within the library's folder and function: "_core/_run.py init". */
  readonly place: string;
}

interface KnownFunction {
  /** Pointer to its name, by which another code object at its address is noticed. */
  readonly name: Address;
  /** Null: it is not the library's. */
  readonly place: string | null;
  readonly variables: Map<string, Variable | null>;
}

/**
 * Knows the functions of one library (a package, by the name of its folder) by their code objects, which do not change: they are looked up in
 * `steady`, not in the memory that tasks are read through.
 */
export class KnownFunctions {
  readonly #steady: MemoryReader;
  readonly #layout: Layout;
  readonly #folder: string;
  readonly #functions = new Map<Address, KnownFunction>();

  constructor(steady: MemoryReader, layout: Layout, library: string) {
    this.#steady = steady;
    this.#layout = layout;
    this.#folder = `/${library}/`;
  }

  /** The newest frames of a stack as far as they are the library's, newest first. */
  framesOf(stack: RawStack): LibraryFrame[] {
    const frames: LibraryFrame[] = [];
    for (let index = 0; index < stack.length && index < maxFrames; index++) {
      const code = stack.code[index] ?? 0;
      const place = this.#functionOf(code)?.place ?? null;
      if (place === null) break;
      frames.push({ frame: stack.frame[index] ?? 0, code, place });
    }
    return frames;
  }

  /**
   * A variable of any suspended frame. While what was noted of the frame is the same, so are its variables. Null: no such variable, or it
   * has no value, or it is not readable.
   */
  readLocal(frame: Address, code: Address, name: string): Address | null {
    const known = this.#functionOf(code);
    if (!known) return null;
    let variable = known.variables.get(name);
    if (variable === undefined) known.variables.set(name, (variable = findVariable(this.#steady, this.#layout, code, name)));
    return variable && readVariable(this.#steady, this.#layout, frame, variable);
  }

  forget(): void {
    this.#functions.clear();
  }

  #functionOf(code: Address): KnownFunction | null {
    const name = readPointer(this.#steady, this.#layout, code + this.#layout.code.name);
    if (!name) return null;
    const known = this.#functions.get(code);
    if (known?.name === name) return known;
    const info = readCode(this.#steady, this.#layout, code);
    if (!info) return null;
    const at = info.file.lastIndexOf(this.#folder);
    const place = at < 0 ? null : `${info.file.slice(at + this.#folder.length)} ${info.name.slice(info.name.lastIndexOf(".") + 1)}`;
    if (this.#functions.size >= maxFunctions) this.#functions.clear();
    const made: KnownFunction = { name, place, variables: new Map() };
    this.#functions.set(code, made);
    return made;
  }
}
