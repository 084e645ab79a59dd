import type { Nanoseconds } from "../base/units.ts";
import { longerWaits, newWaitColumns, takenWaits } from "./sample-columns.ts";
import type { Known, StackIndex, StringIndex, TaskIndex, ThreadIndex, WaitColumns } from "./tables.ts";

/** A row of `WaitColumns`. */
export interface WaitRow {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly thread: ThreadIndex;
  readonly task: TaskIndex;
  readonly stack: StackIndex;
  readonly wall: Nanoseconds;
  readonly whole: Nanoseconds;
  readonly samples: number;
  readonly known: Known;
  /** The string that says what it waits for. */
  readonly what: StringIndex;
}

/** The waits of a block in the making. */
export class WaitBuffer {
  length = 0;
  #columns = newWaitColumns(256);

  push(row: WaitRow): void {
    const index = this.length++;
    if (index === this.#columns.length) this.#columns = longerWaits(this.#columns, index * 2);
    const columns = this.#columns;
    columns.start[index] = row.start;
    columns.end[index] = row.end;
    columns.thread[index] = row.thread;
    columns.task[index] = row.task;
    columns.stack[index] = row.stack;
    columns.wall[index] = row.wall;
    columns.whole[index] = row.whole;
    columns.samples[index] = row.samples;
    columns.known[index] = row.known;
    columns.what[index] = row.what;
  }

  take(): WaitColumns {
    const { length } = this;
    this.length = 0;
    return takenWaits(this.#columns, length);
  }
}
