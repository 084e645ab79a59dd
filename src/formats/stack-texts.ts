import { type FrameIndex, NONE, type StackColumns, type StackIndex } from "../profile/tables.ts";

/** Characters of joined stacks that are kept. Above it they are made anew: deep recursion has many and long ones. */
const maxKept = 2 ** 25;

/** Stacks as text: frames root first with a separator between. The columns may grow while this is used. */
export class StackTexts {
  readonly #stacks: StackColumns;
  readonly #frameText: (frame: FrameIndex) => string;
  readonly #separator: string;
  readonly #frames: string[] = [];
  readonly #texts = new Map<StackIndex, string>();
  #kept = 0;

  constructor(stacks: StackColumns, frameText: (frame: FrameIndex) => string, separator = ";") {
    this.#stacks = stacks;
    this.#frameText = frameText;
    this.#separator = separator;
  }

  /** Empty for NONE. */
  textOf(stack: StackIndex): string {
    const known = this.#texts.get(stack);
    if (known !== undefined) return known;
    const parts: string[] = [];
    for (let at = stack; at !== NONE; at = this.#stacks.parent[at]!) {
      const frame = this.#stacks.frame[at]!;
      parts.push((this.#frames[frame] ??= this.#frameText(frame)));
    }
    const text = parts.reverse().join(this.#separator);
    this.#kept += text.length;
    if (this.#kept > maxKept) {
      this.#texts.clear();
      this.#kept = text.length;
    }
    this.#texts.set(stack, text);
    return text;
  }
}
