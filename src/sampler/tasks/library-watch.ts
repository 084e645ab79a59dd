import type { Nanoseconds, Pid } from "../../base/units.ts";
import { countModules } from "../../cpython/imports.ts";
import type { Interpreter } from "../../cpython/interpreters.ts";
import type { Layout } from "../../cpython/layout.ts";
import type { TaskKind, TaskReader } from "../../cpython/tasks/found-task.ts";
import type { RemoteMemory } from "../../os/remote-memory.ts";
import { Chore } from "../chore.ts";
import { taskKinds } from "../../profile/tables.ts";
import { openTaskReaders } from "./open-readers.ts";

const millisecond: Nanoseconds = 1e6;
/** A library is looked for when modules were imported, until so long after the last one: it is there before it has run to its end. */
const importPause: Nanoseconds = 50 * millisecond;
const importTime: Nanoseconds = 300 * millisecond;
/** And at other times, in case it took longer: the more seldom, the longer nothing was imported. */
const lookPause: Nanoseconds = 100 * millisecond;
const quietShare = 1 / 8;
const longestLookPause: Nanoseconds = 10_000 * millisecond;
const lookShare = 1 / 200;
const firstLooks: Nanoseconds = 20 * millisecond;

/** Which libraries of tasks a process has imported, and what reads them. */
export class LibraryWatch {
  readonly #pid: Pid;
  readonly #memory: RemoteMemory;
  readonly #layout: Layout;
  readonly #readers = new Map<string, TaskReader>();
  readonly #looks = new Chore(lookShare, longestLookPause, firstLooks);
  #nextCount: Nanoseconds = 0;
  #moduleCount = 0;
  #lastImport: Nanoseconds = 0;

  constructor(pid: Pid, memory: RemoteMemory, layout: Layout) {
    this.#pid = pid;
    this.#memory = memory;
    this.#layout = layout;
  }

  /** Looks whether there are more of them, when it is time to. */
  update(now: Nanoseconds, interpreters: readonly Interpreter[]): ReadonlyMap<string, TaskReader> {
    if (this.#wasImported(now, interpreters)) this.#looks.hasten(now);
    const pause = Math.min(longestLookPause, Math.max(lookPause, (now - this.#lastImport) * quietShare));
    this.#looks.doWhenDue(now, pause, () => this.#look(interpreters));
    return this.#readers;
  }

  /** Whether modules were imported lately; false in between looks. */
  #wasImported(now: Nanoseconds, interpreters: readonly Interpreter[]): boolean {
    if (now < this.#nextCount) return false;
    if (this.#nextCount === 0) this.#lastImport = now;
    this.#nextCount = now + importPause;
    const count = interpreters.reduce((sum, { address }) => sum + (countModules(this.#memory, this.#layout, address) ?? 0), 0);
    if (count !== this.#moduleCount) this.#lastImport = now;
    this.#moduleCount = count;
    return now - this.#lastImport < importTime;
  }

  #look(interpreters: readonly Interpreter[]): void {
    // One that has ended may leave its address to the next.
    const keyOf = (kind: TaskKind, { id, address }: Interpreter): string => `${id},${address},${kind}`;
    const keys = new Set(interpreters.flatMap((interpreter) => taskKinds.map((kind) => keyOf(kind, interpreter))));
    for (const key of this.#readers.keys()) if (!keys.has(key)) this.#readers.delete(key);
    const isOpen = (kind: TaskKind, interpreter: Interpreter): boolean => this.#readers.has(keyOf(kind, interpreter));
    for (const { reader, interpreter } of openTaskReaders(this.#pid, this.#memory, this.#layout, interpreters, isOpen).readers) {
      this.#readers.set(keyOf(reader.kind, interpreter), reader);
    }
  }
}
