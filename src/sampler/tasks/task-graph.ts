import type { Address } from "../../base/units.ts";
import { knots } from "./knots.ts";

/** A task with more waiters than this is shown under these. */
const maxPaths = 8;
/** A longer chain of tasks is cut at its far end. */
const maxChain = 64;

/** What the graph wants to know of a task. */
export interface GraphTask {
  readonly address: Address;
  readonly awaitedBy: readonly Address[];
}

/**
 * Who waits for whom. A leaf is a task that waits for no other one: it is what all that stand above it in its chains wait for. Where tasks
 * wait for each other in a circle nothing is a leaf by that; then each of them counts as one, so that none is left out.
 */
export class TaskGraph<Task extends GraphTask> {
  readonly #tasks: ReadonlyMap<Address, Task>;
  readonly leaves: ReadonlySet<Task>;
  /** Made when first asked for. */
  readonly #chains = new Map<Task, readonly (readonly Task[])[]>();
  #waitedFor: ReadonlyMap<Task, readonly Task[]> | null = null;

  constructor(tasks: ReadonlyMap<Address, Task>) {
    this.#tasks = tasks;
    const waiting = new Set<Task>();
    for (const task of tasks.values()) for (const waiter of this.#waitersOf(task)) waiting.add(waiter);
    const leaves = new Set<Task>();
    for (const task of tasks.values()) if (!waiting.has(task)) leaves.add(task);
    this.leaves = leaves;
    this.#addCircles(waiting, leaves);
  }

  /** The chains of tasks that wait for `task`, the farthest first, without itself: one per way up to a task that nobody waits for. At least one, which may be empty. */
  chainsTo(task: Task): readonly (readonly Task[])[] {
    let chains = this.#chains.get(task);
    if (chains === undefined) this.#chains.set(task, (chains = this.#climb(task)));
    return chains;
  }

  #climb(task: Task): readonly (readonly Task[])[] {
    const chains: Task[][] = [];
    const below: Task[] = [];
    const climb = (at: Task): void => {
      if (chains.length >= maxPaths) return;
      let isTop = true;
      if (below.length < maxChain) {
        below.push(at);
        for (const waiter of this.#waitersOf(at)) {
          if (below.includes(waiter)) continue;
          isTop = false;
          climb(waiter);
        }
        below.pop();
      }
      if (isTop && chains.length < maxPaths) chains.push([...below, at].slice(1).reverse());
    };
    climb(task);
    return chains;
  }

  /** All chains that have one of these: their tasks, each once. */
  chainsThrough(tasks: readonly Task[]): ReadonlySet<Task> {
    const below = this.#reach(tasks, (task) => this.#waitedForBy.get(task) ?? []);
    return this.#reach(below, (task) => this.#waitersOf(task));
  }

  /** What each task waits for. */
  get #waitedForBy(): ReadonlyMap<Task, readonly Task[]> {
    if (this.#waitedFor !== null) return this.#waitedFor;
    const waitedFor = new Map<Task, Task[]>();
    for (const task of this.#tasks.values()) {
      for (const waiter of this.#waitersOf(task)) {
        const known = waitedFor.get(waiter);
        if (known === undefined) waitedFor.set(waiter, [task]);
        else known.push(task);
      }
    }
    return (this.#waitedFor = waitedFor);
  }

  #waitersOf({ awaitedBy }: Task): Task[] {
    return awaitedBy.flatMap((address) => this.#tasks.get(address) ?? []);
  }

  #reach(from: Iterable<Task>, next: (task: Task) => readonly Task[]): ReadonlySet<Task> {
    const reached = new Set(from);
    // A set goes on with what is added meanwhile.
    for (const task of reached) for (const other of next(task)) reached.add(other);
    return reached;
  }

  #addCircles(waiting: ReadonlySet<Task>, leaves: Set<Task>): void {
    const reached = this.#reach(leaves, (task) => this.#waitersOf(task));
    if (reached.size === this.#tasks.size) return;
    const unreached = [...waiting].filter((task) => !reached.has(task));
    const numbers = new Map(unreached.map((task, number) => [task, number]));
    const next = unreached.map((task) => this.#waitersOf(task).flatMap((waiter) => numbers.get(waiter) ?? []));
    for (const knot of knots(next)) for (const number of knot) leaves.add(unreached[number]!);
  }
}
