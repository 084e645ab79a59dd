import type { Nanoseconds, Pid } from "../base/units.ts";
import { boottimeNow, monotonicNow, sleepUntil } from "../os/clock.ts";
import { Known, type Block, type QualityRow, type RecordingEnd } from "../profile/tables.ts";
import type { PauseSource } from "./capture/pause/pause-source.ts";
import type { KernelClock } from "./capture/kernel/clock/kernel-clock.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import { ProcessTree } from "./process-tree.ts";
import { Recorder } from "./recorder.ts";
import { Schedule } from "./schedule.ts";
import type { SessionOptions, SessionTotals } from "./session-options.ts";
import type { Moment } from "./round.ts";

const millisecond: Nanoseconds = 1e6;
/** A crash loses what has not been handed over: half a second, or a million samples. */
const blockPause: Nanoseconds = 500 * millisecond;
const maxBlockSamples = 1 << 20;
const housekeepingPause: Nanoseconds = 250 * millisecond;
/** New threads get their names within a few milliseconds of their start. */
const namesPause: Nanoseconds = 10 * millisecond;
/** So often threads are looked at that have a clock of their own: to see what they do while it stands still, and which threads there are. */
const clockRoundPause: Nanoseconds = 20 * millisecond;
/** Never deaf for longer than this, however long the interval. */
const longestSleep: Nanoseconds = 20 * millisecond;

/** What a sampler asks of the world around it. */
export interface SamplerHost {
  /** Null: go on. Else the reason to end. Asked at least every 20 ms. */
  stopReason(): string | null;
  deliver(block: Block, totals: Omit<SessionTotals, "dropped">): void;
}

/**
 * The loop: wait for the deadline, sample, hand over what has gathered. Blocks the thread that it runs in until the
 * session is over; returns why it ended.
 */
export class Sampler {
  readonly tree: ProcessTree;
  readonly #interval: Nanoseconds;
  readonly #notesMemory: boolean;
  readonly #recorder = new Recorder();
  readonly #counts = [0, 0, 0, 0, 0];
  /** Time 0 of the recording: when there was something to sample. */
  #startMonotonic: Nanoseconds = monotonicNow();
  #startBoottime: Nanoseconds = boottimeNow();
  readonly #pause: PauseSource | null;
  /** Null: rounds are all there is. */
  readonly #clock: KernelClock | null;
  #schedule: Schedule;
  #busy: Nanoseconds = 0;
  #shortestRound: Nanoseconds = Number.POSITIVE_INFINITY;
  #longestRound: Nanoseconds = 0;
  #reported: QualityRow = { time: 0, roundsDue: 0, roundsLate: 0, verified: 0, exact: 0, paused: 0, partial: 0, lost: 0, busy: 0 };

