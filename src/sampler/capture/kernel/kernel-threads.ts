import type { ByteCount, ByteOffset, Nanoseconds, Pid, Tid } from "../../../base/units.ts";
import type { BpfMap } from "../../../os/bpf.ts";
import { readTaskCounters } from "../../../os/kernel-types.ts";
import { closeDescriptor } from "../../../os/libc.ts";
import type { PidNamespace } from "../../../os/pid-namespace.ts";
import type { LoadedObject } from "./kernel-object.ts";

/** What the row of a thread says instead of a CPU. */
export const OFF_CPU = -1;
/** It has not been seen since it is watched, or is gone. */
export const UNKNOWN_CPU = -2;

/** `struct row` of bpf/threads.h. */
const rowSize: ByteCount = 64;
const maxRows = 16_384;
/** Of `struct census`: where in a task the kernel keeps its sums. */
const countersAt: ByteOffset = 24;
/** A row is written in some 50 ns; whoever looks this often and always finds it being written looks at a writer that was stopped. */
const maxLooks = 1000;

/** Who is watched, by the ids that the thread has in its own pid namespace. */
export interface WatchedThread {
  readonly namespace: PidNamespace;
  readonly innerPid: Pid;
  readonly innerTid: Tid;
}

/**
 * The rows that the program of bpf/switches.h keeps of watched threads, in memory that it shares with us: reading one is
 * no system call. Keeping them costs the machine about 0.1 us for each switch of threads, whoever's.
 */
export class KernelThreads implements Disposable {
  readonly #rows: DataView;
  readonly #tasks: BpfMap;
  readonly #unseen: BpfMap;
  readonly #census: DataView;
  readonly #attachment: number;
  #isCounted: boolean | null = null;
  readonly #free: number[] = [];
  #count = 0;
  #namespace: PidNamespace | null = null;
  #unseenCount = 0;

  /** Null when the kernel does not let us see its switches. The file descriptor of the attachment goes with the process. */
  static attach(loaded: LoadedObject): KernelThreads | null {
    // An older kernel's event has no fourth argument and refuses the first program.
    for (const name of ["switched", "switched_before_5_18"]) {
      const attached = loaded.program(name).attach("sched_switch");
      if (attached.ok) return new KernelThreads(loaded, attached.value);
    }
    return null;
  }

  private constructor(loaded: LoadedObject, attachment: number) {
    this.#rows = new DataView(loaded.map("rows").buffer);
    this.#census = new DataView(loaded.map("census").buffer);
    this.#tasks = loaded.map("tasks");
    this.#unseen = loaded.map("unseen");
    this.#attachment = attachment;
  }

