import type { Address, Pid, Tid } from "../../../base/units.ts";
import type { Interpreter } from "../../../cpython/interpreters.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { LastCpu } from "../../../os/last-cpu.ts";
import { readPidNamespace } from "../../../os/pid-namespace.ts";
import { readInnerThreadId } from "../../../os/processes.ts";
import type { KernelClock } from "./clock/kernel-clock.ts";
import type { CopyListener, ThreadClock } from "./clock/thread-clock.ts";
import { KernelCapture } from "./kernel-capture.ts";
import { fitsKernel, type KernelExchange, type KernelRequest } from "./kernel-exchange.ts";
import type { KernelThread, WatchedThread } from "./kernel-threads.ts";

/** A thread as the kernel needs to know it; tid 0: not known. */
export interface KernelTarget {
  readonly pid: Pid;
  readonly tid: Tid;
  /** Of its thread state. */
  readonly address: Address;
  readonly interpreter: Interpreter;
  readonly layout: Layout;
}

/** Opens captures through the kernel, and watches when threads run, for all processes of a session. */
export class KernelSource {
  /** Has threads copied by clocks of their own; null: that is not wanted. */
  readonly clock: KernelClock | null;
  /** Ask the kernel for every running thread, not only where a copy from outside does not prove itself. */
  readonly isPreferred: boolean;
  readonly #exchange: KernelExchange;
  readonly #wantsKernelStacks: boolean;
  readonly #ownNamespace = readPidNamespace(process.pid);
  /** By `keyOf`. */
  readonly #watched = new Map<number, { readonly row: KernelThread; users: number }>();

  constructor(exchange: KernelExchange, isPreferred: boolean, wantsKernelStacks = false, clock: KernelClock | null = null) {
    this.clock = clock;
    this.#exchange = exchange;
    this.isPreferred = isPreferred;
    this.#wantsKernelStacks = wantsKernelStacks;
  }

  /** Does what need not be done before the command is started, and must be before its threads are there. */
  prepare(): void {
    void this.#exchange.threads?.isCounted;
  }

  /**
   * Begins to keep account of when a thread runs; sub-interpreters that share a thread share the row. Null when that cannot be:
   * it is gone, there are too many, the kernel does not let us see it.
   */
  watch(pid: Pid, tid: Tid): KernelThread | null {
    const key = keyOf(pid, tid);
    const shared = this.#watched.get(key);
    if (shared !== undefined) {
      shared.users++;
      return shared.row;
    }
    const thread = tid === 0 ? null : this.#identify(pid, tid);
    const row = thread === null ? null : (this.#exchange.threads?.watch(thread) ?? null);
    if (row !== null) this.#watched.set(key, { row, users: 1 });
    return row;
  }

  /** Ends what `watch` began. */
  forget(pid: Pid, tid: Tid): void {
    const key = keyOf(pid, tid);
    const shared = this.#watched.get(key);
    if (shared === undefined || --shared.users > 0) return;
    this.#watched.delete(key);
    this.#exchange.threads?.forget(shared.row);
  }

  /** Its row says where it is: nobody need look out for it any more. */
  seen(thread: KernelThread): void {
    this.#exchange.threads?.seen(thread);
  }

  /** Null when this thread cannot be captured this way: it is gone, or of a build whose structures are too large for it. `close()` it. */
  open(target: KernelTarget, row: KernelThread | null): KernelCapture | null {
    const request = this.#request(target);
    const lastCpu = request === null ? null : LastCpu.open(target.pid, target.tid);
    return request === null || lastCpu === null ? null : new KernelCapture(this.#exchange, target.layout, { ...request, row }, lastCpu);
  }

  /** Null when this thread can have no clock. `close()` it. */
  startClock(target: KernelTarget, row: KernelThread | null, listener: CopyListener): ThreadClock | null {
    const request = this.clock === null || row === null ? null : this.#request(target);
    return request === null || row === null ? null : (this.clock?.start(target.tid, { ...request, row }, target.layout, listener) ?? null);
  }

  close(): void {
    this.clock?.close();
    this.#exchange.close();
  }

  /** Null as with `open`. */
  #request({ pid, tid, address, interpreter, layout }: KernelTarget): Omit<KernelRequest, "row"> | null {
    const thread = tid === 0 || !fitsKernel(layout) ? null : this.#identify(pid, tid);
    if (thread === null) return null;
    return { ...thread, thread: address, gil: interpreter.gil, collecting: interpreter.collecting, wantsKernelStack: this.#wantsKernelStacks };
  }

  /** By the ids that it has in its own pid namespace. Null when it is gone. */
  #identify(pid: Pid, tid: Tid): WatchedThread | null {
    const namespace = readPidNamespace(pid);
    if (namespace === null) return null;
    const own = this.#ownNamespace;
    if (own !== null && own.inode === namespace.inode && own.device === namespace.device) return { namespace, innerPid: pid, innerTid: tid };
    return { namespace, innerPid: readInnerThreadId(pid, pid), innerTid: readInnerThreadId(pid, tid) };
  }
}

/** Ids are below 2^22: include/linux/threads.h, PID_MAX_LIMIT. */
function keyOf(pid: Pid, tid: Tid): number {
  return pid * 2 ** 22 + tid;
}
