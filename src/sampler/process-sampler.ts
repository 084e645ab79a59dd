import { ok, type Result } from "../base/result.ts";
import type { Address, ByteCount, Nanoseconds, Pid, Tid } from "../base/units.ts";
import type { FindFailure } from "../cpython/find-runtime.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { readThreadNames } from "../cpython/thread-names.ts";
import { readCommandLine, readExecutable, readStat, readThreadComment } from "../os/processes.ts";
import { ResidentMemory } from "../os/resident-memory.ts";
import { RemoteMemory } from "../os/remote-memory.ts";
import { Known, type ProcessIndex } from "../profile/tables.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import { FrameResolver } from "./frame-resolver.ts";
import type { Recorder } from "./recorder.ts";
import type { RuntimeFinder } from "./runtime-finder.ts";
import { ProcessTasks } from "./tasks/process-tasks.ts";
import { ThreadIds } from "./thread-ids.ts";
import { ThreadList } from "./thread-list.ts";
import type { Moment, Round } from "./round.ts";
import { ThreadSampler } from "./thread-sampler.ts";
import type { SampleCounts } from "./thread-setup.ts";
import { unprovedMarker } from "./told-stack.ts";

/** A thread state whose thread is not there (yet) is looked at again after this time. */
const listRetryPause: Nanoseconds = 2e6;
/** A thread that has no name by then is one that `threading` does not know: most likely for good. */
const namingTime: Nanoseconds = 100e6;

export interface ProcessSetup {
  readonly finder: RuntimeFinder;
  /** Of the parent, for a process that is a copy of it. */
  readonly inherited?: RuntimeLocation | null;
  readonly recorder: Recorder;
  readonly counts: SampleCounts;
  readonly sources: CaptureSources;
  /** Tasks are wanted, too. Left out: no. */
  readonly tasks?: boolean;
}

/** Samples all threads of all interpreters of one process. `close()` it: every thread keeps files open. */
export class ProcessSampler {
  readonly pid: Pid;
  readonly runtime: RuntimeLocation;
  readonly #memory: RemoteMemory;
  readonly #recorder: Recorder;
  readonly #counts: SampleCounts;
  readonly #sources: CaptureSources;
  readonly #ids: ThreadIds;
  readonly #list: ThreadList;
  #resident: ResidentMemory | null = null;
  #residentBytes: ByteCount = 0;
  #nextListRead: Nanoseconds = 0;
  #threads = new Map<Address, ThreadSampler>();
  #resolver: FrameResolver;
  readonly #tasks: ProcessTasks | null;
  #process: ProcessIndex = 0;
  #epoch = -1;
  #awaitsNames = true;
  /** Up to this row of this buffer, samples were made of code objects that are known to have stayed. */
  #checkedRows = 0;
  #checkedGeneration = 0;

  /** Fails while the interpreter is still starting, for example; then try again. `inherited`: see `RuntimeFinder.find`. */
  static begin(pid: Pid, setup: ProcessSetup): Result<ProcessSampler, FindFailure> {
    const found = setup.finder.find(pid, setup.inherited ?? null);
    if (!found.ok) return found;
    const sampler = new ProcessSampler(pid, found.value, setup);
    // A child between vfork(2) and execve(2) has its parent's memory, and no thread in it.
    return sampler.#hasThreads() ? ok(sampler) : { ok: false, error: { kind: "not-initialised" } };
  }

  private constructor(pid: Pid, runtime: RuntimeLocation, { recorder, counts, sources, tasks = false }: ProcessSetup) {
    this.pid = pid;
    this.runtime = runtime;
    this.#recorder = recorder;
    this.#counts = counts;
    this.#sources = sources;
    this.#memory = new RemoteMemory(pid);
    this.#ids = new ThreadIds(pid, this.#memory, runtime.layout.wordSize);
    this.#list = new ThreadList(this.#memory, runtime);
    this.#resolver = new FrameResolver(this.#memory, runtime.layout, recorder);
    this.#tasks = tasks ? new ProcessTasks(pid, this.#memory, runtime.layout, recorder, this.#resolver) : null;
  }

  get threadCount(): number {
    return this.#threads.size;
  }

  /** One sample of every thread. False when the process can no longer be read: it has ended, or runs another program now. */
  sample(now: Round): boolean {
    const isThere = this.#sampleThreads(now);
    if (isThere) this.#updateTasks(now);
    return isThere;
  }

