import type { Address, Nanoseconds, Pid, Tid } from "../base/units.ts";
import type { Interpreter } from "../cpython/interpreters.ts";
import type { Layout } from "../cpython/layout.ts";
import type { ThreadState } from "../cpython/thread-state.ts";
import { boottimeNow } from "../os/clock.ts";
import { readStat } from "../os/processes.ts";
import type { RemoteMemory } from "../os/remote-memory.ts";
import { ThreadActivity } from "../os/thread-activity.ts";
import { Known, NONE, State, type ProcessIndex, type StackIndex, type ThreadIndex } from "../profile/tables.ts";
import { Capture } from "./capture/captured-thread.ts";
import { ThreadTimes } from "./capture/kernel/thread-times.ts";
import { RemoteCopy } from "./capture/remote/remote-copy.ts";
import { type CaptureSources, ThreadCapturer } from "./capture/thread-capturer.ts";
import { CpuAccount } from "./cpu-account.ts";
import { KernelPart } from "./kernel-part.ts";
import type { FrameResolver } from "./frame-resolver.ts";
import type { Recorder } from "./recorder.ts";
import type { Moment, Round } from "./round.ts";
import { StackCursor } from "./stack-cursor.ts";
import type { ThreadTasks } from "./tasks/thread-tasks.ts";

/** Stands for the frames above it, which are not known. */
export const unprovedMarker = "(unproved)";

/** A thread that is no older than this when it is met is a new one: on a busy machine we may be late. */
const youngest: Nanoseconds = 500e6;

/** What /proc counts the starts of threads in: USER_HZ. */
const clockTick: Nanoseconds = 10e6;

/** So often a stack is captured anew because a code object in it was replaced, or could only just be read. */
const maxConfirmations = 3;

/** How whole stacks are known. */
const knownOf: Partial<Record<Capture, Known>> = { [Capture.verified]: Known.verified, [Capture.exact]: Known.exact, [Capture.paused]: Known.paused };

/** Samples so far, by `Known`. */
export type SampleCounts = number[];

interface ThreadSetup {
  readonly pid: Pid;
  /** 0 when it could not be learned. */
  readonly tid: Tid;
  readonly address: Address;
  readonly interpreter: Interpreter;
  readonly state: ThreadState;
  readonly memory: RemoteMemory;
  readonly layout: Layout;
  readonly recorder: Recorder;
  readonly counts: SampleCounts;
  readonly sources: CaptureSources;
}

/** Samples one thread: looks what the kernel says of it, captures its stack if it may have changed, adds a row. */
export class ThreadSampler {
  readonly interpreter: Interpreter;
  readonly tid: Tid;
  name = "";
  /** `monotonic` of the round that it was last sampled in. */
  lastRound: Nanoseconds = 0;
  /** And of the first one that met it. */
  firstRound: Nanoseconds = 0;
  #weighedTo: Nanoseconds = 0;
  /** Another thread state belongs to the same thread. The one that runs nothing is then left out. */
  isShared = false;
  /** Its row in the recorder's table of threads. */
  row: ThreadIndex = NONE;
  /** Its `PyThreadState`. */
  readonly address: Address;
  #tasks: ThreadTasks | null = null;
  readonly #pid: Pid;
  readonly #layout: Layout;
  readonly #recorder: Recorder;
  readonly #counts: SampleCounts;
  readonly #activity: ThreadActivity | null;
  /** Null where the kernel's account of switches is not to be had. */
  readonly #times: ThreadTimes | null;
  readonly #cpu: CpuAccount | null;
  /** Null: it is not wanted. */
  readonly #inKernel: KernelPart | null;
  readonly #capturer: ThreadCapturer;
  readonly #cursor = new StackCursor();
  /** Who it is by the list of threads, and its neighbours there. */
  #identity: ThreadState;
  /** It was off the CPU when last captured, and the kernel had put it on a CPU this often. */
  #isAsleep = false;
  #switches = -1;
  #stack: StackIndex = NONE;
  #state = 0;
  #known: Known = Known.lost;
  #waitsForCpu = false;

