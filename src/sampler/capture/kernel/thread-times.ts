import type { Nanoseconds, Pid, Tid } from "../../../base/units.ts";
import { monotonicNow } from "../../../os/clock.ts";
import type { ThreadActivity } from "../../../os/thread-activity.ts";
import type { KernelSource } from "./kernel-source.ts";
import { OFF_CPU, UNKNOWN_CPU, type KernelThread } from "./kernel-threads.ts";

/** From the switch that puts us on a CPU to the start of a round. */
const wakingTime: Nanoseconds = 100e3;

/** When one thread runs, by the kernel's account of its switches: exact, where /proc knows what was at the last tick. */
export class ThreadTimes {
  readonly row: KernelThread;
  readonly #source: KernelSource;
  readonly #pid: Pid;
  readonly #tid: Tid;

  /** Null when the kernel does not let us see it, or does not say where it keeps its sums. */
  static open(source: KernelSource | null, pid: Pid, tid: Tid): ThreadTimes | null {
    const row = source?.watch(pid, tid) ?? null;
    return source === null || row === null ? null : new ThreadTimes(source, row, pid, tid);
  }

  private constructor(source: KernelSource, row: KernelThread, pid: Pid, tid: Tid) {
    this.#source = source;
    this.row = row;
    this.#pid = pid;
    this.#tid = tid;
  }

  /** As of the last `cpuTime`: it is right at every moment, not only at ticks of the clock. Not before the thread has been seen leaving a CPU, or was captured. */
  get isExact(): boolean {
    return this.row.isCounted && this.row.cpu !== UNKNOWN_CPU;
  }

  /**
   * CPU time up to now, after `activity.look()`: what the kernel has summed up, and the run that goes on. Not that when the
   * switches differ: then one came in between, or is missing here, and the run may be over.
   */
  cpuTime(activity: ThreadActivity): Nanoseconds {
    const { row } = this;
    if (!this.#look() || !this.isExact) return activity.cpuTime;
    return Math.max(activity.cpuTime, row.switches === activity.switches ? row.cpuTimeAt(monotonicNow()) : row.cpuTime);
  }

  /** It is on no CPU, whether it would run or not. After `activity.look()`, which tells whether a switch is missing here. */
  isOffCpu(activity: ThreadActivity): boolean {
    return this.#look() && this.isExact && this.row.cpu === OFF_CPU && this.row.switches === activity.switches;
  }

  /**
   * It would run, but is on no CPU. `round` began just after we were woken: on a busy machine that takes the CPU of some thread,
   * which is not to count.
   */
  waitsForCpu(activity: ThreadActivity, round: Nanoseconds): boolean {
    return activity.isRunning && this.isOffCpu(activity) && this.row.since < round - wakingTime;
  }

  close(): void {
    this.#source.forget(this.#pid, this.#tid);
  }

  #look(): boolean {
    const { row } = this;
    if (!row.look() || row.cpu === UNKNOWN_CPU) return false;
    if (row.name !== null) this.#source.seen(row);
    return true;
  }
}
