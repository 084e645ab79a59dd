import type { Nanoseconds } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

const clockGettime = declare<(clock: number, time: number) => number>("int clock_gettime(int clock, uintptr_t time)");
const clockNanosleep = declare<(clock: number, flags: number, time: number, rest: number) => number>(
  "int clock_nanosleep(int clock, int flags, uintptr_t time, uintptr_t rest)",
);
const prctl = declare<(option: number, value: number) => number>("int prctl(int option, unsigned long value)");

const CLOCK_MONOTONIC = 1;
const CLOCK_THREAD_CPUTIME_ID = 3;
const CLOCK_BOOTTIME = 7;
const TIMER_ABSTIME = 1;
const PR_SET_TIMERSLACK = 29;

/** struct timespec: two 64-bit numbers. Each thread of ours loads this file for itself, so each has its own. */
const timespec = new DataView(new ArrayBuffer(16));
const timespecAddress = addressOf(timespec.buffer);

function read(clock: number): Nanoseconds {
  clockGettime(clock, timespecAddress);
  return (timespec.getUint32(0, true) + timespec.getInt32(4, true) * 2 ** 32) * 1e9 + timespec.getUint32(8, true);
}

/** Time that only goes on while the machine is awake. */
export function monotonicNow(): Nanoseconds {
  return read(CLOCK_MONOTONIC);
}

/** Time that goes on while the machine sleeps, too. */
export function boottimeNow(): Nanoseconds {
  return read(CLOCK_BOOTTIME);
}

/** How long this thread of ours has been on a CPU. */
export function threadCpuNow(): Nanoseconds {
  return read(CLOCK_THREAD_CPUTIME_ID);
}

/** Sleeps until `monotonicNow()` is `deadline`, or a signal comes. Blocks this thread of ours: not for the main one. */
export function sleepUntil(deadline: Nanoseconds): void {
  timespec.setBigInt64(0, BigInt(Math.floor(deadline / 1e9)), true);
  timespec.setBigInt64(8, BigInt(Math.floor(deadline % 1e9)), true);
  clockNanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, timespecAddress, 0);
}

/** Asks the kernel to wake this thread when it said, not up to 50 us later (the default slack). */
export function wakePrecisely(): void {
  prctl(PR_SET_TIMERSLACK, 1);
}
