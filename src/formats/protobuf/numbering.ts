import { StringInterner } from "../../base/interner.ts";

/** Numbers the rows of a table that are used, from 1 on, in the order in which they are asked for. 0 is kept for "none". */
export class RowNumbers {
  readonly #numbers: Int32Array;
  /** The row with the number 1, with the number 2, ... */
  readonly used: number[] = [];

  constructor(length: number) {
    this.#numbers = new Int32Array(length);
  }

  of(row: number): number {
    if (this.#numbers[row] === 0) this.#numbers[row] = this.used.push(row);
    return this.#numbers[row]!;
  }
}

/** The strings of a message that names them by index. The first is the empty one. */
export class StringTable {
  readonly #interner = new StringInterner();
  readonly all: string[] = [];

  constructor() {
    this.of("");
  }

  of(text: string): number {
    const index = this.#interner.intern(text);
    if (index === this.all.length) this.all.push(text);
    return index;
  }
}
