import type { Address, Tid } from "../../base/units.ts";
import type { WhereTask, WhereTasks } from "../../sampler/where.ts";

/** Tasks that take turns: those of one loop, hub or runner. */
export interface TaskLoop {
  readonly kind: WhereTask["kind"];
  readonly interpreter: number;
  /** 0: no thread runs it. */
  readonly tid: Tid;
  /** All but the finished ones. */
  readonly tasks: readonly WhereTask[];
  readonly finished: number;
  /** Those that nobody waits for, and one of each circle that nobody else waits for. */
  readonly roots: readonly Alike[];
}

/** Tasks that differ only in name and figures: same coroutine, frames, reason, and the same of what they wait for. At least one. */
export type Alike = readonly WhereTask[];

/** Who waits for whom, as a tree that is read from those that wait down to what keeps them. */
export class TaskTree {
  readonly loops: readonly TaskLoop[];
  readonly inCircle: ReadonlySet<Address>;
  readonly inDeadlock: ReadonlySet<Address>;
  readonly #byId: ReadonlyMap<Address, WhereTask>;
  readonly #awaited = new Map<Address, WhereTask[]>();
  /** What a task waits for, and what belongs to it without being awaited. */
  readonly #below = new Map<Address, WhereTask[]>();
  readonly #isBelow = new Set<Address>();
  readonly #numbers = new Map<Address, number>();
  /** Those above a circle wait for ever, too; and those above the task that runs, for that. */
  readonly #leadsToCircle: ReadonlySet<Address>;
  readonly #leadsToRunning: ReadonlySet<Address>;
  readonly #forms: ReadonlyMap<Address, number>;

  constructor({ tasks: all, circles }: WhereTasks) {
    const tasks = all.filter((task) => !isHub(task));
    const living = tasks.filter(({ state }) => state !== "finished");
    this.inCircle = new Set(circles.flatMap((circle) => circle.tasks));
    this.inDeadlock = new Set(circles.filter(({ exits }) => exits.length === 0).flatMap((circle) => circle.tasks));
    this.#byId = new Map(living.map((task) => [task.id, task]));
    this.#number(living);
    this.#link(living);
    this.#leadsToCircle = this.#findLeadingTo(this.inCircle);
    this.#leadsToRunning = this.#findLeadingTo(new Set(living.filter(({ state }) => state === "running").map(({ id }) => id)));
    this.#forms = this.#findForms(living);
    this.loops = this.#findLoops(tasks, this.#findRoots(living));
  }

  find(id: Address): WhereTask | null {
    return this.#byId.get(id) ?? null;
  }

  /** Tells those apart that others speak of and that are called the same; 0 for all others. */
  numberOf({ id }: WhereTask): number {
    return this.#numbers.get(id) ?? 0;
  }

  /** The tasks that `task` waits for. */
  awaited(task: WhereTask): readonly WhereTask[] {
    return this.#awaited.get(task.id) ?? [];
  }

  /** What stands below a task. */
  below(task: WhereTask): readonly Alike[] {
    return this.#fold(this.#below.get(task.id) ?? []);
  }