  constructor(root: Pid, options: Pick<SessionOptions, "interval" | "processes" | "tasks" | "notesMemory">, sources: CaptureSources) {
    this.#clock = sources.kernel?.clock ?? null;
    this.#interval = this.#clock === null ? options.interval : Math.max(options.interval, clockRoundPause);
    this.#notesMemory = options.notesMemory;
    this.#pause = sources.pause;
    this.tree = new ProcessTree(root, options, this.#recorder, this.#counts, sources);
    this.#schedule = new Schedule(this.#interval, this.#startMonotonic);
  }

  now(): Moment {
    return { boottime: boottimeNow() - this.#startBoottime, monotonic: monotonicNow() };
  }

  /** Looks for an interpreter in the tree until there is one, or `stopReason` says to give up. True when one was found. */
  waitForPython(stopReason: () => string | null): boolean {
    for (;;) {
      this.tree.update(this.now());
      if (this.tree.isSampling) return true;
      if (stopReason() !== null || !this.tree.isRootAlive) return false;
      sleepUntil(monotonicNow() + millisecond);
    }
  }

  run(host: SamplerHost): string {
    this.#startMonotonic = monotonicNow();
    this.#startBoottime = boottimeNow();
    this.#schedule = new Schedule(this.#interval, this.#startMonotonic);
    let nextBlock = this.#startMonotonic + blockPause;
    let nextHousekeeping = 0;
    let nextNames = 0;
    for (;;) {
      const reason = host.stopReason() ?? (this.tree.isSampling || this.tree.isRootAlive ? null : "the program ended");
      if (reason !== null) return this.#end(reason, host);
      const now = this.now();
      // Before threads that have ended are let go.
      this.#clock?.take(now.monotonic);
      this.tree.update(now);
      if (now.monotonic >= this.#schedule.deadline) this.#round(now);
      if (now.monotonic >= nextHousekeeping) {
        this.tree.keepCurrent(now);
        nextHousekeeping = now.monotonic + housekeepingPause;
      }
      if (now.monotonic >= nextNames) {
        this.tree.nameThreads(now);
        nextNames = now.monotonic + namesPause;
      }
      if (now.monotonic >= nextBlock || this.#recorder.samples.length >= maxBlockSamples) {
        this.#deliver(host, null);
        nextBlock = now.monotonic + blockPause;
      }
      this.#pause?.settle();
      const isRestless = this.#pause?.isWaiting === true || this.#clock?.hasNews === true;
      const wake = Math.min(this.#schedule.deadline, now.monotonic + (isRestless ? millisecond : longestSleep));
      if (wake > monotonicNow()) sleepUntil(wake);
    }
  }

  #round(now: Moment): void {
    const weighedTo = this.#schedule.begin(now.monotonic);
    const { boottime, monotonic } = now;
    if (this.#notesMemory) this.tree.noteMemory(boottime);
    const { reached } = this.#schedule;
    this.tree.sample({ boottime, monotonic, weighedTo, reached, firstWeight: weighedTo === this.#startMonotonic ? 0 : this.#interval });
    const busy = monotonicNow() - now.monotonic;
    this.#busy += busy;
    this.#shortestRound = Math.min(this.#shortestRound, busy);
    this.#longestRound = Math.max(this.#longestRound, busy);
  }

  #end(reason: string, host: SamplerHost): string {
    this.#schedule.end(monotonicNow());
    this.tree.settle();
    const duration = monotonicNow() - this.#startMonotonic;
    this.tree.countUnrecorded();
    const { unrecordedCount } = this.tree;
    this.#deliver(host, unrecordedCount === 0 ? { duration, reason } : { duration, reason, unrecorded: unrecordedCount });
    this.tree.close();
    return reason;
  }

  #deliver(host: SamplerHost, end: RecordingEnd | null): void {
    const now = this.now();
    this.tree.keepCurrent(now);
    this.tree.settleTasks(now);
    const total: QualityRow = {
      time: now.boottime,
      roundsDue: this.#clock === null ? this.#schedule.due : this.#schedule.late + this.#clock.rounds + this.#clock.fullCount,
      roundsLate: this.#schedule.late + (this.#clock?.fullCount ?? 0),
      verified: this.#counts[Known.verified]!,
      exact: this.#counts[Known.exact]!,
      paused: this.#counts[Known.paused]!,
      partial: this.#counts[Known.partial]!,
      lost: this.#counts[Known.lost]!,
      busy: this.#busy,
    };
    const row = difference(total, this.#reported);
    this.#reported = total;
    const { time: _time, ...counts } = total;
    host.deliver(this.#recorder.takeBlock([row], end), {
      ...counts,
      shortestRound: Math.min(this.#shortestRound, this.#longestRound),
      longestRound: this.#longestRound,
      duration: now.monotonic - this.#startMonotonic,
      samples: this.#counts.reduce((sum, count) => sum + count, 0),
      processes: this.tree.sampledCount,
      unrecorded: this.tree.unrecordedCount,
      threads: this.tree.maxThreads,
    });
  }
}

/** `time` stays as it is in `after`. */
function difference(after: QualityRow, before: QualityRow): QualityRow {
  return {
    time: after.time,
    roundsDue: after.roundsDue - before.roundsDue,
    roundsLate: after.roundsLate - before.roundsLate,
    verified: after.verified - before.verified,
    exact: after.exact - before.exact,
    paused: after.paused - before.paused,
    partial: after.partial - before.partial,
    lost: after.lost - before.lost,
    busy: after.busy - before.busy,
  };
}
