import type { Address } from "../../base/units.ts";
import type { WhereCircle, WhereTask } from "../where.ts";
import { knots } from "./knots.ts";

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
