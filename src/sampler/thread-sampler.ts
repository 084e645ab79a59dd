import type { Address, Nanoseconds, Pid, Tid } from "../base/units.ts";
import type { Interpreter } from "../cpython/interpreters.ts";
import type { Layout } from "../cpython/layout.ts";
import type { ThreadState } from "../cpython/thread-state.ts";
import { monotonicNow } from "../os/clock.ts";
import { ThreadActivity } from "../os/thread-activity.ts";
import { Known, NONE, State, type ProcessIndex, type SampleIndex, type StackIndex, type ThreadIndex } from "../profile/tables.ts";
import { Capture } from "./capture/captured-thread.ts";
import type { ThreadClock } from "./capture/kernel/clock/thread-clock.ts";
import { ThreadTimes } from "./capture/kernel/thread-times.ts";
import { RemoteCopy } from "./capture/remote/remote-copy.ts";
import { ThreadCapturer } from "./capture/thread-capturer.ts";
import { CpuAccount } from "./cpu-account.ts";
import { ClockedThread } from "./clocked-thread.ts";
import { KernelPart } from "./kernel-part.ts";
import type { FrameResolver } from "./frame-resolver.ts";
import { isNewborn } from "./newborn.ts";
import type { Recorder } from "./recorder.ts";
import type { Moment, Round } from "./round.ts";
import { gilStateOf, stateOf } from "./sample-state.ts";
import type { ThreadTasks } from "./tasks/thread-tasks.ts";
import type { SampleCounts, ThreadSetup } from "./thread-setup.ts";
import { knownOf, ToldStack } from "./told-stack.ts";
import { WallAccount } from "./wall-account.ts";

/** So often a stack is captured anew because a code object in it was replaced, or could only just be read. */
const maxConfirmations = 3;

/** Samples one thread: looks what the kernel says of it, captures its stack if it may have changed, adds a row. */
export class ThreadSampler {
  readonly interpreter: Interpreter;
  readonly tid: Tid;
  name = "";
  /** `monotonic` of the round that it was last sampled in. */
  lastRound: Nanoseconds = 0;
  /** And of the first one that met it. */
  firstRound: Nanoseconds = 0;
  readonly #wall = new WallAccount();
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
  /** Null: it has no clock of its own, rounds are all there is. */
  #clocked: ClockedThread | null;
  readonly #capturer: ThreadCapturer;
  readonly #told: ToldStack;
  /** Who it is by the list of threads, and its neighbours there. */
  #identity: ThreadState;
  /** It was off the CPU when last captured, and the kernel had put it on a CPU this often. */
  #isAsleep = false;
  #switches = -1;
  #state = 0;
  #waitsForCpu = false;
  /** As of the last round: for copies that its clock makes between them. */
  #resolver: FrameResolver | null = null;
  #round: Moment = { boottime: 0, monotonic: 0 };
  #epoch = -1;
  /** The last copy that could not be told as a whole, as far as it could. */
  #untold: { readonly stack: StackIndex; readonly known: Known } | null = null;

