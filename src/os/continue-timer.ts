import { addressOf, declare } from "./libc.ts";
import type { Nanoseconds } from "../base/units.ts";

/** By number: older C libraries have them in a library of its own. x86-64. */
const syscall = declare<(number: number, first: number, second: number, third: number, fourth: number) => number>(
  "long syscall(long number, uintptr_t first, uintptr_t second, uintptr_t third, uintptr_t fourth)",
);
const SYS_timer_create = 222;
const SYS_timer_settime = 223;
const SYS_timer_delete = 226;
const CLOCK_MONOTONIC = 1;
const SIGCONT = 18;

/**
 * Sends SIGCONT to our own process after a while, unless it is told not to in time. Timers are the kernel's: this one
 * runs out while the whole process is stopped, and wakes it. To a process that is not stopped, SIGCONT does nothing.
 */
export class ContinueTimer {
  readonly #id: number;
  /** struct itimerspec: interval and value, each seconds and nanoseconds. */
  readonly #time = new BigInt64Array(4);
  readonly #timeAddress = addressOf(this.#time.buffer);

  constructor() {
    // struct sigevent: value, signal, SIGEV_SIGNAL (0: to the process)
    const event = new Int32Array(16);
    event[2] = SIGCONT;
    const id = new Int32Array(1);
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, addressOf(event.buffer), addressOf(id.buffer), 0) !== 0) throw new Error("timer_create failed");
    this.#id = id[0]!;
  }

  /** Of less than a second. */
  start(after: Nanoseconds): void {
    this.#time[3] = BigInt(after);
    syscall(SYS_timer_settime, this.#id, 0, this.#timeAddress, 0);
  }

  stop(): void {
    this.start(0);
  }

  close(): void {
    syscall(SYS_timer_delete, this.#id, 0, 0, 0);
  }
}
