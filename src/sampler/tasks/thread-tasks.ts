import type { Address, Nanoseconds } from "../../base/units.ts";
import { Known, NONE, type SampleIndex, type StackIndex, type TaskIndex, type ThreadIndex } from "../../profile/tables.ts";
import type { FrameResolver } from "../frame-resolver.ts";
import type { Recorder } from "../recorder.ts";
import { describeAwaited } from "./describe-awaited.ts";
import { type KnownTask, isMadeFrom, isSameList } from "./known-task.ts";
import { LoopBases } from "./loop-bases.ts";
import { type SeenThread, hasCoroutine } from "./seen-thread.ts";
import { TaskGraph } from "./task-graph.ts";
import { addWaiting, LastRunning, type TaskStacks } from "./task-stacks.ts";

/** So many waits are told at the end of a block: of more tasks that wait and wait, each in its turn. */
const mostSettled = 300;

/**
 * Whether a task, whose outermost frame was on its thread's stack, ran then, and those who wait for it stood where they are known to stand. May
 * change what is known of them.
 */
type WasRunning = (task: KnownTask, thread: ThreadTasks, now: Nanoseconds) => boolean;

/**
 * The tasks of one thread: which one runs when the thread is sampled, what its stack is with all that wait for it, and how the
 * thread's time is shared. While one of them runs, or a callback does, the time is its own: it is the same with tasks as without. While
 * the thread waits for all of them, its time is dealt out evenly among the leaves, those that do not wait for another one. That gathers, and is dealt out at
 * the next look at them, when it is known what they do; until a task changes, what it got is one row.
 */
export class ThreadTasks {
  /** By address. */
  readonly tasks: Map<Address, KnownTask> = new Map();
  /** The thread ran since its tasks were looked at: they may have changed. */
  isStale = true;
  /** When it was captured last, it was off the CPU. */
  isAsleep = false;
  /** It has not been placed yet, or a task runs that was not known when it was captured last: it is to be placed, though it may sleep. */
  wantsPlace = true;
  /** A coroutine stands where a task would, and none is known that has it: look for new ones. */
  hasUnknown = false;
  readonly #recorder: Recorder;
  readonly #wasRunning: WasRunning;
  /** By the address of the outermost frame. */
  readonly #byRoot = new Map<Address, KnownTask>();
  readonly #bases: LoopBases;
  /** Those that have no span, and begin one at the next deal. */
  readonly #unspanned = new Set<KnownTask>();
  #resolver: FrameResolver;
  #graph: TaskGraph<KnownTask> | null = null;
  #looks = 0;
  #row: ThreadIndex = NONE;
  #rounds = 0;
  /** How many leaves wait; -1: count them. */
  #waiting = -1;
  /** What each waiting leaf has got so far, and what is still to be dealt out. */
  #dealt: Nanoseconds = 0;
  #undealt: Nanoseconds = 0;
  /** Up to here its tasks did what is known of them: it slept since they were looked at, or nobody could know better. */
  #sureUntil: Nanoseconds;
  /** Who got something last: if all are gone, what is left is theirs. */
  #lastLeaf: { readonly task: TaskIndex; readonly stack: StackIndex; readonly epoch: number } | null = null;
  #turn = 0;
  /** Where `settle` goes on. */
  #toSettle: Iterator<KnownTask> = this.tasks.values();
  /** Of the last `place`. */
  #running: KnownTask | null = null;
  #isIdle = false;
  /** The thread's stack with its tasks in it. */
  stack: StackIndex = NONE;
  sampledUntil: Nanoseconds;
  readonly #lastRunning = new LastRunning();

  constructor(recorder: Recorder, resolver: FrameResolver, wasRunning: WasRunning, now: Nanoseconds) {
    this.#recorder = recorder;
    this.#resolver = resolver;
    this.#wasRunning = wasRunning;
    this.#bases = new LoopBases(recorder);
    this.sampledUntil = this.#sureUntil = now;
  }

  add(task: KnownTask): void {
    this.#endSpans(task.awaitedBy);
    task.lookNumber = this.#looks;
    this.tasks.set(task.address, task);
    this.#enter(task);
    this.#forgetGraph();
  }

