import type { Address } from "../../base/units.ts";
import type { WhereCircle, WhereTask } from "../where.ts";

type Task = Pick<WhereTask, "id" | "kind" | "state" | "awaitedBy" | "waitsFor" | "frames">;

/**
 * Circles of tasks that wait for each other: one of each knot of them, a shortest one, in the order of `tasks`. What waits for a circle from
 * outside is no part of it.
 */
export function findCircles(tasks: readonly Task[]): WhereCircle[] {
  const numbers = new Map(tasks.map(({ id }, number) => [id, number]));
  const next = successors(tasks, numbers);
  const circles: WhereCircle[] = [];
  for (const knot of knots(next)) {
    const circle = shortestCircle(next, knot);
    const members = circle.map((number) => tasks[number]!);
    circles.push({ tasks: members.map(({ id }) => id), exits: members.flatMap(exitsOf) });
  }
  return circles;
}

/** For each task, by number, those that it waits for. One that could go on at once waits for nobody. */
function successors(tasks: readonly Task[], numbers: ReadonlyMap<Address, number>): readonly (readonly number[])[] {
  const next = tasks.map(() => new Set<number>());
  const add = (from: number | undefined, to: number | undefined): void => {
    if (from !== undefined && to !== undefined && tasks[from]!.state === "waiting" && tasks[to]!.state !== "finished") next[from]!.add(to);
  };
  for (const [number, { awaitedBy, waitsFor }] of tasks.entries()) {
    for (const waiter of awaitedBy) add(numbers.get(waiter), number);
    if (waitsFor?.kind === "task") add(number, numbers.get(waitsFor.object));
    if (waitsFor?.heldBy !== undefined) add(number, numbers.get(waitsFor.heldBy));
  }
  return next.map((some) => [...some]);
}

/**
 * Strongly connected components that have a circle, as sets of numbers, in ascending order of their first. Tarjan's algorithm, with a stack of its own:
 * tasks may wait for each other in a line of ten thousand.
 */
function knots(next: readonly (readonly number[])[]): ReadonlySet<number>[] {
  const found: Set<number>[] = [];
  const order = new Int32Array(next.length).fill(-1);
  const low = new Int32Array(next.length);
  const isOpen = new Uint8Array(next.length);
  const open: number[] = [];
  let count = 0;
  for (let start = 0; start < next.length; start++) {
    if (order[start] !== -1) continue;
    const path: { readonly at: number; child: number }[] = [{ at: start, child: 0 }];
    while (path.length > 0) {
      const top = path.at(-1)!;
      const { at } = top;
      if (top.child === 0) {
        order[at] = low[at] = count++;
        open.push(at);
        isOpen[at] = 1;
      }
      const child = next[at]![top.child++];
      if (child !== undefined) {
        if (order[child] === -1) path.push({ at: child, child: 0 });
        else if (isOpen[child] === 1) low[at] = Math.min(low[at]!, order[child]!);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) low[below.at] = Math.min(low[below.at]!, low[at]!);
      if (low[at] !== order[at]) continue;
      const members = open.splice(open.lastIndexOf(at));
      for (const member of members) isOpen[member] = 0;
      if (members.length > 1 || next[at]!.includes(at)) found.push(new Set(members));
    }
  }
  return found.toSorted((a, b) => Math.min(...a) - Math.min(...b));
}

/** From the first of the knot back to it, in as few steps as there are. */
function shortestCircle(next: readonly (readonly number[])[], knot: ReadonlySet<number>): number[] {
  const first = [...knot].reduce((a, b) => Math.min(a, b));
  const cameFrom = new Map<number, number>();
  const queue = [first];
  for (let head = 0; head < queue.length; head++) {
    const at = queue[head]!;
    for (const child of next[at]!) {
      if (child === first) {
        const circle = [at];
        for (let before = at; before !== first;) circle.push((before = cameFrom.get(before)!));
        return circle.toReversed();
      }
      if (!knot.has(child) || cameFrom.has(child)) continue;
      cameFrom.set(child, at);
      queue.push(child);
    }
  }
  return [first];
}

/** asyncio's own functions, by which a task waits for the first of several, or not for ever (Lib/asyncio/tasks.py). */
const firstOfSeveral = /(?:^|\.)(?:_wait|_wait_for_one|_wait_for_one_helper)$/;
const withTimeout = /(?:^|\.)wait_for$/;

function exitsOf({ id, kind, frames, waitsFor }: Task): WhereCircle["exits"][number][] {
  if (waitsFor !== null && waitsFor.left !== null) return [{ task: id, why: "timeout" }];
  if (kind !== "asyncio") return [];
  const own = frames.filter(({ file }) => file.endsWith("asyncio/tasks.py")).map(({ name }) => name);
  if (own.some((name) => withTimeout.test(name))) return [{ task: id, why: "timeout" }];
  return own.some((name) => firstOfSeveral.test(name)) ? [{ task: id, why: "first-of-several" }] : [];
}
