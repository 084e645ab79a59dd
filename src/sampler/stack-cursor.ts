import type { RawStack } from "../cpython/raw-stack.ts";
import { NONE, type StackIndex } from "../profile/tables.ts";
import { HIDDEN, UNTOLD, type FrameResolver } from "./frame-resolver.ts";
import type { StackTable } from "./stack-table.ts";

/**
 * Turns the raw stacks of one thread into stack indices. A stack changes at its top: what is the same from the root up
 * as last time has the same index and is not looked at again.
 */
export class StackCursor {
  /** From the root up: what the last raw stack held, and the index of the stack that ends there. */
  #code = new Float64Array(64);
  #instruction = new Float64Array(64);
  #stack = new Int32Array(64);
  /** 1 where the code object has not been known for long. */
  #isYoung = new Uint8Array(64);
  #youngCount = 0;
  #depth = 0;
  /** Of the resolver, when that was resolved. */
  #generation = 0;

  /** Indices of an earlier epoch, or of code objects that are gone, are of no use any more. */
  forget(): void {
    this.#depth = 0;
    this.#youngCount = 0;
  }

  /** Which frames of the last stack, counted from the root up, must be confirmed. Ascending; most often none. */
  youngDepths(resolver: FrameResolver): number[] {
    const depths: number[] = [];
    if (this.#youngCount === 0) return depths;
    this.#youngCount = 0;
    for (let depth = 0; depth < this.#depth; depth++) {
      if (this.#isYoung[depth] === 0) continue;
      this.#isYoung[depth] = resolver.isYoung(this.#code[depth]!) ? 1 : 0;
      if (this.#isYoung[depth] === 0) continue;
      this.#youngCount++;
      depths.push(depth);
    }
    return depths;
  }

  /** How many frames, counted from the root, the last `intern` could tell: all that were asked for, but for broken ones. */
  told = 0;

  /** Frames of the last one that was interned, from the root. */
  get depth(): number {
    return this.#depth;
  }

  /** The stack of the oldest `count` frames of the last one that was interned. */
  stackAt(count: number): StackIndex {
    return count === 0 ? NONE : this.#stack[count - 1]!;
  }

  /** The stack of the oldest `count` frames of `raw`. */
  intern(raw: RawStack, count: number, resolver: FrameResolver, stacks: StackTable): StackIndex {
    if (count > this.#code.length) this.#grow(count);
    if (resolver.generation !== this.#generation) this.forget();
    this.#generation = resolver.generation;
    const { code, instruction } = raw;
    const root = raw.length - 1;
    let depth = 0;
    const known = Math.min(this.#depth, count);
    while (depth < known && this.#code[depth] === code[root - depth] && this.#instruction[depth] === instruction[root - depth]) depth++;
    let stack = depth === 0 ? NONE : this.#stack[depth - 1]!;
    for (; depth < count; depth++) {
      const at = root - depth;
      const frame = resolver.resolve(code[at]!, instruction[at]!);
      this.#isYoung[depth] = resolver.isYoung(code[at]!) ? 1 : 0;
      this.#youngCount += this.#isYoung[depth]!;
      if (frame === UNTOLD) break;
      if (frame !== HIDDEN) stack = stacks.intern(stack, frame);
      this.#code[depth] = code[at]!;
      this.#instruction[depth] = instruction[at]!;
      this.#stack[depth] = stack;
    }
    this.#depth = depth;
    this.told = depth;
    return stack;
  }

  #grow(count: number): void {
    const size = Math.max(count, this.#code.length * 2);
    const code = new Float64Array(size);
    const instruction = new Float64Array(size);
    const stack = new Int32Array(size);
    const isYoung = new Uint8Array(size);
    isYoung.set(this.#isYoung);
    this.#isYoung = isYoung;
    code.set(this.#code);
    instruction.set(this.#instruction);
    stack.set(this.#stack);
    this.#code = code;
    this.#instruction = instruction;
    this.#stack = stack;
  }
}
