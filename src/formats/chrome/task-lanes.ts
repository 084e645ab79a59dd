import type { Nanoseconds } from "../../base/units.ts";
import { type Tables, stringAt } from "../../profile/tables-builder.ts";
import { type Block, NONE, type TaskIndex, type ThreadIndex } from "../../profile/tables.ts";

/** Of asynchronous slices that tell of tasks: readers of threads leave them alone. */
export const taskCategory = "task";

/** What a task does, from look to look. */
interface Spell {
  readonly name: string;
  readonly start: Nanoseconds;
  end: Nanoseconds;
}

interface OpenTask {
  /** The rows of a thread, from 0: tasks that do not overlap take the same. */
  readonly row: number;
  spell: Spell | null;
  isSeen: boolean;
}

/**
 * Tasks as asynchronous slices below their thread: a slice of the task's name, and in it what it waits for, or that it runs. Servers make a task for
 * each request, so one that has not been seen for a block leaves its row to the next.
 */
export class TaskLanes {
  readonly #tables: Tables;
  readonly #placeOf: (thread: ThreadIndex) => string;
  readonly #open = new Map<TaskIndex, OpenTask>();
  readonly #rows: boolean[][] = [];

  /** `placeOf`: the ids of a thread, as JSON members. */
  constructor(tables: Tables, placeOf: (thread: ThreadIndex) => string) {
    this.#tables = tables;
    this.#placeOf = placeOf;
  }

  *add({ samples, waits }: Block): Generator<string> {
    const seen: { readonly task: TaskIndex; readonly name: string; readonly start: Nanoseconds; readonly end: Nanoseconds }[] = [];
    for (let row = 0; row < samples.length; row++) {
      const task = samples.task[row]!;
      if (task !== NONE) seen.push({ task, name: "runs", start: samples.time[row]! - samples.wall[row]!, end: samples.time[row]! });
    }
    for (let row = 0; row < waits.length; row++) {
      const what = stringAt(this.#tables, waits.what[row]!);
      seen.push({ task: waits.task[row]!, name: what === "" ? "waits" : `waits: ${what}`, start: waits.start[row]!, end: waits.end[row]! });
    }
    seen.sort((a, b) => a.start - b.start);
    for (const { task, name, start, end } of seen) yield* this.#seen(task, name, start, end);
    for (const [task, open] of this.#open) {
      if (!open.isSeen) yield* this.#leave(task, open);
      open.isSeen = false;
    }
  }

  *end(): Generator<string> {
    for (const [task, open] of this.#open) yield* this.#leave(task, open);
  }

  *#seen(task: TaskIndex, name: string, start: Nanoseconds, end: Nanoseconds): Generator<string> {
    let open = this.#open.get(task);
    if (open === undefined) this.#open.set(task, (open = { row: this.#takeRow(task), spell: null, isSeen: true }));
    open.isSeen = true;
    const { spell } = open;
    if (spell !== null && spell.name === name && start <= spell.end) {
      spell.end = Math.max(spell.end, end);
      return;
    }
    // A sample stands for some time before it, in which the task may have waited.
    if (spell !== null) yield* this.#slices(task, open.row, spell);
    open.spell = { name, start: Math.max(0, start, spell?.end ?? 0), end };
  }

  *#leave(task: TaskIndex, { row, spell }: OpenTask): Generator<string> {
    if (spell !== null) yield* this.#slices(task, row, spell);
    this.#rows[this.#threadOf(task)]![row] = false;
    this.#open.delete(task);
  }

  *#slices(task: TaskIndex, row: number, { name, start, end }: Spell): Generator<string> {
    if (end <= start) return;
    const thread = this.#threadOf(task);
    const id = `"cat":"${taskCategory}","id2":{"local":"${thread}.${taskCategory}.${row}"},${this.#placeOf(thread)}`;
    const [outer, inner] = [JSON.stringify(this.#tables.taskNames[task] || taskCategory), JSON.stringify(name)];
    const args = JSON.stringify({ coroutine: this.#tables.tasks[task]!.coroutine });
    yield `{"ph":"b","name":${outer},"ts":${start / 1000},${id},"args":${args}}`;
    yield `{"ph":"b","name":${inner},"ts":${start / 1000},${id}}`;
    yield `{"ph":"e","name":${inner},"ts":${end / 1000},${id}}`;
    yield `{"ph":"e","name":${outer},"ts":${end / 1000},${id}}`;
  }

  #threadOf(task: TaskIndex): ThreadIndex {
    return this.#tables.tasks[task]!.thread;
  }

  #takeRow(task: TaskIndex): number {
    const rows = (this.#rows[this.#threadOf(task)] ??= []);
    const free = rows.indexOf(false);
    const row = free === -1 ? rows.length : free;
    rows[row] = true;
    return row;
  }
}
