import type { Address, Seconds } from "../../base/units.ts";
import type { Awaited } from "../../cpython/tasks/found-task.ts";
import type { SeenTask } from "./seen-task.ts";

/**
 * What the frames of waiting tasks stand in: `SeenTask.entered`. Who sleeps needs no timeout, and only where some wait for a lock that does not know
 * who has it does it matter who else holds one. What it rests on is noted, to be proved with the rest.
 */
export function noteEntered(tasks: Iterable<SeenTask>): void {
  const all = [...tasks];
  const isHolderWanted = all.some(({ found }) => found?.waitsFor?.kind === "lock" && found.waitsFor.heldBy === undefined);
  for (const task of all) {
    const { isStale, found } = task;
    if (isStale || found === null) continue;
    const isWanted = isHolderWanted ? found.state === "waiting" || found.state === "ready" : found.state === "waiting" && found.waitsFor?.kind !== "sleep";
    if (!isWanted) continue;
    task.entered ??= task.from.reader.entered?.(task.print, found.stack) ?? { locks: [], until: null };
  }
}

/** Who holds which lock; 0 where two seem to: one of them has let go of it by hand. */
export function findHolders(tasks: Iterable<SeenTask>): ReadonlyMap<Address, Address> {
  const holders = new Map<Address, Address>();
  for (const { address, entered, isStale } of tasks) {
    for (const lock of isStale ? [] : new Set(entered?.locks)) holders.set(lock, holders.has(lock) ? 0 : address);
  }
  return holders;
}

/** What a task waits for, with what its frames, and those of others, tell beside. */
export function withEntered(awaited: Awaited, { entered }: SeenTask, holders: ReadonlyMap<Address, Address>): Awaited {
  const holder = awaited.kind === "lock" ? (holders.get(awaited.object) ?? 0) : 0;
  const ends: readonly Seconds[] = [awaited.until, entered?.until].flatMap((end) => end ?? []);
  return { ...awaited, ...(holder !== 0 && { heldBy: holder }), ...(ends.length > 0 && { until: Math.min(...ends) }) };
}