  constructor(setup: ThreadSetup) {
    this.interpreter = setup.interpreter;
    this.tid = setup.tid;
    this.address = setup.address;
    this.#pid = setup.pid;
    this.#layout = setup.layout;
    this.#recorder = setup.recorder;
    this.#counts = setup.counts;
    this.#identity = setup.state;
    this.#told = new ToldStack(setup.recorder.stacks);
    this.#activity = setup.tid === 0 ? null : ThreadActivity.open(setup.pid, setup.tid, setup.layout.wordSize);
    this.#times = ThreadTimes.open(setup.sources.kernel, setup.pid, setup.tid);
    this.#cpu = this.#activity === null ? null : new CpuAccount(setup.recorder.samples, this.#activity, this.#times);
    const { kernel, kernelStacks } = setup.sources;
    this.#clocked = ClockedThread.start(kernel, setup, this.#activity, this.#times, setup.recorder.samples, {
      addCopy: (copy) => this.#addCopy(copy),
      lookAgain: (copies, { time }) => this.#lookAgain(copies, time),
    });
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
    this.#epoch = this.#recorder.epoch;
    if (this.firstRound === 0) {
      this.firstRound = now.monotonic;
      this.#wall.begin(now);
      // A main thread has been setting up its interpreter.
      if (now.firstWeight > 0 && this.tid !== this.#pid && isNewborn(this.#pid, this.tid)) (this.#clocked ?? this.#cpu)?.countFromBirth();
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
    this.#told.cursor.forget();
  }

  /** Adds a sample. False when the thread is no longer where the list has it: read the list again, then try again. */
  sample(now: Round, resolver: FrameResolver): boolean {
    const activity = this.#activity;
    if (activity !== null && !activity.look()) return false;
    this.#resolver = resolver;
    this.#round = now;
    if (this.isShared) this.#clocked = this.#clocked?.giveUp() ?? null;
    if (!this.#isAsleep || activity === null || activity.switches !== this.#switches || this.#tasks?.wantsPlace === true) {
      // Both before the capture: a thread that is off the CPU now and not put on one until the next look cannot have changed its stack.
      this.#switches = activity?.switches ?? -1;
      activity?.lookCloser();
      this.#waitsForCpu = activity !== null && this.#times?.waitsForCpu(activity, now.monotonic) === true;
      if (this.#clocked?.isCopying(this.#waitsForCpu) === true) {
        this.#isAsleep = false;
        this.#weighTo(now);
        return true;
      }
      if (!this.#capture(resolver)) return false;
      this.#isAsleep = activity !== null && !activity.isRunning;
      this.#placeTasks(resolver, now);
    }
    if (!this.isShared || this.#told.stack !== NONE) this.#addRow(now);
    else this.#weighTo(now);
    return true;
  }

  /** This is the end of the recording. */
  settle(): void {
    if (this.#clocked === null) this.#cpu?.settle(this.#wall.settle());
    else this.#clocked.settle(this.#wall.owedAt(monotonicNow()));
  }

  close(): void {
    this.settle();
    this.#clocked?.close();
    this.#activity?.close();
    this.#capturer.close();
    this.#times?.close();
    this.#inKernel?.close();
  }

  #capture(resolver: FrameResolver): boolean {
    const activity = this.#activity;
    const capturer = this.#capturer;
    const { stacks } = this.#recorder;
    const told = this.#told;
    const isRunning = activity?.isRunning !== false;
    for (let attempt = 1; ; attempt++) {
      let capture = capturer.capture(this.#identity, isRunning);
      if (capture === Capture.changed) return false;
      let isConfirmed = told.tell(capture, capturer.captured, resolver);
      // What was never seen is looked at again, with more care; a thread that was off the CPU all the time does not deceive.
      const isSure = capture === Capture.exact || capture === Capture.paused || (capture === Capture.verified && told.isProved);
      if (!isSure && (isRunning || activity.hasRunSince(this.#switches))) {
        capture = capturer.captureSurely(this.#identity, capture);
        if (capture === Capture.changed) return false;
        isConfirmed = told.tell(capture, capturer.captured, resolver);
      }
      // It was asked in its own context.
      if (capture === Capture.exact) this.#waitsForCpu = false;
      if (!isConfirmed && attempt < maxConfirmations) continue;
      if (isConfirmed && capture in knownOf) stacks.markProved(told.stack);
      if (isConfirmed) this.#addKernelPart(capture, resolver);
      break;
    }
    if (activity?.isStopped === true) told.add(resolver.marker("(stopped)"));
    const gil = { address: this.interpreter.gil, size: this.#layout.gil.size };
    this.#state = stateOf(activity, this.#waitsForCpu, capturer.captured, this.address, gil);
    return true;
  }

  /** Adds a row of what its clock had it copied as; which task ran then is not known any more. False when not all of it could be told. */
  #addCopy(copy: ThreadClock): boolean {
    const told = this.#told;
    const resolver = this.#currentResolver;
    if (resolver === null || copy.threadState.threadId !== this.threadId) return true;
    this.#capturer.captured = copy;
    this.#isAsleep = false;
    if (!told.tell(Capture.exact, copy, resolver, copy.time)) {
      this.#untold = { stack: told.stack, known: told.known };
      return false;
    }
    this.#recorder.stacks.markProved(told.stack);
    this.#addKernelPart(Capture.exact, resolver, copy);
    this.#state = State.onCpu | gilStateOf(copy, this.address);
    this.#addCopies(1, copy.time);
    return true;
  }

  /** For copies of which not all could be told: what the thread does now, if it still runs. Else as much of the last one as could. */
  #lookAgain(copies: number, lastCopy: Nanoseconds): void {
    const told = this.#told;
    const resolver = this.#currentResolver;
    const activity = this.#activity;
    if (resolver === null || activity === null) return;
    if (activity.look()) activity.lookCloser();
    this.#isAsleep = false;
    // One that lost its CPU stands where it would go on: that is as good a moment of its time on a CPU as another.
    this.#waitsForCpu = false;
    if (activity.isRunning && this.#capture(resolver)) return this.#addCopies(copies, lastCopy);
    told.tell(Capture.lost, this.#capturer.captured, resolver);
    if (this.#untold !== null) Object.assign(told, this.#untold);
    this.#state = State.onCpu;
    this.#addCopies(copies, lastCopy);
  }

  #addCopies(copies: number, time: Nanoseconds): void {
    const wall = this.#clocked?.weighCopies(copies) ?? 0;
    this.#clocked?.added(this.#push(this.#round.boottime + (time - this.#round.monotonic), this.#told.stack, wall), wall);
  }

  /** Null before the first round, and when the tables have begun anew since the last one. */
  get #currentResolver(): FrameResolver | null {
    return this.#epoch === this.#recorder.epoch ? this.#resolver : null;
  }

  #placeTasks(resolver: FrameResolver, { boottime }: Moment): void {
    const { stack: raw } = this.#capturer.captured;
    const { stack, known, cursor } = this.#told;
    const told = known === Known.lost ? 0 : cursor.depth;
    this.#tasks?.place({ row: this.row, raw, told, stack, cursor, isAsleep: this.#isAsleep }, resolver, boottime);
  }

  #addKernelPart(capture: Capture, resolver: FrameResolver, copy: ThreadClock | null = null): void {
    const activity = this.#activity;
    if (this.#inKernel === null || activity === null) return;
    if (capture === Capture.exact) for (const frame of this.#inKernel.ofInterrupted(this.#capturer, copy)) this.#told.add(resolver.kernelFrame(frame));
    else if (!activity.isRunning || this.#times?.isOffCpu(activity) === true)
      for (const frame of this.#inKernel.ofSleeping(activity, this.#switches)) this.#told.add(resolver.kernelFrame(frame));
  }

  /** Wall time since it was last weighed. */
  #weighTo(now: Round): Nanoseconds {
    const weight = this.#wall.weigh(now);
    this.lastRound = now.monotonic;
    this.#clocked?.count(weight);
    return weight;
  }

  #addRow(now: Round): void {
    const clocked = this.#clocked;
    const sinceLast = this.#weighTo(now);
    const wall = clocked === null ? sinceLast : clocked.weighLook(this.#waitsForCpu);
    const tasks = this.#tasks;
    const added = this.#push(now.boottime, tasks?.stack ?? this.#told.stack, wall);
    tasks?.share(added, wall, now.boottime);
    if (clocked === null) this.#cpu?.add(added);
    else clocked.added(added, clocked.isOnCpu(this.#waitsForCpu) ? wall : 0);
  }

  #push(time: Nanoseconds, stack: StackIndex, wall: Nanoseconds): SampleIndex {
    this.#counts[this.#told.known] = this.#counts[this.#told.known]! + 1;
    return this.#recorder.samples.push(time, this.row, stack, wall, this.#state, this.#told.known, this.#cpu?.rowBefore() ?? -1);
  }
}
