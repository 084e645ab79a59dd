import { NONE, type FrameIndex, type StackIndex } from "../profile/tables.ts";

/** Stacks as (parent, frame) pairs, each once. An open hash table over two columns: no object per stack. */
export class StackTable {
  length = 0;
  parent: Int32Array = new Int32Array(1024);
  frame: Int32Array = new Int32Array(1024);
  #proved = new Uint8Array(1024);
  /** Index + 1 of a stack; 0 is free. A power of two, never more than half full. */
  #slots = new Int32Array(4096);

  intern(parent: StackIndex, frame: FrameIndex): StackIndex {
    const mask = this.#slots.length - 1;
    for (let slot = hash(parent, frame) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot]! - 1;
      if (index === NONE) return this.#append(parent, frame, slot);
      if (this.parent[index] === parent && this.frame[index] === frame) return index;
    }
  }

  /** Such a stack did exist at some time. */
  isProved(stack: StackIndex): boolean {
    return this.#proved[stack] === 1;
  }

  markProved(stack: StackIndex): void {
    if (stack !== NONE) this.#proved[stack] = 1;
  }

  clear(): void {
    this.length = 0;
    this.#proved.fill(0);
    this.#slots.fill(0);
  }

  /** Tells of any stack what is left of it without these frames and what stands above them; `marker` takes their place. */
  cutter(frames: ReadonlySet<FrameIndex>, marker: FrameIndex): (stack: StackIndex) => StackIndex {
    const known = new Map<StackIndex, StackIndex>();
    const cut = (stack: StackIndex): StackIndex => {
      if (stack === NONE) return NONE;
      const before = known.get(stack);
      if (before !== undefined) return before;
      let lowest = NONE;
      for (let at = stack; at !== NONE; at = this.parent[at]!) if (frames.has(this.frame[at]!)) lowest = at;
      const result = lowest === NONE ? stack : this.intern(this.parent[lowest]!, marker);
      known.set(stack, result);
      return result;
    };
    return cut;
  }

  #append(parent: StackIndex, frame: FrameIndex, slot: number): StackIndex {
    const index = this.length++;
    if (index === this.parent.length) {
      this.parent = grow(this.parent);
      this.frame = grow(this.frame);
      const proved = new Uint8Array(this.frame.length);
      proved.set(this.#proved);
      this.#proved = proved;
    }
    this.parent[index] = parent;
    this.frame[index] = frame;
    this.#slots[slot] = index + 1;
    if (this.length * 2 > this.#slots.length) this.#rehash();
    return index;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.length; index++) {
      let slot = hash(this.parent[index]!, this.frame[index]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

function hash(parent: number, frame: number): number {
  let h = Math.imul(parent + 1, 0x9e37_79b1) ^ Math.imul(frame + 1, 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b_3c6d);
  return h ^ (h >>> 13);
}

function grow(column: Int32Array): Int32Array {
  const bigger = new Int32Array(column.length * 2);
  bigger.set(column);
  return bigger;
}
