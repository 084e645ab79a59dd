import { LynceusError } from "../base/errors.ts";
import type { Nanoseconds } from "../base/units.ts";
import type { BlockBuilder } from "../profile/block-builder.ts";
import type { Mode } from "../profile/sample-filter.ts";
import { type Block, FunctionKind, type Known, type StackIndex, State, type ThreadIndex } from "../profile/tables.ts";

/** Samples that a file has a number and a sum of. */
export interface ForeignSamples {
  readonly thread: ThreadIndex;
  readonly stack: StackIndex;
  readonly count: number;
  readonly wall: Nanoseconds;
  /** 0 where the file does not say that it was on a CPU. */
  readonly cpu: Nanoseconds;
  /** Bits of `State`, as far as the file tells. */
  readonly state: number;
  readonly known: Known;
}

const samplesPerBlock = 8192;
/** A file with more samples than this gets one for each of its rows. */
export const mostSpread: number = 2 ** 22;

/**
 * Blocks of a file that has no times: a thread's samples are laid end to end, and share their sum. `isSpread`: as many as
 * were counted. Throws `bad-recording` when the times of a thread add up to more than a recording holds.
 */
export function* blocksOfForeign(builder: BlockBuilder, rows: Iterable<ForeignSamples>, isSpread: boolean, duration: Nanoseconds): Generator<Block> {
  const times: Nanoseconds[] = [];
  let last: Nanoseconds = 0;
  for (const { thread, stack, count, wall, cpu, state, known } of rows) {
    const number = isSpread ? Math.max(1, count) : 1;
    for (let left = number; left > 0; left--) {
      const share = shareOf(wall, number, left);
      const time = (times[thread] ?? 0) + share;
      if (!Number.isSafeInteger(time)) throw new LynceusError("bad-recording", "the times add up to more than 104 days");
      times[thread] = time;
      last = Math.max(last, time);
      builder.sample({ time, thread, stack, wall: share, cpu: shareOf(cpu, number, left), state, known });
      if (builder.sampleCount >= samplesPerBlock) yield builder.take();
    }
  }
  yield builder.take({ duration: duration > 0 ? duration : last, reason: "" });
}

/** What falls to one of `number`, of which `left` have had none yet, so that nothing is lost to rounding. */
function shareOf(sum: number, number: number, left: number): number {
  if (number === 1) return sum;
  const upTo = (done: number): number => Math.floor((sum / number) * done);
  return (left === 1 ? sum : upTo(number - left + 1)) - upTo(number - left);
}

/** What a function is, told by its name and file alone. */
export function foreignKind(name: string, file: string): FunctionKind {
  // "(unproved)": what Lynceus has to say is in parentheses, as a whole.
  if (file === "") return /^\(.*\)$/.test(name) ? FunctionKind.marker : FunctionKind.python;
  return /(?:\.pyx?|\.pyw|>)$/.test(file) ? FunctionKind.python : FunctionKind.native;
}

/**
 * Keeps count of the frames of all samples, since each byte of a file may stand for hundreds. Throws `bad-recording` for more than any
 * program has: deeper than recursion goes, more different stacks than memory holds, or more work than anybody waits for.
 */
export class FrameLimit {
  static readonly deepest: number = 2 ** 17;
  #total = 0;

  check(depth: number, stack: StackIndex): void {
    this.#total += depth;
    if (depth > FrameLimit.deepest || stack >= 2 ** 24 || this.#total > 2 ** 27) throw new LynceusError("bad-recording", "the file has too many frames");
  }
}

/** A line, or a column, as it is counted: 0 for one that cannot be. */
export function foreignLine(line: number): number {
  return line > 0 && line < 2 ** 31 ? line : 0;
}

/** What is known of every sample of a file that has only those on a CPU, or only those with the GIL. */
export function stateOfMode(mode: Mode): number {
  return mode === "cpu" ? State.onCpu : mode === "gil" ? State.holdsGil : 0;
}

/** The bits of `State` in words, "onCpu,holdsGil", for formats with room for words; and back, as far as they are known. */
export function stateWords(state: number): string {
  return Object.entries(State)
    .filter(([, bit]) => (state & bit) !== 0)
    .map(([name]) => name)
    .join(",");
}

export function stateFromWords(words: string): number {
  const names = words.split(",");
  return Object.entries(State).reduce((state, [name, bit]) => (names.includes(name) ? state | bit : state), 0);
}

/** How many nanoseconds are in a unit, as pprof and OpenTelemetry write units; null when it is none of time. */
export function unitOfTime(unit: string): Nanoseconds | null {
  return timeUnits.get(unit) ?? null;
}

const timeUnits: ReadonlyMap<string, Nanoseconds> = new Map([
  ["nanoseconds", 1],
  ["nanosecond", 1],
  ["ns", 1],
  ["microseconds", 1e3],
  ["us", 1e3],
  ["milliseconds", 1e6],
  ["ms", 1e6],
  ["seconds", 1e9],
  ["s", 1e9],
]);

/** Refuses, in the words of every format, what is no profile of time. */
export function noTimes(what: string): LynceusError {
  return new LynceusError("bad-recording", `this is a profile of ${what}, not of time, and cannot be read`);
}
