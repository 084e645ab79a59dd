import { StringInterner } from "../base/interner.ts";
import type { StringIndex } from "./tables.ts";

/** The strings of a whole recording that something points to: a name that is folded takes no place of its own. */
export class StableStrings {
  readonly #interner = new StringInterner();
  #characters = 0;
  #added: string[] = [];
  /** Since the last restart, with the stable index of those that were asked for. */
  #texts: string[] = [];
  #indices: (StringIndex | undefined)[] = [];

  get size(): number {
    return this.#interner.size;
  }

  get characters(): number {
    return this.#characters;
  }

  restart(): void {
    this.#texts = [];
    this.#indices = [];
  }

  add(texts: readonly string[]): void {
    for (const text of texts) this.#texts.push(text);
  }

  /** `row`: of the tables since the last restart. */
  textAt(row: StringIndex): string {
    return this.#texts[row]!;
  }

  indexAt(row: StringIndex): StringIndex {
    return (this.#indices[row] ??= this.intern(this.#texts[row]!));
  }

  intern(text: string): StringIndex {
    const { size } = this.#interner;
    const index = this.#interner.intern(text);
    if (index < size) return index;
    this.#characters += text.length;
    this.#added.push(text);
    return index;
  }

  /** Those that were asked for first since the last call. */
  takeAdded(): string[] {
    const added = this.#added;
    this.#added = [];
    return added;
  }
}
