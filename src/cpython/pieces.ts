import type { Address, ByteCount, ByteOffset } from "../base/units.ts";

/**
 * Which parts of a thread's memory a snapshot holds, and where in its buffer each lies: piece after piece, in the
 * order of `add`. The bytes themselves belong to whoever took the snapshot; two copies of the same pieces differ only by
 * where the copy begins.
 */
export class Pieces {
  count = 0;
  size: ByteCount = 0;
  addresses: Float64Array = new Float64Array(64);
  lengths: Float64Array = new Float64Array(64);
  offsets: Float64Array = new Float64Array(64);
  /** Where the last look-up ended: frames follow each other, so the next one is most often here or one further on. */
  #last = 0;
  /** How many of the pieces, the first ones, hold many frames each: chunks. */
  #ranges = 0;
  /**
   * The others, by where they start: an open hash table of index + 1; 0 is free. A power of two, never more than half full. (A Map that is cleared for
   * each copy leaves a chain of old tables behind, which a scavenge takes for alive: 3 kB a sample.)
   */
  #slots = new Int32Array(128);

  clear(): void {
    if (this.count > this.#ranges) this.#slots.fill(0);
    this.count = 0;
    this.size = 0;
    this.#last = 0;
    this.#ranges = 0;
  }

  /** A piece in which many frames lie. All of these come before the first `add`. */
  addRange(start: Address, length: ByteCount): void {
    this.#append(start, length);
    this.#ranges = this.count;
  }

  /** A piece that holds one frame, at its start. */
  add(address: Address, length: ByteCount): void {
    this.#append(address, length);
    if (this.count * 2 > this.#slots.length) this.#rehash();
    else this.#slots[this.#slotOf(address)] = this.count;
  }

  #append(address: Address, length: ByteCount): void {
    const index = this.count++;
    if (index === this.addresses.length) this.#grow();
    this.addresses[index] = address;
    this.lengths[index] = length;
    this.offsets[index] = this.size;
    this.size += length;
  }

  /** Bounds of the piece that `find` found last. */
  get foundStart(): Address {
    return this.addresses[this.#last]!;
  }

  get foundEnd(): Address {
    return this.addresses[this.#last]! + this.lengths[this.#last]!;
  }

  /** Where [address, address + length) is within a copy; -1 when no single piece holds it. */
  find(address: Address, length: ByteCount): ByteOffset {
    let index = this.#last;
    if (!this.#holds(index, address, length) && !this.#holds(++index, address, length)) {
      index = this.#search(address, length);
      if (index < 0) return -1;
    }
    this.#last = index;
    return this.offsets[index]! + (address - this.addresses[index]!);
  }

  #holds(index: number, address: Address, length: ByteCount): boolean {
    return index < this.count && address >= this.addresses[index]! && address + length <= this.addresses[index]! + this.lengths[index]!;
  }

  #search(address: Address, length: ByteCount): number {
    for (let index = 0; index < this.#ranges; index++) if (this.#holds(index, address, length)) return index;
    const index = this.#slots[this.#slotOf(address)]! - 1;
    return index >= 0 && this.#holds(index, address, length) ? index : -1;
  }

  /** Where the piece that starts here is noted, or would be. The last of two that start at the same place counts. */
  #slotOf(address: Address): number {
    const mask = this.#slots.length - 1;
    // Addresses go beyond 32 bits, and frames are aligned.
    let slot = Math.imul((address / 8) | 0, 0x9e37_79b1) >>> 7;
    for (; ; slot++) {
      const index = this.#slots[slot & mask]! - 1;
      if (index < 0 || this.addresses[index] === address) return slot & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = this.#ranges; index < this.count; index++) this.#slots[this.#slotOf(this.addresses[index]!)] = index + 1;
  }

  #grow(): void {
    for (const column of ["addresses", "lengths", "offsets"] as const) {
      const bigger = new Float64Array(this[column].length * 2);
      bigger.set(this[column]);
      this[column] = bigger;
    }
  }
}
