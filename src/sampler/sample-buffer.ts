import type { Nanoseconds } from "../base/units.ts";
import { longerSamples, newSampleColumns, takenSamples } from "../profile/sample-columns.ts";
import { Known, NONE, State, type SampleColumns, type SampleIndex, type StackIndex, type TaskIndex, type ThreadIndex } from "../profile/tables.ts";

/** The samples since the last block. Columns grow and are copied out when taken. */
export class SampleBuffer {
  length = 0;
  /** How often rows were taken away: an index is only good while this stays the same. */
  generation = 0;
  #columns = newSampleColumns(1024);
  /** The row before of the same thread, or -1: to go back over what a thread did since the kernel last counted its time. */
  #before = new Int32Array(1024);

  push(time: Nanoseconds, thread: ThreadIndex, stack: StackIndex, wall: Nanoseconds, state: number, known: Known, before: SampleIndex): SampleIndex {
    const index = this.length++;
    if (index === this.#before.length) this.#grow();
    const columns = this.#columns;
    columns.time[index] = time;
    columns.thread[index] = thread;
    columns.stack[index] = stack;
    columns.wall[index] = wall;
    columns.cpu[index] = 0;
    columns.state[index] = state;
    columns.known[index] = known;
    columns.task[index] = NONE;
    columns.sharedOut[index] = 0;
    this.#before[index] = before;
    return index;
  }

  /** `task` ran on the thread at that sample, or NONE did; `sharedOut` of its wall time is told as waits of others. */
  setTask(index: SampleIndex, task: TaskIndex, sharedOut: Nanoseconds): void {
    this.#columns.task[index] = task;
    this.#columns.sharedOut[index] = sharedOut;
  }

  /** Adds to what a row weighs. */
  charge(index: SampleIndex, wall: Nanoseconds, cpu: Nanoseconds): void {
    this.#columns.wall[index]! += wall;
    this.#columns.cpu[index]! += cpu;
  }

  /**
   * Charges `cpu` that the kernel has counted for a thread since it last did so, `count` of its samples ago, to those of
   * them that saw it running, each by its wall time. What is more than they can have used goes to the last. Returns
   * what could not be charged because none saw it running.
   *
   * The kernel counts at timer ticks, every 1 to 10 ms: without this only the sample after a tick would weigh anything.
   */
  chargeCpu(last: SampleIndex, count: number, cpu: Nanoseconds): Nanoseconds {
    const { wall, state, cpu: charged } = this.#columns;
    let running = 0;
    let newest = NONE;
    for (let index = last, left = count; index >= 0 && left > 0; index = this.#before[index]!, left--) {
      if (!(state[index]! & State.onCpu)) continue;
      running += wall[index]!;
      if (newest === NONE) newest = index;
    }
    if (newest === NONE) return cpu;
    let rest = cpu;
    const share = running > 0 ? Math.min(1, cpu / running) : 0;
    for (let index = last, left = count; index >= 0 && left > 0; index = this.#before[index]!, left--) {
      if (!(state[index]! & State.onCpu)) continue;
      const part = Math.floor(wall[index]! * share);
      charged[index] = charged[index]! + part;
      rest -= part;
    }
    charged[newest] = charged[newest]! + rest;
    return 0;
  }

  /** True when there is a row from `first` on, and the whole stack of each is known for sure. */
  isProvedFrom(first: SampleIndex): boolean {
    for (let index = first; index < this.length; index++) if (this.#columns.known[index]! > Known.paused) return false;
    return this.length > first;
  }

  /**
   * Takes back what the rows of some threads from `first` on say: `corrected` tells, for each stack, what can still be
   * said, or that it stands. Returns how many rows changed, by how they were known.
   */
  correct(first: SampleIndex, threads: ReadonlySet<ThreadIndex>, corrected: (stack: StackIndex) => StackIndex): number[] {
    const { thread, stack, known } = this.#columns;
    const changed = [0, 0, 0, 0, 0];
    for (let index = first; index < this.length; index++) {
      if (!threads.has(thread[index]!)) continue;
      const now = corrected(stack[index]!);
      if (now === stack[index]) continue;
      stack[index] = now;
      changed[known[index]!]!++;
      known[index] = Known.partial;
    }
    return changed;
  }

  take(): SampleColumns {
    const { length } = this;
    this.length = 0;
    this.generation++;
    return takenSamples(this.#columns, length);
  }

  #grow(): void {
    const size = this.#before.length * 2;
    this.#columns = longerSamples(this.#columns, size);
    const before = new Int32Array(size);
    before.set(this.#before);
    this.#before = before;
  }
}
