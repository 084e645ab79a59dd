import { appended } from "./growing.ts";
import type { Block, FrameColumns, FunctionColumns, ProcessRow, StackColumns, StringIndex, TaskRow, ThreadRow } from "./tables.ts";

/** Everything that samples point to, up to some block. Columns may be longer than their table's `length`. */
export interface Tables {
  readonly strings: readonly string[];
  readonly processes: readonly ProcessRow[];
  readonly threads: readonly ThreadRow[];
  /** The last name of each thread; empty when it never had one. */
  readonly threadNames: readonly string[];
  readonly tasks: readonly TaskRow[];
  /** The last name of each task. */
  readonly taskNames: readonly string[];
  readonly functions: FunctionColumns;
  readonly frames: FrameColumns;
  readonly stacks: StackColumns;
}

/** Joins the tables of blocks, samples left out: what a view holds that goes through a long recording block by block. */
export class TablesBuilder implements Tables {
  readonly strings: string[] = [];
  readonly processes: ProcessRow[] = [];
  readonly threads: ThreadRow[] = [];
  readonly threadNames: string[] = [];
  readonly tasks: TaskRow[] = [];
  readonly taskNames: string[] = [];
  readonly functions: FunctionColumns = { length: 0, name: new Int32Array(0), file: new Int32Array(0), firstLine: new Int32Array(0), kind: new Uint8Array(0) };
  readonly frames: FrameColumns = {
    length: 0,
    function: new Int32Array(0),
    line: new Int32Array(0),
    endLine: new Int32Array(0),
    column: new Int32Array(0),
    endColumn: new Int32Array(0),
  };
  readonly stacks: StackColumns = { length: 0, parent: new Int32Array(0), frame: new Int32Array(0) };

  /** `block` comes from a `Recording`, so that its indices go on where the block before ended. */
  add(block: Block): void {
    // Not push(...rows): a block may hold more rows than a call takes arguments.
    for (const text of block.strings) this.strings.push(text);
    for (const row of block.processes) this.processes.push(row);
    for (const row of block.threads) {
      this.threads.push(row);
      this.threadNames.push(row.name);
    }
    for (const { thread, name } of block.renames) this.threadNames[thread] = name;
    for (const row of block.tasks) {
      this.tasks.push(row);
      this.taskNames.push(row.name);
    }
    for (const { task, name } of block.taskRenames) this.taskNames[task] = name;
    appendTable(this.functions, block.functions);
    appendTable(this.frames, block.frames);
    appendTable(this.stacks, block.stacks);
  }
}

/** Appends every column of `from` to the column of the same name in `to`, whose columns are typed arrays. */
export function appendTable<T extends { length: number }>(to: T, from: T): void {
  const columns = to as unknown as Record<string, Int32Array>;
  const added = from as unknown as Record<string, ArrayLike<number>>;
  for (const name of Object.keys(columns)) {
    if (name !== "length") columns[name] = appended(columns[name]!, to.length, added[name]!, from.length);
  }
  to.length += from.length;
}

export function stringAt(tables: Tables, index: StringIndex): string {
  return tables.strings[index] ?? "";
}
