/** Gives equal things the same index, counting from 0 in the order of their first appearance. */
export class StringInterner {
  readonly #indices = new Map<string, number>();

  get size(): number {
    return this.#indices.size;
  }

  intern(text: string): number {
    const known = this.#indices.get(text);
    if (known !== undefined) return known;
    const index = this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }
}

/**
 * The same for pairs of int32: (parent stack, frame), (thread, stack). Open addressing with linear probing; the pairs
 * themselves are columns, so a million of them cost 16 to 24 MB and no objects.
 */
export class PairInterner {
  #first = new Int32Array(512);
  #second = new Int32Array(512);
  #size = 0;
  /** index + 1, 0 for a free slot. Twice as long as the columns, so never more than half full. */
  #slots = new Int32Array(1024);

  get size(): number {
    return this.#size;
  }

  intern(first: number, second: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashPair(first, second) & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if (this.#first[entry - 1] === first && this.#second[entry - 1] === second) return entry - 1;
      slot = (slot + 1) & mask;
    }
    const index = this.#size++;
    this.#first[index] = first;
    this.#second[index] = second;
    slots[slot] = index + 1;
    if (this.#size === this.#first.length) this.#grow();
    return index;
  }

  firstOf(index: number): number {
    return this.#first[index]!;
  }

  secondOf(index: number): number {
    return this.#second[index]!;
  }

  #grow(): void {
    this.#first = doubled(this.#first);
    this.#second = doubled(this.#second);
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = hashPair(this.#first[index]!, this.#second[index]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** The same for longer tuples, as a chain of pairs. Indices are dense over whole tuples of one width. */
export class TupleInterner {
  readonly #prefixes: PairInterner[];
  readonly #last = new PairInterner();

  /** `width` is 2 or more. */
  constructor(width: number) {
    this.#prefixes = Array.from({ length: width - 2 }, () => new PairInterner());
  }

  get size(): number {
    return this.#last.size;
  }

  intern(...tuple: readonly number[]): number {
    let prefix = tuple[0] ?? 0;
    for (const [position, pairs] of this.#prefixes.entries()) prefix = pairs.intern(prefix, tuple[position + 1] ?? 0);
    return this.#last.intern(prefix, tuple[tuple.length - 1] ?? 0);
  }
}

/** Both halves are mixed well: indices are small and regular, and probing is linear. */
function hashPair(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(column.length * 2);
  grown.set(column);
  return grown;
}
