import type { Address, Pid, Tid } from "../../../base/units.ts";
import type { Interpreter } from "../../../cpython/interpreters.ts";
import type { Layout } from "../../../cpython/layout.ts";
import { LastCpu } from "../../../os/last-cpu.ts";
import { readPidNamespace } from "../../../os/pid-namespace.ts";
import { readInnerThreadId } from "../../../os/processes.ts";
import { KernelCapture } from "./kernel-capture.ts";
import { fitsKernel, type KernelExchange } from "./kernel-exchange.ts";

/** A thread as the kernel needs to know it; tid 0: not known. */
export interface KernelTarget {
  readonly pid: Pid;
  readonly tid: Tid;
  /** Of its thread state. */
  readonly address: Address;
  readonly interpreter: Interpreter;
  readonly layout: Layout;
}

/** Opens captures through the kernel, for the threads of all processes of a session. */
export class KernelSource {
  /** Ask the kernel for every running thread, not only where a copy from outside does not prove itself. */
  readonly isPreferred: boolean;
  readonly #exchange: KernelExchange;

  constructor(exchange: KernelExchange, isPreferred: boolean) {
    this.#exchange = exchange;
    this.isPreferred = isPreferred;
  }

  /** Null when this thread cannot be captured this way: it is gone, or of a build whose structures are too large for it. */
  open({ pid, tid, address, interpreter, layout }: KernelTarget): KernelCapture | null {
    if (tid === 0) return null;
    const namespace = readPidNamespace(pid);
    const lastCpu = LastCpu.open(pid, tid);
    if (namespace === null || lastCpu === null || !fitsKernel(layout)) {
      lastCpu?.close();
      return null;
    }
    const watched = { namespace, innerPid: readInnerThreadId(pid, pid), innerTid: readInnerThreadId(pid, tid) };
    const row = this.#exchange.threads?.watch(watched) ?? null;
    const request = { ...watched, thread: address, gil: interpreter.gil, collecting: interpreter.collecting, row };
    return new KernelCapture(this.#exchange, layout, request, lastCpu);
  }

  release(capture: KernelCapture): void {
    capture.close();
    if (capture.row !== null) this.#exchange.threads?.forget(capture.row);
  }

  close(): void {
    this.#exchange.close();
  }
}
