import type { MemoryReader } from "../../base/memory.ts";
import type { Address, Nanoseconds, Tid } from "../../base/units.ts";
import type { Awaited, Entered, FoundTask } from "../../cpython/tasks/found-task.ts";
import { Known, NONE, type StackIndex } from "../../profile/tables.ts";
import type { WhereAwaited } from "../where.ts";
import { Footprint } from "./footprint.ts";
import type { OpenedReader } from "./open-readers.ts";

/** A task, and what its last reading rests on. */
export interface SeenTask {
  readonly address: Address;
  readonly from: OpenedReader;
  readonly print: Footprint;
  found: FoundTask | null;
  stack: StackIndex;
  known: Known;
  tid: Tid;
  /** It must be read again: it was never, or is not what it was. */
  isStale: boolean;
  /** Null: not looked for yet. */
  entered: Entered | null;
}

/** One that was not read yet. */
export function newSeenTask(address: Address, from: OpenedReader, memory: MemoryReader): SeenTask {
  return { address, from, print: new Footprint(memory), found: null, stack: NONE, known: Known.lost, tid: 0, isStale: true, entered: null };
}

/** `now` is null where its clock is another one than ours. */
export function withTimes({ since, until, ...awaited }: Awaited, now: Nanoseconds | null): WhereAwaited {
  const waited = since === undefined || now === null ? null : Math.round(now - since * 1e9);
  const left = until === undefined || now === null ? null : Math.max(0, Math.round(until * 1e9 - now));
  // What lies before the beginning of time, or has not begun, is no time that was read.
  return { ...awaited, waited: waited !== null && waited >= 0 ? waited : null, left: left !== null && Number.isFinite(left) ? left : null };
}
