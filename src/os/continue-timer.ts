import type { Nanoseconds } from "../base/units.ts";
import { monotonicNow } from "./clock.ts";
import { addressOf, declare } from "./libc.ts";
import { readText } from "./read-text.ts";

/** Timers by number: older C libraries have them in a library of its own. x86-64. */
const syscall = declare<(number: number, first: number, second: number, third: number, fourth: number) => number>(
  "long syscall(long number, uintptr_t first, uintptr_t second, uintptr_t third, uintptr_t fourth)",
);
const SYS_timer_create = 222;
const SYS_timer_settime = 223;
const SYS_timer_delete = 226;
const CLOCK_MONOTONIC = 1;
/** Of this thread of ours alone. */
const sigprocmask = declare<(how: number, set: number, old: number) => number>("int sigprocmask(int how, uintptr_t set, uintptr_t old)");
const SIG_BLOCK = 0;
const sigpending = declare<(set: number) => number>("int sigpending(uintptr_t set)");
const raise = declare<(signal: number) => number>("int raise(int signal)");
const SIGCONT = 18;
const SIGSTOP = 19;
const timers = 4;
/** Each runs out after so many times what the one before takes. */
const stretch = 5;
/** From the first sight of a stop to the next SIGCONT: whoever is to handle it has done so. */
const settlingTime: Nanoseconds = 100e6;
const continueBit: number = 1 << (SIGCONT - 1);

/** SIGSTOP, SIGTSTP, SIGTTIN and SIGTTOU, which no thread of ours has taken yet. */
function isStopPending(): boolean {
  const pending = /^ShdPnd:\s*\w*(\w{8})$/m.exec(readText("/proc/self/status"))?.[1] ?? "0";
  return (Number.parseInt(pending, 16) & (0b1111 << (SIGSTOP - 1))) !== 0;
}

/**
 * Puts off a stop of our own process (SIGSTOP, Ctrl-Z) that comes at a bad moment, between `start` and `stop`.
 *
 * Timers of the kernel send us SIGCONT; they run out while the whole process is stopped, and SIGCONT wakes it. There are
 * several, for a stop that comes when the first has run out already, on a machine that has no time for us; one that is set
 * to repeat itself would not, as long as nobody handles SIGCONT. Whether we really were stopped is told by another SIGCONT, which this thread blocks and has sent itself: it stays pending until
 * any signal to stop arrives, for those take back all SIGCONTs. In that case `stop` stops us again. The other way round
 * SIGCONTs take back stops that have not happened yet, so the next one is sent when the stop is well over.
 */
export class ContinueTimer {
  readonly #after: Nanoseconds;
  readonly #ids: readonly number[];
  /** struct itimerspec: interval and value, each seconds and nanoseconds. */
  readonly #time = new BigInt64Array(4);
  readonly #timeAddress = addressOf(this.#time.buffer);
  /** sigset_t */
  readonly #signals = new Int32Array(32);
  readonly #signalsAddress = addressOf(this.#signals.buffer);
  #setAt: Nanoseconds = 0;
  #isStopDue = false;
  /** Our own SIGCONT was found to be gone at this time. */
  #goneAt: Nanoseconds | null = null;

  /** `after`: what the first timer takes. */
  constructor(after: Nanoseconds) {
    this.#after = after;
    // struct sigevent: value, signal, SIGEV_SIGNAL (0: to the process)
    const event = new Int32Array(16);
    event[2] = SIGCONT;
    const id = new Int32Array(1);
    this.#ids = Array.from({ length: timers }, () => {
      if (syscall(SYS_timer_create, CLOCK_MONOTONIC, addressOf(event.buffer), addressOf(id.buffer), 0) !== 0) throw new Error("timer_create failed");
      return id[0]!;
    });
    this.#signals[0] = continueBit;
    sigprocmask(SIG_BLOCK, this.#signalsAddress, 0);
    raise(SIGCONT);
  }

  /** False: we were about to be stopped a moment ago, and perhaps still are. */
  start(): boolean {
    const now = monotonicNow();
    if (!this.#isContinuePending()) {
      this.#goneAt ??= now;
      if (now - this.#goneAt < settlingTime || isStopPending()) return false;
      raise(SIGCONT);
      this.#goneAt = null;
    }
    this.#set(this.#after);
    return true;
  }

  /** It takes longer. */
  extend(): void {
    this.#noticeStop();
    this.#set(this.#after);
  }

  stop(): void {
    this.#noticeStop();
    this.#set(0);
    if (!this.#isStopDue) return;
    this.#isStopDue = false;
    // To this very thread: there is no way past it.
    raise(SIGSTOP);
  }

  close(): void {
    for (const id of this.#ids) syscall(SYS_timer_delete, id, 0, 0, 0);
  }

  #set(after: Nanoseconds): void {
    this.#setAt = monotonicNow();
    for (const id of this.#ids) {
      this.#time[2] = BigInt(Math.floor(after / 1e9));
      this.#time[3] = BigInt(after % 1e9);
      syscall(SYS_timer_settime, id, 0, this.#timeAddress, 0);
      after *= stretch;
    }
  }

  /** When the timer has not run out, a stop that came is still to happen. */
  #noticeStop(): void {
    if (monotonicNow() - this.#setAt >= this.#after && !this.#isContinuePending()) this.#isStopDue = true;
  }

  #isContinuePending(): boolean {
    sigpending(this.#signalsAddress);
    return (this.#signals[0]! & continueBit) !== 0;
  }
}
