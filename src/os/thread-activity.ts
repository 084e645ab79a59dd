import type { Address, Nanoseconds, Pid, Tid, WordSize } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";

/** futex(2) by number, as x86-64 programs call it, and as i686 programs do: with times of 32 and of 64 bits. */
const futexCalls: Readonly<Record<WordSize, readonly number[]>> = { 8: [202], 4: [240, 422] };

/**
 * What the kernel says of one thread: how long it ran, how often it was put on a CPU, what it is doing. Files are
 * opened once and read again and again, about 0.7 us a read.
 *
 *   if (!activity.look()) ...gone
 *   activity.cpuTime, activity.switches     from /proc/PID/task/TID/schedstat
 *   activity.lookCloser()
 *   activity.isRunning, activity.futex, activity.isStopped      from .../syscall and .../stat
 */
export class ThreadActivity {
  /** CPU time so far. The kernel brings it up to date at each timer tick (1 to 10 ms) and whenever the thread leaves the CPU. */
  cpuTime: Nanoseconds = 0;
  /** How often it was put on a CPU: while this stands still, a thread that was off the CPU has not run. */
  switches = 0;
  /** On a CPU or waiting for one. */
  isRunning = false;
  /** The address that it waits on in futex(2), else 0. */
  futex: Address = 0;
  /** By a signal or a debugger. */
  isStopped = false;
  /** Blocked so that no signal wakes it: state D. */
  isUninterruptible = false;
  readonly #schedstat: ProcFile;
  readonly #syscall: ProcFile | null;
  readonly #stat: ProcFile;
  readonly #futexCalls: readonly number[];

  private constructor(schedstat: ProcFile, syscall: ProcFile | null, stat: ProcFile, wordSize: WordSize) {
    this.#futexCalls = futexCalls[wordSize];
    this.#schedstat = schedstat;
    this.#syscall = syscall;
    this.#stat = stat;
  }

  /** Null when the thread is gone (or no file descriptor is left). */
  static open(pid: Pid, tid: Tid, wordSize: WordSize): ThreadActivity | null {
    const folder = `/proc/${pid}/task/${tid}`;
    const schedstat = ProcFile.open(`${folder}/schedstat`);
    const stat = ProcFile.open(`${folder}/stat`);
    // Needs a kernel with CONFIG_HAVE_ARCH_TRACEHOOK and the right to trace; without it we do not know what a thread waits for.
    const syscall = ProcFile.open(`${folder}/syscall`);
    if (schedstat !== null && stat !== null) return new ThreadActivity(schedstat, syscall, stat, wordSize);
    schedstat?.close();
    stat?.close();
    syscall?.close();
    return null;
  }

  /** False when the thread is gone. */
  look(): boolean {
    // "<ns on a CPU> <ns waiting for one> <times put on one>\n": Documentation/scheduler/sched-stats.rst
    const length = this.#schedstat.read();
    if (length <= 0) return false;
    const { bytes } = ProcFile;
    let field = 0;
    let value = 0;
    for (let index = 0; index < length; index++) {
      const digit = bytes[index]! - 48;
      if (digit >= 0) value = value * 10 + digit;
      else {
        if (field === 0) this.cpuTime = value;
        else if (field === 2) this.switches = value;
        field++;
        value = 0;
      }
    }
    return true;
  }

  /** Finds out whether it runs and, if not, what it waits for. Read `switches` before and after to know that it holds. */
  lookCloser(): void {
    this.futex = 0;
    this.isStopped = false;
    this.isUninterruptible = false;
    this.isRunning = this.#readSyscall() ?? this.#readLetter() === "R";
    if (!this.isRunning) {
      const letter = this.#readLetter();
      this.isStopped = letter === "T" || letter === "t";
      this.isUninterruptible = letter === "D";
    }
  }

  /** Whether it was put on a CPU since `switches` was what it says, or is gone. */
  hasRunSince(switches: number): boolean {
    return !this.look() || this.switches !== switches;
  }

  close(): void {
    this.#schedstat.close();
    this.#stat.close();
    this.#syscall?.close();
  }

  /** Whether it runs; null when that cannot be learned this way. "running", or "<number> <argument> ...": proc_pid_syscall(5). */
  #readSyscall(): boolean | null {
    const length = this.#syscall?.read() ?? 0;
    if (length <= 0) return null;
    const { bytes } = ProcFile;
    if (bytes[0] === 0x72 /* r */) return true;
    const text = String.fromCharCode(...bytes.subarray(0, Math.min(length, 32)));
    const [number, argument] = text.split(" ");
    if (this.#futexCalls.includes(Number(number))) this.futex = Number(argument);
    return false;
  }

  #readLetter(): string {
    const length = this.#stat.read();
    const { bytes } = ProcFile;
    for (let index = length - 1; index > 0; index--) if (bytes[index] === 0x29 /* ) */) return String.fromCharCode(bytes[index + 2]!);
    return "?";
  }
}
