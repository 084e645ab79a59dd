import type { Address } from "../base/units.ts";
import type { RawStack } from "./raw-stack.ts";

/** Each greenlet has one; then all are learned anew. */
const maxRoots = 1024;

/**
 * The outermost frames of a thread's stacks. From 3.12 on the interpreter's own frame stands below each, which tells a stack from one whose root is
 * missing. The greenlet library takes those out of a greenlet that it is about to switch away from (greenlet 3, `expose_frames` in
 * src/greenlet/TGreenlet.cpp) and puts them back when that goes on: meanwhile only a root that was seen before is one.
 */
export class KnownRoots {
  readonly #codes = new Map<Address, Address>();

  /** Of a stack that is proved. */
  note({ length, frame, code }: RawStack): void {
    const root = length - 2;
    if (root < 0 || code[root + 1] !== 0 || code[root] === 0 || this.#codes.get(frame[root]!) === code[root]) return;
    if (this.#codes.size >= maxRoots) this.#codes.clear();
    this.#codes.set(frame[root]!, code[root]!);
  }

  has(frame: Address, code: Address): boolean {
    return this.#codes.get(frame) === code;
  }
}
