import { LynceusError } from "../base/errors.ts";
import type { Nanoseconds, Pid } from "../base/units.ts";
import { checkAccess } from "../os/access.ts";
import { boottimeNow, monotonicNow, sleepUntil } from "../os/clock.ts";
import { findKernelStackObstacle } from "../os/kernel-stack.ts";
import { listDescendants } from "../os/processes.ts";
import { type Block, Known, type SampleIndex } from "../profile/tables.ts";
import { KernelExchange } from "./capture/kernel/kernel-exchange.ts";
import { KernelSource } from "./capture/kernel/kernel-source.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import { describeFailure } from "./describe-failure.ts";
import { describeFrames } from "./describe-frames.ts";
import { countTasks, lookAtTasks } from "./look-tasks.ts";
import { ProcessSampler } from "./process-sampler.ts";
import { findPythonBelow } from "./python-below.ts";
import { Recorder } from "./recorder.ts";
import { RuntimeFinder } from "./runtime-finder.ts";
import type { Moment, Round } from "./round.ts";
import type { WhereResult, WhereThread, WhereTree } from "./where.ts";

const millisecond: Nanoseconds = 1e6;
/** An interpreter that is just being set up is waited for. */
const startTimeout: Nanoseconds = 1000 * millisecond;
/** Threads whose stack did not prove itself are looked at again, this often. */
const maxRounds = 20;
/** Below one process. */
const maxProcesses = 10_000;

export interface LookOptions {
  /** What threads do in the kernel, too; throws `no-permission` without root. */
  readonly kernelStacks?: boolean;
  /** All tasks of asyncio and other libraries, too. */
  readonly tasks?: boolean;
}

/** One look at all threads of a process. Throws `LynceusError`: no such process, no permission, not Python, too old. */
export function lookAt(pid: Pid, options: LookOptions = {}): WhereResult {
  using looker = new Looker(options);
  return looker.look(pid);
}

/**
 * The same of a process and all Python processes below it, parents first. Throws when there is none among them. What
 * could not be looked at, though it may be Python, is in `failures`.
 */
export function lookBelow(pid: Pid, options: LookOptions = {}): WhereTree {
  using looker = new Looker(options);
  const processes: WhereResult[] = [];
  const failures: WhereTree["failures"][number][] = [];
  let first: unknown = null;
  for (const one of [pid, ...listDescendants(pid, maxProcesses)]) {
    try {
      processes.push(looker.look(one));
    } catch (error) {
      if (!(error instanceof LynceusError)) throw error;
      first ??= error;
      if (error.code !== "not-python" && error.code !== "no-such-process") failures.push({ pid: one, message: error.message });
    }
  }
  if (processes.length === 0) throw first;
  return { processes, failures };
}

/** Looks at one process after another; what helps with the next is kept until it is disposed of. */
class Looker {
  readonly #finder = new RuntimeFinder();
  /** Loaded when it is needed first; null: it cannot be. */
  #kernel: KernelSource | null | undefined;
  readonly #kernelStacks: CaptureSources["kernelStacks"];
  readonly #tasks: boolean;

  constructor({ kernelStacks = false, tasks = false }: LookOptions) {
    this.#tasks = tasks;
    const obstacle = kernelStacks ? findKernelStackObstacle() : null;
    if (obstacle !== null) throw new LynceusError("no-permission", obstacle.message, obstacle.hint === null ? {} : { hint: obstacle.hint });
    this.#kernelStacks = kernelStacks ? { symbols: null } : null;
  }

  look(pid: Pid): WhereResult {
    checkAccess(pid);
    const first = this.#lookWith(pid, null);
    if (first.isProved) return first.result;
    // A program that calls faster than can be proved from outside: the kernel may be allowed to copy it exactly.
    if (this.#kernel === undefined) this.#kernel = loadKernel();
    return this.#kernel === null ? first.result : this.#lookWith(pid, this.#kernel).result;
  }

  [Symbol.dispose](): void {
    this.#kernel?.close();
  }

  #lookWith(pid: Pid, kernel: KernelSource | null): { result: WhereResult; isProved: boolean } {
    const recorder = new Recorder();
    const sampler = this.#begin(pid, recorder, kernel);
    try {
      const rounds = new Rounds(sampler, recorder);
      const areProved = rounds.untilProved();
      const { runtime } = sampler;
      const look = this.#tasks ? lookAtTasks(pid, runtime, kernel, () => rounds.take()) : null;
      const block = rounds.finish();
      const { parentPid, commandLine, executable, pythonVersion } = block.processes[0]!;
      const tasks = look?.tasks ?? null;
      const { wordSize } = runtime.layout;
      const threads = describeThreads(block, pid);
      const taskLibraries = look?.libraries ?? countTasks(pid, runtime);
      const result = { pid, parentPid, commandLine, executable, pythonVersion, wordSize, threads, taskLibraries, tasks };
      return { result, isProved: areProved && tasks?.tasks.some(({ state, known }) => state === "running" && known > Known.paused) !== true };
    } finally {
      sampler.close();
    }
  }

