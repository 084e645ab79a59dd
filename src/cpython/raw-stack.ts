import type { Address } from "../base/units.ts";

const defaultCapacity = 64;

/**
 * A stack as it stands in memory: addresses, nothing resolved yet. Newest frame first, as the links go. Reused from
 * sample to sample; columns grow and never shrink.
 */
export class RawStack {
  length = 0;
  /** The frame itself: `_PyInterpreterFrame` or `PyFrameObject`. */
  frame: Float64Array;
  /** Its `PyCodeObject`; 0 for the interpreter's own shim frames. */
  code: Float64Array;
  /**
   * 3.11 and later: the instruction's address. Before: its offset in bytes from the start of the code, or negative. Of a shim frame: what it has for code, which is
   * the same in all of an interpreter (3.12: `interpreter_trampoline`, later: `None`).
   */
  instruction: Float64Array;
  /** 1 where the frame lives in a generator or coroutine: such a frame is never half built. */
  inGenerator: Uint8Array;

  /** `capacity`: frames that there is room for at once. Who keeps thousands of short stacks asks for little. */
  constructor(capacity: number = defaultCapacity) {
    this.frame = new Float64Array(capacity);
    this.code = new Float64Array(capacity);
    this.instruction = new Float64Array(capacity);
    this.inGenerator = new Uint8Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  push(frame: Address, code: Address, instruction: number, inGenerator: boolean): void {
    const index = this.length++;
    if (index === this.frame.length) this.#grow();
    this.frame[index] = frame;
    this.code[index] = code;
    this.instruction[index] = instruction;
    this.inGenerator[index] = inGenerator ? 1 : 0;
  }

  /** Adds the frames of `other` from its `first`-newest on. */
  append(other: RawStack, first: number): void {
    const length = this.length + other.length - first;
    while (this.frame.length < length) this.#grow();
    for (const column of ["frame", "code", "instruction"] as const) this[column].set(other[column].subarray(first, other.length), this.length);
    this.inGenerator.set(other.inGenerator.subarray(first, other.length), this.length);
    this.length = length;
  }

  copyFrom(other: RawStack): void {
    while (this.frame.length < other.length) this.#grow();
    for (const column of ["frame", "code", "instruction"] as const) this[column].set(other[column].subarray(0, other.length));
    this.inGenerator.set(other.inGenerator.subarray(0, other.length));
    this.length = other.length;
  }

  #grow(): void {
    for (const column of ["frame", "code", "instruction"] as const) {
      const bigger = new Float64Array(Math.max(1, this[column].length * 2));
      bigger.set(this[column]);
      this[column] = bigger;
    }
    const bigger = new Uint8Array(Math.max(1, this.inGenerator.length * 2));
    bigger.set(this.inGenerator);
    this.inGenerator = bigger;
  }
}

/** Whether all frames of `a` are the oldest ones of `b`: the newest of `a` may meanwhile be at another instruction. */
export function isWithin(a: RawStack, b: RawStack): boolean {
  const above = b.length - a.length;
  if (above < 0) return false;
  for (let i = 0; i < a.length; i++) {
    if (a.frame[i] !== b.frame[i + above] || a.code[i] !== b.code[i + above]) return false;
    if (i > 0 && a.instruction[i] !== b.instruction[i + above]) return false;
  }
  return true;
}

/**
 * How many frames, counted from the roots, are the same in both: same place, same code, same instruction. The newest
 * frame's own instruction may differ: it is running.
 */
export function countCommonRoots(a: RawStack, b: RawStack): number {
  const count = countSharedRoots(a, b);
  const i = a.length - count;
  const j = b.length - count;
  return count > 0 && a.instruction[i] !== b.instruction[j] && !(i === 0 && j === 0) ? count - 1 : count;
}

/**
 * The same, but for the last frame that is counted, which may be at another instruction although it is not the newest of
 * both: the function was there in both, and went on meanwhile.
 */
export function countSharedRoots(a: RawStack, b: RawStack): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most) {
    const i = a.length - 1 - count;
    const j = b.length - 1 - count;
    if (a.frame[i] !== b.frame[j] || a.code[i] !== b.code[j]) break;
    count++;
    if (a.instruction[i] !== b.instruction[j]) break;
  }
  return count;
}
