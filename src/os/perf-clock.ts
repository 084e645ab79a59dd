import { fail, ok, type Result } from "../base/result.ts";
import type { Nanoseconds, Tid } from "../base/units.ts";
import type { BpfFailure, BpfProgram } from "./bpf.ts";
import { addressOf, closeDescriptor, declare, errno } from "./libc.ts";

/** Not in the C library as a function of its own. */
const perfEventOpen = declare<(number: number, attributes: number, tid: Tid, cpu: number, group: number, flags: number) => number>(
  "int64_t syscall(int64_t number, uintptr_t attributes, int64_t tid, int64_t cpu, int64_t group, int64_t flags)",
);
const ioctl = declare<(fd: number, request: number, argument: number) => number>("int ioctl(int fd, unsigned long request, uintptr_t argument)");
/** On x86-64. */
const SYS_perf_event_open = 298;

/** include/uapi/linux/perf_event.h */
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_TASK_CLOCK = 1;
const PERF_FLAG_FD_CLOEXEC = 8;
const PERF_EVENT_IOC_ENABLE = 0x2400;
const PERF_EVENT_IOC_PERIOD = 0x4008_2404;
const PERF_EVENT_IOC_SET_BPF = 0x4004_2408;
const isDisabled = 1;
const everyCpu = -1;
const noGroup = -1;

/** struct perf_event_attr, its first version and as much as we set: type, size, config (64), sample_period (64), sample_type (64), read_format (64), flags (64). */
const attributes = new DataView(new ArrayBuffer(64));
const attributesAddress = addressOf(attributes.buffer);
const period = new BigUint64Array(1);
const periodAddress = addressOf(period.buffer);

/** In failures. */
export const perfEventCall = "open a clock event (perf_event_open)";

/** A clock of one thread, which goes while the thread is on a CPU: whenever a period is over, the thread is interrupted and a program is run in it. */
export class PerfClock implements Disposable {
  readonly #fd: number;

  /** Starts it. Fails where perf_event_open(2) is not allowed, or the thread is gone. */
  static start(tid: Tid, every: Nanoseconds, program: BpfProgram): Result<PerfClock, BpfFailure> {
    attributes.setUint32(0, PERF_TYPE_SOFTWARE, true);
    attributes.setUint32(4, attributes.byteLength, true);
    attributes.setUint32(8, PERF_COUNT_SW_TASK_CLOCK, true);
    attributes.setBigUint64(16, BigInt(Math.round(every)), true);
    attributes.setUint32(40, isDisabled, true);
    const fd = perfEventOpen(SYS_perf_event_open, attributesAddress, tid, everyCpu, noGroup, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return fail({ what: perfEventCall, errno: errno(), log: "" });
    if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program.fd) === 0 && ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) === 0) return ok(new PerfClock(fd));
    const reason = errno();
    closeDescriptor(fd);
    return fail({ what: "attach a program to a clock event", errno: reason, log: "" });
  }

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** From now on; what has gone by of the period in force is forgotten. */
  setPeriod(every: Nanoseconds): void {
    period[0] = BigInt(Math.round(every));
    ioctl(this.#fd, PERF_EVENT_IOC_PERIOD, periodAddress);
  }

  /** And ends with the process that started it, however that ends. */
  close(): void {
    closeDescriptor(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