  #begin(pid: Pid, recorder: Recorder, kernel: KernelSource | null): ProcessSampler {
    const giveUpAt = monotonicNow() + startTimeout;
    for (;;) {
      const begun = ProcessSampler.begin(pid, {
        finder: this.#finder,
        recorder,
        counts: [0, 0, 0, 0, 0],
        sources: { kernel, pause: null, kernelStacks: this.#kernelStacks },
      });
      if (begun.ok) return begun.value;
      if (begun.error.kind !== "not-initialised" || monotonicNow() >= giveUpAt) {
        const { code, message, hint } = describeFailure(pid, begun.error, "where");
        const below = begun.error.kind === "not-python" ? findPythonBelow(pid, this.#finder) : null;
        const advice = below === null ? hint : `process ${below} below it does: lynceus where ${below}, or all of them: lynceus where -C ${pid}`;
        throw new LynceusError(code, message, advice === null ? {} : { hint: advice });
      }
      sleepUntil(monotonicNow() + millisecond);
    }
  }
}

function loadKernel(): KernelSource | null {
  const exchange = KernelExchange.load();
  return exchange.ok ? new KernelSource(exchange.value, false) : null;
}

/** Samples of all threads, one after the other. */
class Rounds {
  readonly #sampler: ProcessSampler;
  readonly #recorder: Recorder;
  readonly #start = boottimeNow();

  constructor(sampler: ProcessSampler, recorder: Recorder) {
    this.#sampler = sampler;
    this.#recorder = recorder;
  }

  /** True when every thread's was proved. */
  take(): boolean {
    const before = this.#recorder.samples.length;
    return this.#sampler.sample(asRound(this.#now())) && this.#recorder.samples.isProvedFrom(before);
  }

  /** Until then, within reason. */
  untilProved(): boolean {
    for (let round = 0; round < maxRounds; round++) {
      if (round > 0) sleepUntil(monotonicNow() + millisecond);
      if (this.take()) return true;
    }
    return false;
  }

  /** A block with all of them. */
  finish(): Block {
    this.#sampler.keepCurrent(this.#now());
    const block = this.#recorder.takeBlock([], null);
    if (block.processes.length === 0) throw new LynceusError("no-such-process", `process ${this.#sampler.pid} ended while it was looked at`);
    return block;
  }

  #now(): Moment {
    return { boottime: boottimeNow() - this.#start, monotonic: monotonicNow() };
  }
}

/** Nothing weighs anything in a look. */
function asRound(now: Moment): Round {
  return { ...now, weighedTo: now.monotonic, reached: now.monotonic, firstWeight: 0 };
}

/** The best known, then newest, sample of each thread; threads that only came or went meanwhile are left out. */
function describeThreads(block: Block, pid: Pid): WhereThread[] {
  const { samples, threads } = block;
  const best = new Map<number, SampleIndex>();
  const lastTime = samples.length === 0 ? 0 : samples.time[samples.length - 1]!;
  for (let index = 0; index < samples.length; index++) {
    const thread = samples.thread[index]!;
    const so = best.get(thread);
    if (so === undefined || samples.known[index]! <= samples.known[so]!) best.set(thread, index);
  }
  const seenLast = new Set<number>();
  for (let index = 0; index < samples.length; index++) if (samples.time[index] === lastTime) seenLast.add(samples.thread[index]!);
  const names = new Map(block.renames.map(({ thread, name }) => [thread, name]));
  return threads
    .map((row, thread) => ({ row, thread, sample: best.get(thread) }))
    .filter(({ thread, sample }) => sample !== undefined && seenLast.has(thread))
    .map(({ row, thread, sample }) => ({
      tid: row.tid,
      name: names.get(thread) ?? row.name,
      interpreter: row.interpreter,
      state: samples.state[sample!]!,
      known: samples.known[sample!]! as Known,
      frames: describeFrames(block, samples.stack[sample!]!),
    }))
    .toSorted((a, b) => Number(b.tid === pid) - Number(a.tid === pid) || a.tid - b.tid || a.interpreter - b.interpreter);
}
