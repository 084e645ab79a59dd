import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { maxMembers, readSet } from "../objects/sets.ts";
import type { Asyncio } from "./find-asyncio.ts";
import { LinkedTasks } from "./linked-tasks.ts";
import { ReferencedTasks } from "./referenced-tasks.ts";

/** The tasks of one interpreter: sets of weak references; sets; from 3.14 on lists, one per thread. */
export class TaskLists {
  readonly #layout: Layout;
  readonly #interpreter: Address;
  readonly #asyncio: Asyncio;
  readonly #referenced: readonly ReferencedTasks[];
  /** By head. */
  readonly #linked = new Map<Address, LinkedTasks>();
  /** What the last list was made of. */
  #sources: readonly (readonly Address[])[] = [];
  #last: readonly Address[] = [];

  constructor(layout: Layout, interpreter: Address, asyncio: Asyncio) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#asyncio = asyncio;
    this.#referenced = asyncio.weakSets.map((set) => new ReferencedTasks(layout, set));
  }

  /** Each once, and the same array as long as nothing has changed. Null: not readable at this moment. `paged` is for what lies close together. */
  list(memory: MemoryReader, paged: MemoryReader, threads: readonly Address[]): readonly Address[] | null {
    const sources: (readonly Address[])[] = [];
    for (const set of this.#referenced) {
      const tasks = set.read(memory, paged);
      if (tasks === null) return null;
      sources.push(tasks);
    }
    // Small: only tasks that are at their first turn.
    for (const set of this.#asyncio.eagerSets) sources.push(readSet(memory, this.#layout, set, maxMembers) ?? []);
    const { native } = this.#asyncio;
    if (native?.offsets) {
      const { interpreterTasks, threadTasks } = native.offsets;
      for (const thread of threads) sources.push(this.#list(thread + threadTasks).read(paged, maxMembers));
      sources.push(this.#list(this.#interpreter + interpreterTasks).read(paged, maxMembers));
    }
    const filled = sources.filter((source) => source.length > 0);
    if (filled.length === this.#sources.length && filled.every((source, index) => source === this.#sources[index])) return this.#last;
    this.#sources = filled;
    const [only] = filled;
    return (this.#last = filled.length === 1 && only !== undefined ? only : [...new Set(filled.flat())]);
  }

  #list(head: Address): LinkedTasks {
    let list = this.#linked.get(head);
    if (list === undefined) this.#linked.set(head, (list = new LinkedTasks(this.#layout, head, this.#asyncio.native?.layout.node ?? 0)));
    return list;
  }
}