  #number(tasks: readonly WhereTask[]): void {
    const holders = new Set(tasks.map(({ waitsFor }) => waitsFor?.heldBy));
    const named = new Map<string, WhereTask[]>();
    for (const task of tasks) if (this.inCircle.has(task.id) || holders.has(task.id)) add(named, `${task.name} ${task.coroutine}`, task);
    for (const some of named.values()) if (some.length > 1) for (const [index, { id }] of some.entries()) this.#numbers.set(id, index + 1);
  }

  #link(tasks: readonly WhereTask[]): void {
    const loops = new Set(tasks.map(({ loop }) => loop));
    const addWaiter = (waiter: Address, task: WhereTask): void => {
      if (!this.#byId.has(waiter)) return;
      add(this.#awaited, waiter, task);
      add(this.#below, waiter, task);
      this.#isBelow.add(task.id);
    };
    for (const task of tasks) {
      for (const waiter of new Set(task.awaitedBy)) addWaiter(waiter, task);
      const awaited = task.waitsFor?.kind === "task" ? this.#byId.get(task.waitsFor.object) : undefined;
      if (awaited !== undefined && !awaited.awaitedBy.includes(task.id)) addWaiter(task.id, awaited);
    }
    for (const task of tasks) {
      // A hub is the parent of all its greenlets, which says nothing; nor does it belong to anyone itself.
      const belongs = task.parent !== task.loop && task.parent !== task.id && !loops.has(task.id) && !this.#isBelow.has(task.id);
      if (!belongs || !this.#byId.has(task.parent)) continue;
      add(this.#below, task.parent, task);
      this.#isBelow.add(task.id);
    }
  }

  #findLeadingTo(tasks: ReadonlySet<Address>): ReadonlySet<Address> {
    const leading = new Set<Address>();
    if (tasks.size === 0) return leading;
    const above = new Map<Address, WhereTask[]>();
    for (const [id, below] of this.#awaited) for (const task of below) add(above, task.id, this.#byId.get(id)!);
    const next = [...tasks];
    for (let id = next.pop(); id !== undefined; id = next.pop()) {
      for (const waiter of above.get(id) ?? []) {
        if (leading.has(waiter.id)) continue;
        leading.add(waiter.id);
        next.push(waiter.id);
      }
    }
    return leading;
  }

  /** A number for each task, the same for those that are alike. What is in a circle, or is waited for by several, is like nothing else. */
  #findForms(tasks: readonly WhereTask[]): ReadonlyMap<Address, number> {
    const forms = new Map<Address, number>();
    const numbers = new Map<string, number>();
    const frames = new Map<unknown, number>();
    const numberOf = <Key>(map: Map<Key, number>, key: Key): number => {
      const number = map.get(key) ?? map.size;
      map.set(key, number);
      return number;
    };
    const waiters = new Map<Address, number>();
    for (const below of this.#below.values()) for (const { id } of below) waiters.set(id, (waiters.get(id) ?? 0) + 1);
    const form = (task: WhereTask): number => {
      const { kind, coroutine, state, known, waitsFor, isWhole } = task;
      const below = (this.#below.get(task.id) ?? []).map(({ id }) => ((waiters.get(id) ?? 0) > 1 ? -1 - id : (forms.get(id) ?? -1 - id)));
      const own = [kind, coroutine, state, known, isWhole, waitsFor?.kind, waitsFor?.typeName, waitsFor?.heldBy, numberOf(frames, task.frames)];
      return numberOf(numbers, JSON.stringify([this.inCircle.has(task.id) ? task.id : 0, own, below.toSorted((a, b) => a - b)]));
    };
    // From below, with a stack of our own: they may wait for each other in a line of ten thousand.
    const isOpen = new Set<Address>();
    for (const start of tasks) {
      const path = [start];
      for (let task = path.at(-1); task !== undefined; task = path.at(-1)) {
        const next = isOpen.has(task.id) ? undefined : (this.#below.get(task.id) ?? []).filter(({ id }) => !forms.has(id) && !isOpen.has(id));
        isOpen.add(task.id);
        if (next !== undefined && next.length > 0) for (const below of next) path.push(below);
        else {
          path.pop();
          if (!forms.has(task.id)) forms.set(task.id, form(task));
        }
      }
    }
    return forms;
  }

  #findRoots(tasks: readonly WhereTask[]): WhereTask[] {
    const reached = new Set<Address>();
    const reach = (root: WhereTask): void => {
      const next = [root];
      for (let task = next.pop(); task !== undefined; task = next.pop()) {
        if (reached.has(task.id)) continue;
        reached.add(task.id);
        for (const below of this.#below.get(task.id) ?? []) next.push(below);
      }
    };
    const roots = tasks.filter(({ id }) => !this.#isBelow.has(id));
    for (const root of roots) reach(root);
    // Circles come first: what waits for nothing else than being reached from one of them is reached then.
    for (const task of [...tasks.filter(({ id }) => this.inCircle.has(id)), ...tasks]) {
      if (reached.has(task.id)) continue;
      roots.push(task);
      reach(task);
    }
    return roots;
  }

  #findLoops(tasks: readonly WhereTask[], roots: readonly WhereTask[]): TaskLoop[] {
    const keyOf = ({ kind, interpreter, tid, loop }: WhereTask): string => `${kind} ${interpreter} ${tid} ${loop}`;
    const members = new Map<string, WhereTask[]>();
    const rootsOf = new Map<string, WhereTask[]>();
    for (const task of tasks) add(members, keyOf(task), task);
    for (const root of roots) add(rootsOf, keyOf(root), root);
    return [...members].map(([key, some]) => {
      const living = some.filter(({ state }) => state !== "finished");
      const { kind, interpreter, tid } = some[0]!;
      return { kind, interpreter, tid, tasks: living, finished: some.length - living.length, roots: this.#fold(rootsOf.get(key) ?? []) };
    });
  }

  /** What matters most first, then by name; those that are alike together. */
  #fold(tasks: readonly WhereTask[]): Alike[] {
    const sorted = tasks.toSorted((a, b) => this.#rank(a) - this.#rank(b) || byName.compare(a.name, b.name) || a.id - b.id);
    const folded = new Map<number | undefined, WhereTask[]>();
    for (const task of sorted) add(folded, this.#forms.get(task.id), task);
    return [...folded.values()];
  }

  #rank({ id, state }: WhereTask): number {
    if (this.inCircle.has(id)) return -2;
    if (this.#leadsToCircle.has(id)) return -1;
    return this.#leadsToRunning.has(id) ? 0 : order.indexOf(state);
  }
}

/** A greenlet that does nothing but wait for events, for all others. */
function isHub({ id, loop, kind, frames }: WhereTask): boolean {
  return id === loop && kind === "greenlet" && /\/(?:gevent|eventlet\/hubs)\/hub\.py$/.test(frames[0]?.file ?? "");
}

const order: readonly WhereTask["state"][] = ["running", "ready", "waiting", "created", "finished"];
const byName = new Intl.Collator("en", { numeric: true });

function add<Key>(map: Map<Key, WhereTask[]>, key: Key, task: WhereTask): void {
  const some = map.get(key);
  if (some === undefined) map.set(key, [task]);
  else some.push(task);
}
