import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "../../../../base/result.ts";
import type { ByteCount, Nanoseconds, Tid } from "../../../../base/units.ts";
import type { Layout } from "../../../../cpython/layout.ts";
import type { BpfFailure, BpfProgram } from "../../../../os/bpf.ts";
import { BpfRing } from "../../../../os/bpf-ring.ts";
import { errno, errorNumbers } from "../../../../os/libc.ts";
import { PerfClock } from "../../../../os/perf-clock.ts";
import { encodeRequest, KernelExchange, type KernelRequest, linkLegs, requestSize } from "../kernel-exchange.ts";
import { KernelReply } from "../kernel-reply.ts";
import type { KernelThread } from "../kernel-threads.ts";
import { type CopyListener, DrawnPeriods, ThreadClock } from "./thread-clock.ts";

const legs = ["clock_copy_chunks", "clock_follow_steps", "clock_follow_objects"] as const;
/** MAX_CLOCKED of bpf/clock.h. */
const maxClocked = 4096;
/** A busy thread at 10 kHz fills a megabyte in 20 to 50 ms, and there are no more busy threads than CPUs. */
const ringPerCpu: ByteCount = 1 << 21;
const largestRing: ByteCount = 1 << 26;

const notSeen: BpfFailure = { what: "attach to sched_switch", errno: errorNumbers["EOPNOTSUPP"] ?? -1, log: "" };

/** Clocks of threads, and the ring that their copies go into. One for all threads of a session. */
export class KernelClock implements Disposable {
  readonly #ring: BpfRing;
  readonly #program: BpfProgram;
  readonly #requests: Uint8Array;
  readonly #counts: BigUint64Array;
  readonly #reply: KernelReply;
  readonly #interval: Nanoseconds;
  /** By row. */
  readonly #clocks = new Map<number, ThreadClock>();
  /** How often the thread was copied that was copied most often, summed over calls of `take`; one more for each call without a copy. */
  rounds = 0;
  /** Some copy of the last `take` was of code that was not known then: where there is more, copies should be taken soon. */
  hasNews = false;

  /** Loads what is needed, beside all that captures on demand. */
  static load(interval: Nanoseconds): Result<{ readonly exchange: KernelExchange; readonly clock: KernelClock }, BpfFailure> {
    const cpus = countCpus();
    const ring = Math.min(largestRing, 2 ** Math.ceil(Math.log2(cpus * ringPerCpu)));
    const loaded = KernelExchange.load({ names: [...legs, "clock_capture"], entries: { rooms: cpus, ring } });
    if (!loaded.ok) return loaded;
    const exchange = loaded.value;
    // A thread that the kernel's account of switches does not know is not copied, and has no time off the CPU.
    const failure = exchange.threads === null ? notSeen : tryClock(exchange.loaded.program("clock_capture"));
    const mapped = failure === null ? BpfRing.open(exchange.loaded.map("ring").fd, ring) : null;
    if (mapped !== null) return ok({ exchange, clock: new KernelClock(exchange, mapped, interval) });
    const reason = errno();
    exchange.close();
    return fail(failure ?? { what: "map the memory of map ring", errno: reason, log: "" });
  }

  private constructor(exchange: KernelExchange, ring: BpfRing, interval: Nanoseconds) {
    const { loaded } = exchange;
    linkLegs(loaded, "clock_legs", legs);
    this.#program = loaded.program("clock_capture");
    this.#requests = new Uint8Array(loaded.map("clocked").buffer);
    this.#counts = new BigUint64Array(loaded.map("clock_counts").buffer, 0, 1);
    this.#ring = ring;
    this.#reply = new KernelReply(ring.view);
    this.#interval = interval;
  }

  /** Copies that found the ring full. */
  get fullCount(): number {
    return Number(this.#counts[0]!);
  }

  /** Starts the clock of a thread, whose copies the listener is told of in `take`. Null when that cannot be: it is gone, or there are too many. */
  start(tid: Tid, request: KernelRequest & { readonly row: KernelThread }, layout: Layout, listener: CopyListener): ThreadClock | null {
    const { index } = request.row;
    if (index >= maxClocked || this.#clocks.has(index)) return null;
    const slot = this.#requests.subarray(index * requestSize, (index + 1) * requestSize);
    slot.set(encodeRequest(request, layout));
    const periods = new DrawnPeriods(this.#interval);
    const period = periods.draw();
    const perf = PerfClock.start(tid, period, this.#program);
    if (!perf.ok) {
      slot.fill(0);
      return null;
    }
    const close = (): void => {
      perf.value.close();
      slot.fill(0);
      this.#clocks.delete(index);
    };
    const clock = new ThreadClock({ perf: perf.value, slot, layout, thread: request.thread, periods, period, listener, close });
    this.#clocks.set(index, clock);
    return clock;
  }

  /** Hands over all copies that were made before `now`, in the order in which they were made. */
  take(now: Nanoseconds): void {
    const reply = this.#reply;
    let most = 1;
    this.hasNews = false;
    for (const clock of this.#clocks.values()) clock.beginTake();
    this.#ring.take((at, end) => {
      reply.moveTo(at, end);
      if (reply.time >= now) return false;
      const clock = this.#clocks.get(reply.row);
      clock?.receive(reply);
      most = Math.max(most, clock?.count ?? 0);
      return true;
    });
    for (const clock of this.#clocks.values()) {
      this.hasNews ||= clock.untold > 0;
      clock.endTake();
    }
    this.rounds += most;
  }

  close(): void {
    for (const clock of this.#clocks.values()) clock.close();
    this.#ring.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** On this thread of ours, with a period so long that it comes to nothing. */
function tryClock(program: BpfProgram): BpfFailure | null {
  const own = 0;
  const clock = PerfClock.start(own, 1e12, program);
  if (!clock.ok) return clock.error;
  clock.value.close();
  return null;
}

/** "0-3,8-11": the highest that there is, and those below it. One that is plugged in later copies nothing. */
function countCpus(): number {
  return Number(/(\d+)\s*$/.exec(readFileSync("/sys/devices/system/cpu/online", "latin1"))?.[1] ?? 0) + 1;
}
