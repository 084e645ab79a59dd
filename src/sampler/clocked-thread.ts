import type { Nanoseconds } from "../base/units.ts";
import type { ThreadActivity } from "../os/thread-activity.ts";
import type { SampleIndex } from "../profile/tables.ts";
import type { CopyListener, ThreadClock } from "./capture/kernel/clock/thread-clock.ts";
import type { KernelSource, KernelTarget } from "./capture/kernel/kernel-source.ts";
import { UNKNOWN_CPU } from "./capture/kernel/kernel-threads.ts";
import type { ThreadTimes } from "./capture/kernel/thread-times.ts";
import { ClockAccount } from "./clock-account.ts";
import type { SampleBuffer } from "./sample-buffer.ts";

const noRow: { readonly row: SampleIndex; readonly generation: number; readonly cpu: Nanoseconds } = { row: -1, generation: -1, cpu: 0 };

/** What the rows of a thread are made of that has a clock of its own, and what they weigh. */
export class ClockedThread {
  readonly #clock: ThreadClock;
  readonly #account: ClockAccount;
  readonly #activity: ThreadActivity;
  readonly #times: ThreadTimes;
  readonly #samples: SampleBuffer;
  /** The last row in the buffer that found it on a CPU, and off. */
  #lastOn = noRow;
  #lastOff = noRow;

  /** Null: this session has no clocks, or this thread can have none. */
  static start(
    source: KernelSource | null,
    target: KernelTarget,
    activity: ThreadActivity | null,
    times: ThreadTimes | null,
    samples: SampleBuffer,
    listener: CopyListener,
  ): ClockedThread | null {
    if (source === null || source.clock === null || activity === null || times === null) return null;
    const clock = source.startClock(target, times.row, listener);
    return clock === null ? null : new ClockedThread(clock, activity, times, samples);
  }

  private constructor(clock: ThreadClock, activity: ThreadActivity, times: ThreadTimes, samples: SampleBuffer) {
    this.#clock = clock;
    this.#account = new ClockAccount();
    this.#activity = activity;
    this.#times = times;
    this.#samples = samples;
  }

  /** The thread is new: what it used before its first round counts, too. */
  countFromBirth(): void {
    this.#account.count(0, 0);
  }

  /** At each round, after `activity.look()`: so much time went by. */
  count(wall: Nanoseconds): void {
    this.#account.count(wall, this.#times.cpuTime(this.#activity));
    this.#clock.changePeriod();
  }

  /** As of the last look at it. */
  isOnCpu(waitsForCpu: boolean): boolean {
    return this.#activity.isRunning && !waitsForCpu;
  }

  /** It is on a CPU, where its clock copies it: a round need not, once the kernel's account has seen it. */
  isCopying(waitsForCpu: boolean): boolean {
    return this.isOnCpu(waitsForCpu) && this.#times.row.cpu !== UNKNOWN_CPU;
  }

  /** What a row weighs that stands for so many copies. */
  weighCopies(copies: number): Nanoseconds {
    return this.#account.weighOnCpu(this.#clock.period * copies);
  }

  /** And one that is made of what a round found. */
  weighLook(waitsForCpu: boolean): Nanoseconds {
    return this.isOnCpu(waitsForCpu) ? this.weighCopies(1) : this.#account.weighOffCpu();
  }

  /** A row was added that has so much CPU time. */
  added(row: SampleIndex, cpu: Nanoseconds): void {
    this.#samples.charge(row, 0, cpu);
    const last = { row, generation: this.#samples.generation, cpu };
    if (cpu > 0) this.#lastOn = last;
    else this.#lastOff = last;
  }

  /** No further sample comes, and so much time went by: what is left goes to the last ones, if they are still here, and they give back what they had too much. */
  settle(wall: Nanoseconds): void {
    this.#activity.look();
    this.count(wall);
    const { onCpu, offCpu } = this.#account.takeRest(this.#lastOn.cpu);
    const { generation } = this.#samples;
    if (this.#lastOn.generation === generation) this.#samples.charge(this.#lastOn.row, onCpu, onCpu);
    if (this.#lastOff.generation === generation) this.#samples.charge(this.#lastOff.row, offCpu, 0);
  }

  close(): void {
    this.#clock.close();
  }

  /** Another thread state shows up for the same thread: the clock is for one alone, and cannot tell which of them is in use. Rounds can. */
  giveUp(): null {
    this.close();
    return null;
  }
}
