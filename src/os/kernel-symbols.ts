import { readFileSync } from "node:fs";
import type { Address } from "../base/units.ts";
import { plainName, type KernelFrame } from "./kernel-stack.ts";

/** The kernel and its modules lie in the last 2 GiB on x86-64 (Documentation/arch/x86/x86_64/mm.rst), so the lower half of an address says it all. */
const highHalf = "ffffffff";
/** A kernel has some 200,000 symbols. */
const maxLines = 1 << 21;

/** What the kernel's functions are called: /proc/kallsyms. */
export class KernelSymbols {
  readonly #text: string;
  /** Address (its lower half) times `maxLines`, and the number of its line, ascending. */
  readonly #symbols: Float64Array;
  /** Where each line begins. */
  readonly #lines: Uint32Array;
  readonly #found = new Map<number, KernelFrame>();

  private constructor(text: string, symbols: Float64Array, lines: Uint32Array) {
    this.#text = text;
    this.#symbols = symbols;
    this.#lines = lines;
  }

  /** Null when the kernel does not tell (kernel.kptr_restrict). Takes some tens of milliseconds. */
  static read(): KernelSymbols | null {
    try {
      return KernelSymbols.parse(readFileSync("/proc/kallsyms", "latin1"));
    } catch {
      return null;
    }
  }

  /** "ffffffff81000000 T _text\nffffffffc0001000 t nfs_wait\t[nfs]\n" */
  static parse(text: string): KernelSymbols | null {
    const most = Math.min(Math.ceil(text.length / 20) + 1, maxLines);
    const symbols = new Float64Array(most);
    const lines = new Uint32Array(most);
    let count = 0;
    for (let at = 0; at >= 0 && at < text.length && count < most;) {
      const end = text.indexOf("\n", at);
      const kind = text.charCodeAt(at + 17) | 0x20;
      if ((kind === 0x74 /* t */ || kind === 0x77) /* w */ && text.startsWith(highHalf, at)) {
        lines[count] = at;
        symbols[count] = Number.parseInt(text.slice(at + 8, at + 16), 16) * maxLines + count;
        count++;
      }
      at = end < 0 ? -1 : end + 1;
    }
    return count === 0 ? null : new KernelSymbols(text, symbols.subarray(0, count).sort(), lines);
  }

  /** The function that an address (its lower half) is in. Null below the first. */
  find(address: Address): KernelFrame | null {
    const wanted = (address + 1) * maxLines;
    let low = 0;
    let high = this.#symbols.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#symbols[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : this.#frameOf(this.#symbols[low - 1]! % maxLines);
  }

  #frameOf(line: number): KernelFrame {
    let frame = this.#found.get(line);
    if (frame === undefined) {
      const start = this.#lines[line]! + 19;
      const end = this.#text.indexOf("\n", start);
      const [name = "", module = ""] = this.#text.slice(start, end < 0 ? undefined : end).split("\t");
      frame = { name: plainName(name), module: module.slice(1, -1) };
      this.#found.set(line, frame);
    }
    return frame;
  }
}
