import type { Address } from "../../base/units.ts";

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

  constructor(tasks: ReadonlyMap<Address, Task>) {
    this.#tasks = tasks;
    const waiting = new Set<Task>();
    for (const task of tasks.values()) {
      for (const address of task.awaitedBy) {
        const waiter = tasks.get(address);
        if (waiter !== undefined) waiting.add(waiter);
      }
    }
    const leaves = new Set<Task>();
    for (const task of tasks.values()) if (!waiting.has(task)) leaves.add(task);
    this.leaves = leaves;
    this.#addCircles(waiting, leaves);
  }

  /** The chains of tasks that wait for `task`, the farthest first, without itself: one per way up to a task that nobody waits for. At least one, which may be empty. */
  chainsTo(task: Task): readonly (readonly Task[])[] {
    const chains: Task[][] = [];
    const below: Task[] = [];
    const climb = (at: Task): void => {
      if (chains.length >= maxPaths) return;
      let isTop = true;
      if (below.length < maxChain) {
        below.push(at);
        for (const address of at.awaitedBy) {
          const waiter = this.#tasks.get(address);
          if (waiter === undefined || below.includes(waiter)) continue;
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

  #addCircles(waiting: ReadonlySet<Task>, leaves: Set<Task>): void {
    const reached = new Set<Task>();
    const reach = (from: Iterable<Task>): void => {
      const next = [...from];
      for (let task = next.pop(); task !== undefined; task = next.pop()) {
        if (reached.has(task)) continue;
        reached.add(task);
        for (const address of task.awaitedBy) {
          const waiter = this.#tasks.get(address);
          if (waiter !== undefined) next.push(waiter);
        }
      }
    };
    reach(leaves);
    if (reached.size === this.#tasks.size) return;
    const unreached = [...waiting].filter((task) => !reached.has(task));
    for (const task of unreached) if (this.#isInCircle(task)) leaves.add(task);
  }

  #isInCircle(task: Task): boolean {
    const seen = new Set<Task>();
    const next: Task[] = [task];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      for (const address of at.awaitedBy) {
        const waiter = this.#tasks.get(address);
        if (waiter === task) return true;
        if (waiter === undefined || seen.has(waiter)) continue;
        seen.add(waiter);
        next.push(waiter);
      }
    }
    return false;
  }
}