  constructor(setup: ThreadSetup) {
    this.interpreter = setup.interpreter;
    this.tid = setup.tid;
    this.address = setup.address;
    this.#pid = setup.pid;
    this.#layout = setup.layout;
    this.#recorder = setup.recorder;
    this.#counts = setup.counts;
    this.#identity = setup.state;
    this.#activity = setup.tid === 0 ? null : ThreadActivity.open(setup.pid, setup.tid, setup.layout.wordSize);
    this.#times = ThreadTimes.open(setup.sources.kernel, setup.pid, setup.tid);
    this.#cpu = this.#activity === null ? null : new CpuAccount(setup.recorder.samples, this.#activity, this.#times);
    const { kernelStacks } = setup.sources;
    this.#inKernel = kernelStacks ? KernelPart.open(setup.pid, setup.tid, kernelStacks.symbols) : null;
    const remote = new RemoteCopy(setup.memory, setup.layout, setup.interpreter, setup.address);
    this.#capturer = new ThreadCapturer(remote, setup.sources, setup, this.#times?.row ?? null);
  }

  /** What `threading.get_ident()` returns in it. */
  get threadId(): Address {
    return this.#identity.threadId;
  }

  isSame(interpreter: Interpreter, state: ThreadState): boolean {
    return (
      this.interpreter.address === interpreter.address && this.#identity.threadId === state.threadId && this.#identity.nativeThreadId === state.nativeThreadId
    );
  }

  /** Its neighbours in the list changed. */
  follow(state: ThreadState): void {
    this.#identity = state;
  }