  /** The rows hold the kernel's own sums. Where it keeps them takes it 10 ms to find out, once. */
  get isCounted(): boolean {
    if (this.#isCounted !== null) return this.#isCounted;
    const counters = readTaskCounters();
    this.#census.setUint32(countersAt, counters?.cpuTime ?? 0, true);
    this.#census.setUint32(countersAt + 4, counters?.switches ?? 0, true);
    return (this.#isCounted = counters !== null);
  }

  /** Begins to watch a thread. Null when there are too many. */
  watch(thread: WatchedThread): KernelThread | null {
    // Before it can sign in: its row must not begin with sums of our own.
    const { isCounted } = this;
    const index = this.#free.pop() ?? (this.#count < maxRows ? this.#count++ : -1);
    if (index < 0) return null;
    const at = index * rowSize;
    for (let offset = 0; offset < rowSize; offset += 4) this.#rows.setUint32(at + offset, 0, true);
    this.#rows.setInt32(at + 4, UNKNOWN_CPU, true);
    return new KernelThread(this.#rows, index, this.#expect(thread, index), isCounted);
  }

  /** Lets go of a thread. */
  forget(thread: KernelThread): void {
    const task = new Uint8Array(this.#rows.buffer.slice(thread.index * rowSize + 32, thread.index * rowSize + 40));
    this.#tasks.delete(task);
    this.seen(thread);
    this.#free.push(thread.index);
  }

  /** It signed in: nobody need look out for it. */
  seen(thread: KernelThread): void {
    const { name } = thread;
    if (name === null) return;
    thread.name = null;
    if (this.#unseen.delete(name)) this.#setUnseenCount(this.#unseenCount - 1);
  }

  close(): void {
    closeDescriptor(this.#attachment);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Has the program look out for it. Only threads of one namespace; others sign in when they are captured. */
  #expect(thread: WatchedThread, index: number): Uint8Array | null {
    this.#namespace ??= this.#setNamespace(thread.namespace);
    if (this.#namespace.device !== thread.namespace.device || this.#namespace.inode !== thread.namespace.inode) return null;
    const name = new Uint8Array(Uint32Array.of(thread.innerTid, thread.innerPid).buffer);
    if (!this.#unseen.update(name, new Uint8Array(Uint32Array.of(index).buffer))) return null;
    this.#setUnseenCount(this.#unseenCount + 1);
    return name;
  }

  #setNamespace(namespace: PidNamespace): PidNamespace {
    this.#census.setBigUint64(0, BigInt(namespace.device), true);
    this.#census.setBigUint64(8, BigInt(namespace.inode), true);
    return namespace;
  }

  #setUnseenCount(count: number): void {
    this.#unseenCount = count;
    this.#census.setUint32(16, count, true);
  }
}

/**
 * Where one thread is and was, as of the last `look`. A switch may be missing (see bpf/switches.h), until its next one; the sums
 * are right again whenever it leaves a CPU. So this says where to look, and is no proof that a thread has not run:
 * `ThreadActivity.switches` is, and where that is not `switches`, one is missing.
 *
 *   on a CPU since `since`                  cpu >= 0
 *   off all of them since `since`           OFF_CPU, and why: `reason`
 *   not seen since it is watched, or gone   UNKNOWN_CPU
 */
export class KernelThread {
  readonly index: number;
  cpu: number = UNKNOWN_CPU;
  since: Nanoseconds = 0;
  /** Up to when it last left a CPU: add the time since `since` while it is on one. */
  cpuTime: Nanoseconds = 0;
  /** How often it was put on a CPU. */
  switches = 0;
  /** How many switches, at least, did not get here. */
  lost = 0;
  /** The kernel's state of the task when it left the CPU: 0 runnable, 1 sleeping, 2 in an uninterruptible sleep, 4 and 8 stopped, 128 ended. */
  reason = 0;
  /** What it is looked out for by; null when it need not be. */
  name: Uint8Array | null;
  /** `cpuTime` and `switches` are the kernel's own sums, as in `ThreadActivity`. Else they begin when it signs in. */
  readonly isCounted: boolean;
  readonly #rows: DataView;
  readonly #at: number;

  constructor(rows: DataView, index: number, name: Uint8Array | null, isCounted: boolean) {
    this.#rows = rows;
    this.index = index;
    this.#at = index * rowSize;
    this.name = name;
    this.isCounted = isCounted;
  }

  /** False when the row could not be read in peace; the fields are then as before. */
  look(): boolean {
    const rows = this.#rows;
    const at = this.#at;
    for (let looks = 0; looks < maxLooks; looks++) {
      const sequence = rows.getUint32(at, true);
      if (sequence % 2 !== 0) continue;
      const cpu = rows.getInt32(at + 4, true);
      const since = readNumber(rows, at + 8);
      const cpuTime = readNumber(rows, at + 16);
      const switches = rows.getUint32(at + 24, true);
      const reason = rows.getUint32(at + 28, true);
      const lost = rows.getUint32(at + 48, true);
      if (rows.getUint32(at, true) !== sequence) continue;
      this.cpu = cpu;
      this.since = since;
      this.cpuTime = cpuTime;
      this.switches = switches;
      this.reason = reason;
      this.lost = lost;
      return true;
    }
    return false;
  }

  /** Its CPU time at `now` (CLOCK_MONOTONIC), as of the last look. */
  cpuTimeAt(now: Nanoseconds): Nanoseconds {
    return this.cpu >= 0 ? this.cpuTime + Math.max(0, now - this.since) : this.cpuTime;
  }
}

function readNumber(view: DataView, at: ByteOffset): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