  /** Changes what is known of some tasks. What they do now is taken to have begun when they were last known to do something else, or at `until`. */
  change(tasks: readonly KnownTask[], update: (task: KnownTask) => void, until: Nanoseconds = this.#sureUntil): void {
    this.#lastRunning.forget();
    // Made now, it is that of before until the change is done. The chains of those that others wait through change with them.
    const { leaves } = this.#currentGraph;
    const others = tasks.some((task) => this.tasks.has(task.address) && !leaves.has(task)) ? [...this.tasks.values()] : tasks;
    for (const task of tasks) this.#endSpan(task, until);
    for (const task of others) this.#endSpan(task, this.#sureUntil);
    let isSameGraph = true;
    for (const task of tasks) {
      const before = task.awaitedBy;
      if (this.#byRoot.get(task.found.rootFrame) === task) this.#byRoot.delete(task.found.rootFrame);
      update(task);
      task.lookNumber = this.#looks;
      const isThere = this.tasks.has(task.address);
      if (isThere) this.#enter(task);
      if (isThere && isSameList(before, task.awaitedBy)) continue;
      isSameGraph = false;
      this.#endSpans(before);
      this.#endSpans(task.awaitedBy);
    }
    this.#waiting = -1;
    if (!isSameGraph) this.#forgetGraph();
  }

  /** All in the chains of those who wait for a task. */
  waitersFor(task: KnownTask): KnownTask[] {
    return [...new Set(this.#currentGraph.chainsTo(task).flat())];
  }

  /** All in the chains that one of these is in. */
  chainsThrough(tasks: readonly KnownTask[]): KnownTask[] {
    return [...this.#currentGraph.chainsThrough(tasks.filter((task) => this.tasks.has(task.address)))];
  }

  /** To be called within `change`. */
  remove(task: KnownTask): void {
    this.tasks.delete(task.address);
    this.#unspanned.delete(task);
    if (this.#running === task) this.#running = null;
  }

  /** The thread was captured: finds the task that runs on it, and puts those who wait for it into its stack. It runs since the sample before. */
  place(seen: SeenThread, resolver: FrameResolver, now: Nanoseconds): void {
    this.#resolver = resolver;
    this.#row = seen.row;
    this.stack = seen.stack;
    // What gathered while it slept is theirs who waited then.
    if (!this.isStale) this.deal(this.#sureUntil);
    this.isStale = true;
    this.isAsleep = seen.isAsleep;
    const at = this.#findRunning(seen);
    const task = at < 0 ? null : this.#byRoot.get(seen.raw.frame[at]!)!;
    const running = task !== null && this.#wasRunning(task, this, now) && isMadeFrom(task, seen.raw.code[at]!) ? task : null;
    this.wantsPlace = false;
    if (running !== this.#running) this.#waiting = -1;
    this.#running = running;
    this.hasUnknown = running === null && (hasCoroutine(seen) || this.#bases.isInCallback(seen.raw));
    if (running === null) {
      this.#bases.noteIdle(seen, this.tasks.values(), resolver);
      this.#isIdle = seen.isAsleep && !this.#bases.isInCallback(seen.raw);
      return;
    }
    this.#isIdle = seen.isAsleep && running.isLoop;
    const base = running.found.kind === "greenlet" ? NONE : this.#bases.note(running.found.loop, seen, at);
    this.#endSpan(running, this.sampledUntil);
    running.toldUntil = now;
    if (running.isLoop) return;
    // Where several wait for it, it is told as each one's in turns.
    const chains = this.#currentGraph.chainsTo(running);
    const chain = chains[this.#turn++ % chains.length]!;
    this.stack = this.#lastRunning.addTo(this.#stacks, chain, running, base, seen.stack);
  }

  /** The thread's sample at `index` stands for `wall`. */
  share(index: SampleIndex, wall: Nanoseconds, now: Nanoseconds): void {
    this.sampledUntil = now;
    if (!this.isStale) this.#sureUntil = now;
    const sharedOut = this.#isIdle && this.#countWaiting() > 0 ? wall : 0;
    this.#rounds++;
    this.#undealt += sharedOut;
    const task = this.#running?.row(this.#row, this.#recorder, this.#resolver, now) ?? NONE;
    this.#recorder.samples.setTask(index, task, sharedOut);
  }

  /** All of its tasks were looked at together, and those that changed were read: what is proved of them was so at one moment. */
  looked(now: Nanoseconds): void {
    this.isStale = false;
    this.#looks++;
    this.deal(now);
  }

  /** All changes up to `now` are in: deals out what gathered since the last time, to those who wait now. */
  deal(now: Nanoseconds): void {
    const dealtBefore = this.#dealt;
    const waiting = this.#countWaiting();
    if (waiting > 0) {
      this.#dealt += this.#undealt / waiting;
      this.#undealt = 0;
    }
    for (const task of this.#unspanned) {
      if (!this.#isWaiting(task)) continue;
      task.span = { start: Math.max(this.#sureUntil, task.toldUntil), dealtBefore, roundsBefore: this.#rounds - 1 };
      this.#unspanned.delete(task);
    }
    this.#sureUntil = now;
  }

  /** A block ends: tells of waits up to `now`, of very many only some. Those that go on begin anew. */
  settle(now: Nanoseconds): void {
    if (this.#row === NONE) return;
    this.deal(now);
    for (let count = Math.min(this.tasks.size, mostSettled); count > 0; count--) {
      const next = this.#toSettle.next();
      if (next.done === true) this.#toSettle = this.tasks.values();
      else this.#endSpan(next.value, now);
    }
    // While it sleeps they go on as they are, and nobody looks.
    if (!this.isStale) this.deal(now);
  }

  /** The recording ends: tells everything up to `now`. */
  finish(now: Nanoseconds): void {
    if (this.#row === NONE) return;
    this.deal(now);
    for (const task of this.tasks.values()) this.#endSpan(task, now);
    const last = this.#lastLeaf;
    if (this.#undealt > 0 && last?.epoch === this.#recorder.epoch) {
      const nothing = { start: now, end: now, whole: 0, samples: 0, known: Known.verified, what: this.#recorder.internString("") };
      this.#recorder.waits.push({ ...nothing, thread: this.#row, task: last.task, stack: last.stack, wall: this.#undealt });
      this.#undealt = 0;
    }
  }

  /** What was told of code objects may not be so. */
  forgetFrames(): void {
    this.#lastRunning.forget();
    for (const task of this.tasks.values()) task.forgetFrames();
  }

  #enter(task: KnownTask): void {
    if (task.found.state === "running" && this.#running === null) this.wantsPlace = true;
    if (task.found.rootFrame !== 0) this.#byRoot.set(task.found.rootFrame, task);
    if (task.span === null) this.#unspanned.add(task);
  }

  /** Those who wait for a task that comes, goes or changes may become leaves by that, or be none any more. */
  #endSpans(waiters: readonly Address[]): void {
    for (const address of waiters) {
      const waiter = this.tasks.get(address);
      if (waiter !== undefined) this.#endSpan(waiter, this.#sureUntil);
    }
  }

  #forgetGraph(): void {
    this.#graph = null;
    this.#waiting = -1;
  }

  get #stacks(): TaskStacks {
    return { recorder: this.#recorder, resolver: this.#resolver };
  }

  get #currentGraph(): TaskGraph<KnownTask> {
    return (this.#graph ??= new TaskGraph(this.tasks));
  }

  #isWaiting(task: KnownTask): boolean {
    const { state } = task.found;
    return task !== this.#running && !task.isLoop && state !== "finished" && state !== "running";
  }

  #countWaiting(): number {
    if (this.#waiting < 0) {
      this.#waiting = 0;
      for (const task of this.#currentGraph.leaves) if (this.#isWaiting(task)) this.#waiting++;
    }
    return this.#waiting;
  }

  /** The place of a known task's outermost frame in the thread's stack, the newest of them; -1: there is none. */
  #findRunning({ raw, told }: SeenThread): number {
    for (let at = raw.length - told; at < raw.length; at++) if (this.#byRoot.has(raw.frame[at]!)) return at;
    return -1;
  }

  /** What is known of it, and of all the others of which this is true, was so at one moment. */
  readonly #isTogether = ({ isProved, lookNumber }: KnownTask): boolean => isProved && lookNumber < this.#looks;

  #endSpan(task: KnownTask, now: Nanoseconds): void {
    const { span } = task;
    if (span === null) return;
    task.span = null;
    this.#unspanned.add(task);
    const graph = this.#currentGraph;
    const isLeaf = graph.leaves.has(task);
    const wall = isLeaf ? this.#dealt - span.dealtBefore : 0;
    if (now <= span.start && wall === 0) return;
    // What waits for others is told once: its time is theirs.
    const chains = isLeaf ? graph.chainsTo(task) : graph.chainsTo(task).slice(0, 1);
    const row = task.row(this.#row, this.#recorder, this.#resolver, now);
    const end = Math.max(now, span.start);
    task.toldUntil = end;
    const times = { start: span.start, end, wall: wall / chains.length, whole: (end - span.start) / chains.length };
    const what = this.#recorder.internString(describeAwaited(task.found));
    const base = task.found.kind === "greenlet" ? NONE : this.#bases.of(task.found.loop, this.#resolver);
    for (const chain of chains) {
      const whole = [...chain, task];
      const stack = addWaiting(this.#stacks, whole, base, this.#isTogether);
      const known = whole.every((each) => each.isTold && this.#isTogether(each)) ? Known.verified : Known.partial;
      this.#recorder.waits.push({ ...times, thread: this.#row, task: row, stack, samples: this.#rounds - span.roundsBefore, known, what });
      if (isLeaf) this.#lastLeaf = { task: row, stack, epoch: this.#recorder.epoch };
    }
  }
}
