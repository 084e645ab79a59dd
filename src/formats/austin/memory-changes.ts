import type { ByteCount, Nanoseconds } from "../../base/units.ts";
import type { ProcessIndex, ResidentRow } from "../../profile/tables.ts";

/** By how much the resident memory of each process changed, handed out once. What it had at first is no change. */
export class MemoryChanges {
  /** That came and were not yet due; in the order of their times. */
  readonly #rows: ResidentRow[] = [];
  #next = 0;
  readonly #known = new Map<ProcessIndex, ByteCount>();
  readonly #handedOut = new Map<ProcessIndex, ByteCount>();

  add(rows: readonly ResidentRow[]): void {
    this.#rows.splice(0, this.#next);
    this.#next = 0;
    for (const row of rows) this.#rows.push(row);
  }

  /** Up to `time`, since it was last asked. */
  take(process: ProcessIndex, time: Nanoseconds): ByteCount {
    for (let row = this.#rows[this.#next]; row !== undefined && row.time <= time; row = this.#rows[++this.#next]) {
      this.#known.set(row.process, row.bytes);
      if (!this.#handedOut.has(row.process)) this.#handedOut.set(row.process, row.bytes);
    }
    const known = this.#known.get(process);
    if (known === undefined) return 0;
    const change = known - this.#handedOut.get(process)!;
    this.#handedOut.set(process, known);
    return change;
  }
}
