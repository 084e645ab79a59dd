import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import { readString } from "../objects/strings.ts";
import { nameOfType, typeOf } from "../objects/types.ts";
import { shortName } from "./greenlet-types.ts";

const maxName = 1 << 10;
const maxCodes = 1 << 14;
const maxTypes = 1 << 14;

export interface CodeName {
  /** Without its class. */
  readonly name: string;
  readonly file: string;
}

/** Names of code objects and types, remembered by address until `forget`. They decide what is looked for; what is then found is proved by itself. */
export class TargetNames {
  readonly #memory: MemoryReader;
  readonly #layout: Layout;
  readonly #codes = new Map<Address, CodeName>();
  readonly #types = new Map<Address, string>();

  constructor(memory: MemoryReader, layout: Layout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /** Types and code objects come and go. */
  forget(): void {
    this.#codes.clear();
    this.#types.clear();
  }

  /** Empty names: not readable. */
  ofCode(code: Address): CodeName {
    const known = this.#codes.get(code);
    if (known) return known;
    const text = (offset: number): string => {
      const pointer = readPointer(this.#memory, this.#layout, code + offset);
      return (pointer && readString(this.#memory, this.#layout, pointer, maxName)) || "";
    };
    const name: CodeName = { name: text(this.#layout.code.name), file: text(this.#layout.code.fileName) };
    if (this.#codes.size >= maxCodes) this.#codes.clear();
    this.#codes.set(code, name);
    return name;
  }

  /** Of an object's type, without the module. Empty: not readable. */
  ofType(object: Address): string {
    const type = typeOf(this.#memory, this.#layout, object);
    if (!type) return "";
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const name = shortName(nameOfType(this.#memory, this.#layout, type) ?? "");
    if (this.#types.size >= maxTypes) this.#types.clear();
    this.#types.set(type, name);
    return name;
  }
}