  /** Gets a row in the recorder's table of threads: at first, and again when the tables began anew. */
  register(process: ProcessIndex, now: Round): void {
    this.row = this.#recorder.addThread({ process, tid: this.tid, interpreter: this.interpreter.id, name: this.name, startTime: now.boottime });
    if (this.firstRound === 0) {
      this.firstRound = now.monotonic;
      this.#weighedTo = now.weighedTo - now.firstWeight;
      // A main thread has been setting up its interpreter.
      if (now.firstWeight > 0 && this.tid !== this.#pid && this.#age() < youngest) this.#cpu?.countFromBirth();
    }
    this.forgetStack();
  }

  setName(name: string, time: Nanoseconds): void {
    if (name === this.name) return;
    this.name = name;
    this.#recorder.rename(time, this.row, name);
  }

  /** Null: it has none. */
  set tasks(tasks: ThreadTasks | null) {
    if (tasks === this.#tasks) return;
    this.#tasks = tasks;
    this.forgetStack();
  }

  /** Indices of frames are no longer valid: capture anew. */
  forgetStack(): void {
    this.#isAsleep = false;
    this.#cursor.forget();
  }

  /** Adds a sample. False when the thread is no longer where the list has it: read the list again, then try again. */
  sample(now: Round, resolver: FrameResolver): boolean {
    const activity = this.#activity;
    if (activity !== null && !activity.look()) return false;
    if (!this.#isAsleep || activity === null || activity.switches !== this.#switches) {
      // Both before the capture: a thread that is off the CPU now and not put on one until the next look cannot have changed its stack.
      this.#switches = activity?.switches ?? -1;
      activity?.lookCloser();
      this.#waitsForCpu = activity !== null && this.#times?.waitsForCpu(activity, now.monotonic) === true;
      if (!this.#capture(resolver)) return false;
      this.#isAsleep = activity !== null && !activity.isRunning;
      this.#placeTasks(resolver, now);
    }
    if (!this.isShared || this.#stack !== NONE) this.#addRow(now);
    else this.#weighTo(now);
    return true;
  }

  /** This is the end of the recording. */
  settle(): void {
    this.#cpu?.settle();
  }

  close(): void {
    this.settle();
    this.#activity?.close();
    this.#capturer.close();
    this.#times?.close();
    this.#inKernel?.close();
  }

  #capture(resolver: FrameResolver): boolean {
    const activity = this.#activity;
    const capturer = this.#capturer;
    const { stacks } = this.#recorder;
    const isRunning = activity?.isRunning !== false;
    for (let attempt = 1; ; attempt++) {
      let capture = capturer.capture(this.#identity, isRunning);
      if (capture === Capture.changed) return false;
      let isConfirmed = this.#setStack(capture, resolver);
      // What was never seen is looked at again, with more care; a thread that is off the CPU does not deceive.
      const isSure = capture === Capture.exact || capture === Capture.paused || (capture === Capture.verified && stacks.isProved(this.#stack));
      if (isRunning && !isSure) {
        capture = capturer.captureSurely(this.#identity, capture);
        if (capture === Capture.changed) return false;
        isConfirmed = this.#setStack(capture, resolver);
      }
      // It was asked in its own context.
      if (capture === Capture.exact) this.#waitsForCpu = false;
      if (!isConfirmed && attempt < maxConfirmations) continue;
      if (isConfirmed && capture in knownOf) stacks.markProved(this.#stack);
      if (isConfirmed) this.#addKernelPart(capture, resolver);
      break;
    }
    if (activity?.isStopped === true) this.#stack = stacks.intern(this.#stack, resolver.marker("(stopped)"));
    this.#state = this.#readState(activity);
    return true;
  }

  #placeTasks(resolver: FrameResolver, { boottime }: Moment): void {
    const { stack: raw } = this.#capturer.captured;
    const told = this.#known === Known.lost ? 0 : this.#cursor.depth;
    this.#tasks?.place({ row: this.row, raw, told, stack: this.#stack, cursor: this.#cursor, isAsleep: this.#isAsleep }, resolver, boottime);
  }

  #addKernelPart(capture: Capture, resolver: FrameResolver): void {
    const activity = this.#activity;
    const { stacks } = this.#recorder;
    if (this.#inKernel === null || activity === null) return;
    if (capture === Capture.exact)
      for (const frame of this.#inKernel.ofInterrupted(this.#capturer)) this.#stack = stacks.intern(this.#stack, resolver.kernelFrame(frame));
    else if (!activity.isRunning || this.#times?.isOffCpu(activity) === true)
      for (const frame of this.#inKernel.ofSleeping(activity, this.#switches)) this.#stack = stacks.intern(this.#stack, resolver.kernelFrame(frame));
  }

  /** False when code objects came and went so fast that only a part of the stack can be told. */
  #setStack(capture: Capture, resolver: FrameResolver): boolean {
    const { stacks } = this.#recorder;
    const { captured } = this.#capturer;
    if (capture === Capture.lost) {
      this.#known = Known.lost;
      this.#stack = stacks.intern(NONE, resolver.marker("(lost)"));
      return true;
    }
    resolver.beginStack();
    this.#stack = this.#cursor.intern(captured.stack, captured.provedFrames, resolver, stacks);
    const young = this.#cursor.youngDepths(resolver);
    const { told } = this.#cursor;
    const confirmed = young.length === 0 ? told : Math.min(told, resolver.confirm(captured.stack, young));
    const isConfirmed = confirmed === captured.provedFrames;
    if (confirmed < told) {
      this.#cursor.forget();
      this.#stack = this.#cursor.intern(captured.stack, confirmed, resolver, stacks);
    }
    this.#known = isConfirmed ? (knownOf[capture] ?? Known.partial) : Known.partial;
    if (this.#known === Known.partial) this.#stack = stacks.intern(this.#stack, resolver.marker(unprovedMarker));
    return isConfirmed;
  }

  #readState(activity: ThreadActivity | null): number {
    const { gil } = this.interpreter;
    let state = 0;
    if (activity?.isRunning === true) state |= State.onCpu;
    if (this.#waitsForCpu) state |= State.waitsForCpu;
    if (activity?.isUninterruptible === true) state |= State.uninterruptible;
    if (activity?.isStopped === true) state |= State.stopped;
    if (this.#capturer.captured.gilHolder === this.address) {
      state |= State.holdsGil;
      if (this.#capturer.captured.isCollecting) state |= State.collecting;
    } else if (activity !== null && activity.futex >= gil && activity.futex < gil + this.#layout.gil.size) state |= State.waitsForGil;
    return state;
  }

  /** To 10 ms; infinite when it is gone. */
  #age(): Nanoseconds {
    const stat = readStat(this.#pid, this.tid);
    return stat === null ? Number.POSITIVE_INFINITY : boottimeNow() - stat.startTime * clockTick;
  }

  /** Wall time since it was last weighed. */
  #weighTo(now: Round): Nanoseconds {
    const weight = Math.max(0, now.weighedTo - this.#weighedTo);
    this.#weighedTo += weight;
    this.lastRound = now.monotonic;
    return weight;
  }

  #addRow(now: Round): void {
    const { samples } = this.#recorder;
    const before = this.#cpu?.rowBefore() ?? -1;
    const wall = this.#weighTo(now);
    const tasks = this.#tasks;
    const added = samples.push(now.boottime, this.row, tasks?.stack ?? this.#stack, wall, this.#state, this.#known, before);
    tasks?.share(added, wall, now.boottime);
    this.#counts[this.#known] = this.#counts[this.#known]! + 1;
    this.#cpu?.add(added);
  }
}