  #sampleThreads(now: Round): boolean {
    if (this.#epoch !== this.#recorder.epoch) this.#register(now);
    const isListDue = this.#list.hasChanged(now.monotonic) || now.monotonic >= this.#nextListRead;
    if (isListDue && !this.#readList(now)) return this.#list.isReadable();
    let isComplete = true;
    for (const thread of this.#threads.values()) if (!thread.sample(now, this.#resolver)) isComplete = false;
    if (isComplete) return true;
    // Threads went from the middle of the list. Who could not be sampled for that gets its turn now.
    if (!this.#readList(now)) return this.#list.isReadable();
    for (const thread of this.#threads.values()) if (thread.lastRound !== now.monotonic) thread.sample(now, this.#resolver);
    return true;
  }

  #updateTasks(now: Moment): void {
    const tasks = this.#tasks;
    if (tasks === null) return;
    tasks.update(now, this.#list.interpreters, this.#resolver);
    for (const [address, thread] of this.#threads) thread.tasks = tasks.of(address);
  }

  /** A block ends. */
  settleTasks({ boottime }: Moment): void {
    this.#tasks?.settle(boottime);
  }

  /** Adds a row when the process has another amount of memory resident than when this was last asked. */
  noteMemory(time: Nanoseconds): void {
    // In a round that begins the tables anew its row is not there yet: the next one says it.
    if (this.#epoch !== this.#recorder.epoch) return;
    this.#resident ??= ResidentMemory.open(this.pid);
    const bytes = this.#resident?.read() ?? 0;
    if (bytes === 0 || bytes === this.#residentBytes) return;
    this.#residentBytes = bytes;
    this.#recorder.addResident({ time, process: this.#process, bytes });
  }

  /** What need not be done at every round, but before samples are handed over: code objects that were replaced, threads that got a name. */
  keepCurrent(now: Moment): void {
    const { samples } = this.#recorder;
    const replaced = this.#resolver.recheck();
    if (replaced.size > 0) {
      const first = this.#checkedGeneration === samples.generation ? this.#checkedRows : 0;
      const rows = new Set([...this.#threads.values()].map((thread) => thread.row));
      const changed = samples.correct(first, rows, this.#recorder.stacks.cutter(replaced, this.#resolver.marker(unprovedMarker)));
      changed.forEach((count, known) => {
        this.#counts[known]! -= count;
        this.#counts[Known.partial]! += count;
      });
      for (const thread of this.#threads.values()) thread.forgetStack();
      this.#tasks?.forgetFrames();
    }
    this.#checkedGeneration = samples.generation;
    this.#checkedRows = samples.length;
    this.nameThreads(now);
  }

  /** Reads what threads are called. */
  nameThreads(now: Moment): void {
    this.#awaitsNames = false;
    for (const interpreter of this.#list.interpreters) {
      const names = readThreadNames(this.#memory, this.runtime.layout, interpreter.address);
      for (const thread of this.#threads.values()) {
        if (thread.interpreter.address !== interpreter.address) continue;
        const name = names.get(thread.threadId);
        if (name === undefined && now.monotonic - thread.firstRound < namingTime) this.#awaitsNames = true;
        thread.setName(name ?? (thread.name === "" ? this.#nameOutsideThreading(thread.tid) : thread.name), now.boottime);
      }
    }
  }

  /** True when a new thread is there that has no name yet: look again soon. */
  get awaitsNames(): boolean {
    return this.#awaitsNames;
  }

  /** This is the end of the recording. */
  settle(): void {
    this.#tasks?.finish();
    for (const thread of this.#threads.values()) thread.settle();
  }

  close(): void {
    this.#tasks?.finish();
    this.#resident?.close();
    for (const thread of this.#threads.values()) thread.close();
    this.#threads.clear();
  }

  #hasThreads(): boolean {
    return this.#list.read() && this.#list.threads.some(({ state }) => this.#ids.find(state) !== null);
  }

  #register(now: Round): void {
    this.#epoch = this.#recorder.epoch;
    this.#resolver = new FrameResolver(this.#memory, this.runtime.layout, this.#recorder);
    this.#process = this.#recorder.addProcess({
      pid: this.pid,
      parentPid: readStat(this.pid)?.parent ?? 0,
      commandLine: readCommandLine(this.pid),
      pythonVersion: this.runtime.version,
      executable: readExecutable(this.pid),
      startTime: now.boottime,
    });
    for (const thread of this.#threads.values()) thread.register(this.#process, now);
  }

  #readList(now: Round): boolean {
    if (!this.#list.read()) return false;
    this.#nextListRead = Number.POSITIVE_INFINITY;
    const threads = new Map<Address, ThreadSampler>();
    for (const { interpreter, address, state } of this.#list.threads) {
      const known = this.#threads.get(address);
      if (known?.isSame(interpreter, state)) {
        known.follow(state);
        threads.set(address, known);
        continue;
      }
      const tid = this.#ids.find(state);
      if (tid === null) {
        // Not started yet, or ended and not yet taken off the list.
        this.#nextListRead = now.monotonic + listRetryPause;
        continue;
      }
      const setup = { pid: this.pid, tid, address, interpreter, state, memory: this.#memory, layout: this.runtime.layout };
      const thread = new ThreadSampler({ ...setup, recorder: this.#recorder, counts: this.#counts, sources: this.#sources });
      thread.register(this.#process, now);
      threads.set(address, thread);
      this.#awaitsNames = true;
    }
    for (const [address, thread] of this.#threads) if (threads.get(address) !== thread) thread.close();
    this.#threads = threads;
    this.#tasks?.keepThreads((address) => threads.has(address));
    this.#markShared();
    return true;
  }

  /** Sub-interpreters have thread states of their own for a thread that others have one for, too. */
  #markShared(): void {
    const seen = new Map<Tid, ThreadSampler>();
    for (const thread of this.#threads.values()) {
      const other = seen.get(thread.tid);
      thread.isShared = other !== undefined;
      if (other !== undefined) other.isShared = true;
      seen.set(thread.tid, thread);
    }
  }

  /** As `threading` would call the main thread; others as the kernel does. */
  #nameOutsideThreading(tid: Tid): string {
    return tid === this.pid ? "MainThread" : readThreadComment(this.pid, tid);
  }
}
