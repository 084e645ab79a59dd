import type { Nanoseconds } from "../../base/units.ts";
import { Known, NONE, type StackIndex } from "../../profile/tables.ts";
import { knownNamed, stateNamed } from "../sample-intervals.ts";
import { taskCategory } from "./task-lanes.ts";
import { Phase, type TraceEvents } from "./trace-events.ts";

/** What was open from `start` to `end`, and nothing else. */
export interface Slice {
  readonly start: Nanoseconds;
  readonly end: Nanoseconds;
  readonly stack: StackIndex;
  readonly state: number;
  readonly known: Known;
}

interface OpenSlice {
  readonly stack: StackIndex;
  /** Of a complete event; null where an end will be told. */
  readonly end: Nanoseconds | null;
}

/** Indices of the events of each thread, in the order of time; what starts at the same time stays in the file's order, the longest first. */
export function eventsByThread({ length, thread, time, duration, phase, threads }: TraceEvents): readonly Int32Array[] {
  const counts = new Int32Array(threads.length);
  for (let at = 0; at < length; at++) counts[thread[at]!]! += 1;
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let at = 0; at < length; at++) lists[thread[at]!]![counts[thread[at]!]!++] = at;
  const isOrdered = (list: Int32Array): boolean => {
    for (let at = 1; at < list.length; at++) if (order(list[at - 1]!, list[at]!) > 0) return false;
    return true;
  };
  const order = (a: number, b: number): number => {
    const isBothComplete = phase[a] === Phase.complete && phase[b] === Phase.complete;
    return time[a]! - time[b]! || (isBothComplete ? duration[b]! - duration[a]! : 0) || a - b;
  };
  for (const list of lists) if (!isOrdered(list)) list.sort(order);
  return lists;
}

export interface SlicesOptions {
  /** Makes a stack of its parent and an event's place. */
  readonly push: (parent: StackIndex, place: number) => StackIndex;
  /** Asynchronous slices say of samples what tracks of ours say. */
  readonly hasTracks: boolean;
}

/** Time while nothing was open is left out. */
export function* slicesOf(events: TraceEvents, list: Int32Array, { push, hasTracks }: SlicesOptions): Generator<Slice> {
  const open: OpenSlice[] = [];
  let last: Nanoseconds | null = null;
  let state = 0;
  let known: Known | null = null;
  const isOfTask = (event: number): boolean => {
    const isAsync = events.phase[event] === Phase.asyncBegin || events.phase[event] === Phase.asyncEnd;
    return isAsync && events.places[events.place[event]!]!.category === taskCategory;
  };
  // Up to `to`, nothing changes.
  const slice = (to: Nanoseconds): Slice | null => {
    const start = last;
    last = Math.max(last ?? to, to);
    const stack = open.at(-1)?.stack ?? NONE;
    if (start === null || to <= start || (stack === NONE && known === null)) return null;
    return { start, end: to, stack, state, known: known ?? Known.unchecked };
  };
  for (const event of list) {
    // What tasks did is told beside what their thread did.
    if (hasTracks && isOfTask(event)) continue;
    const time = events.time[event]!;
    for (let top = open.at(-1); top !== undefined && top.end !== null && top.end <= time; top = open.at(-1)) {
      const ended = slice(top.end);
      if (ended !== null) yield ended;
      open.pop();
    }
    const before = slice(time);
    if (before !== null) yield before;
    const phase = events.phase[event]!;
    const place = events.place[event]!;
    if (phase === Phase.end) {
      open.pop();
    } else if (phase === Phase.begin || phase === Phase.complete) {
      const parent = open.at(-1);
      const end = phase === Phase.begin ? null : time + events.duration[event]!;
      // What does not end within what it is in is cut there.
      const within = parent?.end ?? Infinity;
      open.push({ stack: push(parent?.stack ?? NONE, place), end: end === null ? null : Math.min(end, within) });
    } else if (hasTracks) {
      const { name } = events.places[place]!;
      const isBegin = phase === Phase.asyncBegin;
      const bits = stateNamed(name);
      if (bits !== null) state = isBegin ? state | bits : state & ~bits;
      else if (knownNamed(name) !== null) known = isBegin ? knownNamed(name) : null;
    }
  }
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const ended = top.end === null ? null : slice(top.end);
    if (ended !== null) yield ended;
    open.pop();
  }
}
