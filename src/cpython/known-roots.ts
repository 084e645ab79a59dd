import type { Address } from "../base/units.ts";
import type { RawStack } from "./raw-stack.ts";

/** Each greenlet has one; then all are learned anew. */
const maxRoots = 1024;
/** There is one; others are what is left of frames in memory that was given to something else. */
const maxShimCodes = 64;

/**
 * The outermost frames of a thread's stacks. From 3.12 on the interpreter's own frame stands below each, which tells a stack from one whose root is
 * missing. The greenlet library takes those out of a greenlet that it is about to switch away from (greenlet 3, `expose_frames` in
 * src/greenlet/TGreenlet.cpp) and puts them back when that goes on: meanwhile only a root that was seen before is one.
 */
export class KnownRoots {
  readonly #codes = new Map<Address, Address>();
  /** What interpreter's frames at the root had for code, and how often. */
  readonly #shimCodes = new Map<Address, number>();
  #mostTimes = 0;
  readonly #isShimCode: (code: Address) => boolean;

  /** `isShimCode` is asked of each that is met for the first time, when nothing is known of what is usual. */
  constructor(isShimCode: (code: Address) => boolean = () => true) {
    this.#isShimCode = isShimCode;
  }

  /** Of a stack that is proved. */
  note({ length, frame, code }: RawStack): void {
    const root = length - 2;
    if (root < 0 || code[root + 1] !== 0 || code[root] === 0 || this.#codes.get(frame[root]!) === code[root]) return;
    if (this.#codes.size >= maxRoots) this.#codes.clear();
    this.#codes.set(frame[root]!, code[root]!);
  }

  /**
   * Of a stack that seems to be proved: false when an interpreter's frame at its root is not like most that were there. In memory that was a generator's
   * frame a moment ago, and is linked to still, anything may look like one.
   */
  isUsual({ length, code, instruction }: RawStack): boolean {
    const root = length - 1;
    if (root < 0 || code[root] !== 0) return true;
    const shimCode = instruction[root]!;
    const before = this.#shimCodes.get(shimCode) ?? 0;
    if (before === 0 && !this.#isShimCode(shimCode)) return false;
    const times = before + 1;
    if (this.#shimCodes.size >= maxShimCodes) {
      this.#shimCodes.clear();
      this.#mostTimes = 0;
    }
    this.#shimCodes.set(shimCode, times);
    this.#mostTimes = Math.max(this.#mostTimes, times);
    return times === this.#mostTimes;
  }

  has(frame: Address, code: Address): boolean {
    return this.#codes.get(frame) === code;
  }
}
