import type { Address, Nanoseconds, Pid, Tid } from "../base/units.ts";
import { monotonicNow, sleepUntil } from "./clock.ts";
import { ContinueTimer } from "./continue-timer.ts";
import { addressOf, declare, errno, errorNumbers } from "./libc.ts";
import { readStat } from "./processes.ts";

const ptrace = declare<(request: number, tid: Tid, address: Address, data: number) => number>(
  "long ptrace(int request, int tid, uintptr_t address, uintptr_t data)",
);
const PTRACE_DETACH = 17;
const PTRACE_SEIZE = 0x4206;
const PTRACE_INTERRUPT = 0x4207;

const waitid = declare<(kind: number, id: Tid, info: Address, options: number) => number>("int waitid(int kind, int id, uintptr_t info, int options)");
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x0100_0000;
/** Only what this very thread of ours traces: never a child that Node started. */
const WNOTHREAD = 0x2000_0000;
/** Threads, too. */
const WALL = 0x4000_0000;

/** siginfo_t: words 2 to 6 are the code, padding, the thread, its user, the status. Word 4 is 0 as long as there is nothing to tell. */
const info = new Int32Array(32);
const infoAddress = addressOf(info.buffer);
const CODE = 2;
const TID = 4;
const STATUS = 6;
/** CLD_TRAPPED, CLD_STOPPED. Other codes are ends. */
const isStop = (code: number): boolean => code === 4 || code === 5;

/** A thread on a CPU takes 10 to 50 us to stop. So long we ask without sleep: waking us would take longer than that. */
const spinTime: Nanoseconds = 80_000;
/** One that waits for a CPU may take much longer. Then it is left alone as soon as it has stopped. */
const patience: Nanoseconds = 3e6;
const pollPause: Nanoseconds = 20_000;
/** When somebody stops us while a thread stands: it runs again after this time. */
const longestStop: Nanoseconds = 10e6;

/** What came of a pause. */
export const Pause = {
  /** The thread stood still, and runs again. */
  done: 0,
  /** It has ended, or is about to. */
  gone: 1,
  /** It did not stop in time, or an earlier one has not yet, or we are about to be stopped ourselves. */
  late: 2,
  /** We may not: somebody else traces it, or a rule forbids it. */
  refused: 3,
} as const;
export type Pause = (typeof Pause)[keyof typeof Pause];

/**
 * Stops one thread of another process for as long as a function of ours takes: ptrace(2).
 *
 *   SEIZE, INTERRUPT, wait until it stands, look, DETACH with the signal that it was about to get, if any
 *
 * It is a tracee only for that time. So between pauses it gets its signals without us, may be stopped and continued, execs,
 * forks and ends as ever, and a debugger may have it. All its stops are left by DETACH, which puts the thread where it would be
 * without us: a signal is delivered, a stop by a signal (a group stop) goes on.
 *
 * The kernel detaches what a thread of ours traces when that thread ends, however it ends: killed, out of memory, an
 * exception. When we are merely stopped, `ContinueTimer` lets us first finish.
 *
 * The tracer is a thread, not a process: use a pauser only in the thread that made it. One at a time: a tracee that has to be
 * waited for may keep an execve(2) of its process waiting, and that in turn the next SEIZE.
 */
export class ThreadPauser {
  /** So long threads stood, all in all: each from the last look that found it running. */
  time: Nanoseconds = 0;
  /** What is still ours: asked to stop, and has not yet; 0 for none. */
  #tid: Tid = 0;
  #pid: Pid = 0;
  /** It was not seen to stand at this time. */
  #ranAt: Nanoseconds = 0;
  readonly #timer = new ContinueTimer(longestStop);

  get isWaiting(): boolean {
    return this.#tid !== 0;
  }

  pause(pid: Pid, tid: Tid, look: () => void): Pause {
    if (!this.settle()) return Pause.late;
    this.#ranAt = monotonicNow();
    if (!this.#timer.start()) return Pause.late;
    if (ptrace(PTRACE_SEIZE, tid, 0, 0) !== 0) {
      const reason = errno();
      this.#timer.stop();
      return reason === errorNumbers["ESRCH"] ? Pause.gone : Pause.refused;
    }
    this.#pid = pid;
    this.#tid = tid;
    let found: Found = Found.nothing;
    try {
      // When this fails it is about to end, and the wait will tell.
      ptrace(PTRACE_INTERRUPT, tid, 0, 0);
      found = this.#await();
      if (found === Found.stop) look();
    } finally {
      this.#release(found);
    }
    return found === Found.stop ? Pause.done : found === Found.nothing ? Pause.late : Pause.gone;
  }

  /** Lets go of what did not stop in time, once it has. False: not yet; ask again within a millisecond. */
  settle(): boolean {
    if (this.#tid === 0) return true;
    this.#timer.extend();
    const now = monotonicNow();
    const found = this.#find();
    if (found === Found.nothing) this.#ranAt = now;
    this.#release(found);
    return this.#tid === 0;
  }

  /** What has not stopped by now is let go when this thread of ours ends. */
  close(): void {
    this.settle();
    this.#timer.close();
  }

  #await(): Found {
    const start = this.#ranAt;
    for (let now = start; ; now = monotonicNow()) {
      const found = this.#find();
      if (found !== Found.nothing) return found;
      this.#ranAt = now;
      if (now > start + patience) return found;
      if (now > start + spinTime) sleepUntil(now + pollPause);
    }
  }

  /** Only looks: the status stays for those that it is for. */
  #find(): Found {
    info[TID] = 0;
    if (waitid(P_PID, this.#tid, infoAddress, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | WALL | WNOTHREAD) !== 0) {
      if (this.#tid === this.#pid) return Found.stranger;
      // A thread that executes another program takes the id of its process, and is ours still.
      this.#tid = this.#pid;
      return this.#find();
    }
    if (info[TID] === 0) return Found.nothing;
    return isStop(info[CODE]!) ? Found.stop : Found.end;
  }

  #release(found: Found): void {
    const now = found === Found.stop && !this.#detach() ? this.#find() : found;
    if (now === Found.nothing) return;
    if (found === Found.stop) this.time += monotonicNow() - this.#ranAt;
    if (now === Found.end) this.#reap();
    this.#tid = 0;
    this.#timer.stop();
  }

  /** False when it was killed where it stood. */
  #detach(): boolean {
    const status = info[STATUS]!;
    // With an event in the second byte it is a stop for us or a group stop; without one, a signal is about to be delivered.
    const signal = status >> 8 === 0 ? status & 0x7f : 0;
    return ptrace(PTRACE_DETACH, this.#tid, 0, signal) === 0;
  }

  /**
   * A thread that ended while it was ours waits for us, and its process with it. But how our own child ended is for the one
   * who started it.
   */
  #reap(): void {
    const isOurChild = this.#tid === this.#pid && readStat(this.#pid)?.parent === process.pid;
    if (!isOurChild) waitid(P_PID, this.#tid, infoAddress, WEXITED | WNOHANG | WALL | WNOTHREAD);
  }
}

/** What a look at a tracee finds. `stranger`: we have none: it ended for another thread's execve(2), which took its id. */
const Found = { nothing: 0, stop: 1, end: 2, stranger: 3 } as const;
type Found = (typeof Found)[keyof typeof Found];
