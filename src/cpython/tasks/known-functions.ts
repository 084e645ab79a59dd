import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { readCode } from "../code.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import type { RawStack } from "../raw-stack.ts";

/** Functions of a program; then all that is known of them is let go of. */
const maxFunctions = 1 << 16;
/** Frames of a library, above the code that uses it. */
const maxFrames = 32;

/** A frame that belongs to a certain library. */
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
}

/** Knows the functions of one library (a package, by the name of its folder) by their code objects. */
export class KnownFunctions {
  readonly #layout: Layout;
  readonly #folder: string;
  readonly #functions = new Map<Address, KnownFunction>();

  constructor(layout: Layout, library: string) {
    this.#layout = layout;
    this.#folder = `/${library}/`;
  }

  /** The newest frames of a stack as far as they are the library's, newest first. */
  framesOf(memory: MemoryReader, stack: RawStack): LibraryFrame[] {
    const frames: LibraryFrame[] = [];
    for (let index = 0; index < stack.length && index < maxFrames; index++) {
      const code = stack.code[index] ?? 0;
      const place = this.placeOf(memory, code);
      if (place === null) break;
      frames.push({ frame: stack.frame[index] ?? 0, code, place });
    }
    return frames;
  }

  forget(): void {
    this.#functions.clear();
  }

  /** Null: not the library's, or not readable. */
  placeOf(memory: MemoryReader, code: Address): string | null {
    const name = readPointer(memory, this.#layout, code + this.#layout.code.name);
    if (!name) return null;
    const known = this.#functions.get(code);
    if (known?.name === name) return known.place;
    const info = readCode(memory, this.#layout, code);
    if (!info) return null;
    const at = info.file.lastIndexOf(this.#folder);
    const place = at < 0 ? null : `${info.file.slice(at + this.#folder.length)} ${info.name.slice(info.name.lastIndexOf(".") + 1)}`;
    if (this.#functions.size >= maxFunctions) this.#functions.clear();
    this.#functions.set(code, { name, place });
    return place;
  }
}
