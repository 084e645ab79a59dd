import type { Address } from "../../base/units.ts";
import type { Awaited } from "../../cpython/tasks/found-task.ts";
import type { SeenTask } from "./seen-task.ts";

/**
 * Where some wait for a lock that does not know who has it, the frames of the others may tell: `SeenTask.held`. What they tell is
 * noted, to be proved with the rest.
 */
export function noteHeldLocks(tasks: Iterable<SeenTask>): void {
  const all = [...tasks];
  if (!all.some(({ found }) => found?.waitsFor?.kind === "lock" && found.waitsFor.heldBy === undefined)) return;
  for (const task of all) if (!task.isStale && task.found !== null) task.held ??= task.from.reader.heldLocks?.(task.print, task.found.stack) ?? [];
}

/** Who holds which lock; 0 where two seem to: one of them has let go of it by hand. */
export function findHolders(tasks: Iterable<SeenTask>): ReadonlyMap<Address, Address> {
  const holders = new Map<Address, Address>();
  for (const { address, held, isStale } of tasks) {
    for (const lock of isStale ? [] : new Set(held)) holders.set(lock, holders.has(lock) ? 0 : address);
  }
  return holders;
}

export function heldBy({ kind, object }: Awaited, holders: ReadonlyMap<Address, Address>): Pick<Awaited, "heldBy"> {
  const holder = kind === "lock" ? (holders.get(object) ?? 0) : 0;
  return holder === 0 ? {} : { heldBy: holder };
}
