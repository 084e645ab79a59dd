import type { Pid } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";

/** More at once than this, and looking through the known processes is cheaper than looking at each. */
const mostAtOnce = 256;

/**
 * The ids of processes and threads that were born since the last look, on the whole machine or in our pid namespace:
 * the kernel gives them out in order, and /proc/loadavg ends with the last one. A look costs a microsecond or two.
 */
export class NewIds {
  readonly #file: ProcFile | null = ProcFile.open("/proc/loadavg");
  #last = this.#readLast();

  /** Null: it cannot be told, so look through everything. Some may have ended again, and be somebody else's. */
  take(): readonly Pid[] | null {
    const before = this.#last;
    this.#last = this.#readLast();
    if (this.#last === null || before === null || this.#last < before || this.#last - before > mostAtOnce) return null;
    return Array.from({ length: this.#last - before }, (_, index) => before + 1 + index);
  }

  close(): void {
    this.#file?.close();
  }

  /** "0.20 0.18 0.12 1/80 11206" */
  #readLast(): Pid | null {
    const length = this.#file?.read() ?? 0;
    if (length <= 0) return null;
    const { bytes } = ProcFile;
    let end = length;
    while (end > 0 && (bytes[end - 1]! < 0x30 || bytes[end - 1]! > 0x39)) end--;
    let value = 0;
    let scale = 1;
    for (let at = end - 1; at >= 0 && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at--) {
      value += (bytes[at]! - 0x30) * scale;
      scale *= 10;
    }
    return scale === 1 ? null : value;
  }
}
