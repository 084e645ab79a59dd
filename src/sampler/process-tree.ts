import type { ByteCount, Milliseconds, Nanoseconds, Pid } from "../base/units.ts";
import type { FindFailure } from "../cpython/find-runtime.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { NewIds } from "../os/new-ids.ts";
import { isAlive, isProcess, listChildren, readStat, type ProcessStat } from "../os/processes.ts";
import { StatFile } from "../os/stat-file.ts";
import { Ancestry } from "./ancestry.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import { Chore } from "./chore.ts";
import { ProcessSampler, type ProcessSetup } from "./process-sampler.ts";
import type { Recorder } from "./recorder.ts";
import { RuntimeFinder } from "./runtime-finder.ts";
import type { Moment, Round } from "./round.ts";
import type { SampleCounts } from "./thread-setup.ts";
import type { SessionOptions } from "./session-options.ts";
import { type Recorded, Unrecorded } from "./unrecorded.ts";

const millisecond: Nanoseconds = 1e6;
/** A new program is looked at this often at first; an interpreter takes about 10 ms to set itself up. */
const shortestPause: Milliseconds = 1;
/** And in the end this often: a library that is loaded later may bring an interpreter along. */
const longestPause: Milliseconds = 500;
/** How often the kernel is asked which ids it gave out: a child is seen a millisecond or two after its start. */
const newsPause: Nanoseconds = 1 * millisecond;
/** Known processes are looked through this often where that does not help, so that a child is seen within 50 ms all the same. */
const walkPause: Nanoseconds = 20 * millisecond;
/** Otherwise only to be sure. */
const rareWalkPause: Nanoseconds = 200 * millisecond;
/** Looking through hundreds of processes takes its time: at most this part of all. */
const walkShare = 1 / 20;
const longestWalkPause: Nanoseconds = 250 * millisecond;
/** So many tries with what is known of files, then one that takes nothing for known. */
const triesByKnowledge = 16;
const maxProcesses = 100_000;

interface Node {
  readonly pid: Pid;
  readonly stat: StatFile;
  /** Names the process for good: pids are used again. */
  readonly startTime: number;
  /** Of the program it runs; another one after execve(2). */
  imageMark: string;
  /** Who started it, as far as it is one of ours. */
  readonly parent: Pid;
  sampler: ProcessSampler | null;
  /** At the last try: while nothing was mapped since, no interpreter came. */
  addressSpace: ByteCount;
  tries: number;
  /** Why it is not sampled. */
  failure: FindFailure | null;
  nextTry: Nanoseconds;
  pause: Milliseconds;
}

/**
 * The processes of a session: the one it was asked for and those below it. Finds new ones, finds the interpreter in
 * each as soon as there is one, lets go of those that end or turn into another program.
 */
export class ProcessTree {
  readonly #root: Pid;
  readonly #policy: SessionOptions["processes"];
  readonly #setup: ProcessSetup;
  readonly #unrecorded: Unrecorded;
  readonly #nodes = new Map<Pid, Node>();
  readonly #finder = new RuntimeFinder();
  readonly #newIds = new NewIds();
  readonly #ancestry = new Ancestry();
  #nextNews: Nanoseconds = 0;
  readonly #checks = new Chore(walkShare, longestWalkPause);
  readonly #walks = new Chore(walkShare, longestWalkPause);
  /** What was there before us is no news. */
  #isFirstWalk = true;
  #walkPause: Nanoseconds = rareWalkPause;
  /** How many processes were sampled so far. */
  sampledCount = 0;
  maxThreads = 0;
  /** In some process was CPython, though it may not have come to run anything. */
  hasMetPython = false;
  /** The first process that we have no right to read; null: none was met. */
  unreadable: Pid | null = null;

  constructor(root: Pid, { processes, tasks }: Pick<SessionOptions, "processes" | "tasks">, recorder: Recorder, counts: SampleCounts, sources: CaptureSources) {
    this.#root = root;
    this.#policy = processes;
    this.#setup = { finder: this.#finder, recorder, counts, sources, tasks };
    this.#unrecorded = new Unrecorded(this.#setup);
    this.#add(root, 0);
  }

  /** Why the process that was asked for is not sampled; null when it is, or is gone. */
  get rootFailure(): FindFailure | null {
    return this.#nodes.get(this.#root)?.failure ?? null;
  }

  get isRootAlive(): boolean {
    return this.#nodes.has(this.#root);
  }

  get isSampling(): boolean {
    for (const node of this.#nodes.values()) if (node.sampler !== null) return true;
    return false;
  }

  /** Looks for new and changed processes, as far as it is time to. */
  update(now: Moment): void {
    for (const node of this.#nodes.values()) if (node.sampler === null && now.monotonic >= node.nextTry) this.#tryToBegin(node, now.monotonic);
    if (now.monotonic >= this.#nextNews && this.#wantsChildren()) {
      this.#nextNews = now.monotonic + newsPause;
      const ids = this.#newIds.take();
      if (ids === null) this.#walks.hasten(now.monotonic + walkPause);
      else for (const id of ids) this.#consider(id, now.monotonic);
    }
    this.#checks.doWhenDue(now.monotonic, walkPause, () => {
      for (const node of this.#nodes.values()) this.#check(node, now.monotonic);
    });
    this.#walks.doWhenDue(now.monotonic, this.#walkPause, () => this.#walk(now.monotonic));
    if (this.#policy === "outermost" && this.isSampling) this.#unrecorded.lookWhenDue(now.monotonic, () => this.#recorded());
  }

  #wantsChildren(): boolean {
    return this.#policy === "all" || !this.#isSampled(this.#root);
  }

  #isSampled(pid: Pid): boolean {
    const node = this.#nodes.get(pid);
    return node !== undefined && node.sampler !== null;
  }

  /** An id that was just given out: a process or a thread, somewhere on this machine. */
  #consider(id: Pid, now: Nanoseconds): void {
    if (this.#nodes.has(id)) return;
    const stat = readStat(id);
    if (stat === null) return;
    const parent = this.#nodes.get(stat.parent);
    const isOurs =
      parent === undefined
        ? this.#policy === "all" && this.#ancestry.isDescendant(stat, (pid) => this.#nodes.has(pid))
        : this.#policy === "all" || parent.sampler === null;
    if (isOurs && isProcess(id)) this.#add(id, now, stat);
  }

  /** Who is below the processes that we know? */
  #walk(now: Nanoseconds): void {
    let found = 0;
    for (const node of this.#nodes.values()) {
      if (node.sampler !== null && this.#policy === "outermost") continue;
      for (const child of listChildren(node.pid)) if (!this.#nodes.has(child) && this.#add(child, now)) found++;
    }
    // New ids should have told of those, but a container may be shown those of another one.
    if (found > 0 && !this.#isFirstWalk) this.#walkPause = walkPause;
    this.#isFirstWalk = false;
  }

  /** Python processes below those that are sampled, which nobody asked for. */
  get unrecordedCount(): number {
    return this.#unrecorded.count;
  }

  /** Counts those that are there now. */
  countUnrecorded(): void {
    if (this.#policy === "outermost") this.#unrecorded.look(this.#recorded());
  }

  *#recorded(): Generator<Recorded> {
    for (const { pid, imageMark, sampler } of this.#nodes.values()) if (sampler !== null) yield { pid, imageMark, runtime: sampler.runtime };
  }

  /** A round: one sample of every thread of every process. */
  sample(now: Round): void {
    let threads = 0;
    for (const node of this.#nodes.values()) {
      if (node.sampler === null) continue;
      if (!node.sampler.sample(now)) this.#check(node, now.monotonic);
      threads += node.sampler?.threadCount ?? 0;
    }
    this.maxThreads = Math.max(this.maxThreads, threads);
  }

  /** How much memory each process has now, where that changed. */
  noteMemory(time: Nanoseconds): void {
    for (const node of this.#nodes.values()) node.sampler?.noteMemory(time);
  }

  settleTasks(now: Moment): void {
    for (const node of this.#nodes.values()) node.sampler?.settleTasks(now);
  }

  keepCurrent(now: Moment): void {
    for (const node of this.#nodes.values()) node.sampler?.keepCurrent(now);
  }

  /** Names threads that are new, where there are any. */
  nameThreads(now: Moment): void {
    for (const node of this.#nodes.values()) if (node.sampler?.awaitsNames === true) node.sampler.nameThreads(now);
  }

  /** This is the end of the recording. */
  settle(): void {
    for (const node of this.#nodes.values()) node.sampler?.settle();
  }

  close(): void {
    for (const node of this.#nodes.values()) {
      node.sampler?.close();
      node.stat.close();
    }
    this.#nodes.clear();
    this.#newIds.close();
  }

  #add(pid: Pid, now: Nanoseconds, stat: ProcessStat | null = readStat(pid)): boolean {
    if (stat === null || this.#nodes.size >= maxProcesses) return false;
    const { startTime, imageMark, parent } = stat;
    const node = {
      pid,
      stat: new StatFile(pid),
      startTime,
      imageMark,
      parent,
      sampler: null,
      failure: null,
      nextTry: now,
      pause: shortestPause,
      addressSpace: 0,
      tries: 0,
    };
    this.#nodes.set(pid, node);
    this.#ancestry.add(pid, imageMark, (this.#nodes.get(parent) ?? readStat(parent))?.imageMark);
    this.#tryToBegin(node, now);
    return true;
  }

  #tryToBegin(node: Node, now: Nanoseconds): void {
    const stat = node.stat.read();
    const mark = stat?.imageMark ?? node.imageMark;
    if (mark !== node.imageMark) this.#ancestry.addProgram(mark);
    if (node.failure?.kind === "not-python" && mark === node.imageMark && stat?.addressSpace === node.addressSpace) return postpone(node, now);
    node.addressSpace = stat?.addressSpace ?? 0;
    if (node.failure?.kind === "not-initialised" && ++node.tries % triesByKnowledge === 0) this.#finder.forget();
    const begun = ProcessSampler.begin(node.pid, { ...this.#setup, inherited: this.#inherited(node, mark) });
    if (begun.ok) {
      // A mark that was read in the middle of an execve(2) is nobody's.
      node.imageMark = mark;
      node.sampler = begun.value;
      node.failure = null;
      this.sampledCount++;
      if (this.#policy === "outermost") this.#dropBelow(node.pid);
      return;
    }
    node.failure = begun.error;
    if (begun.error.kind === "not-initialised") this.hasMetPython = true;
    if (begun.error.kind === "unreadable" && isAlive(node.pid)) this.unreadable ??= node.pid;
    postpone(node, now);
  }

  /** Where the parent's interpreter is, when this process is a copy of it that has not executed another program. */
  #inherited({ parent }: Node, mark: string): RuntimeLocation | null {
    const node = this.#nodes.get(parent);
    const sampler = node?.imageMark === mark ? node.sampler : null;
    return sampler === null ? null : sampler.runtime;
  }

  /** What runs below a Python process is not ours under "outermost"; it may have been found before its parent was known to be Python. */
  #dropBelow(pid: Pid): void {
    for (const child of listChildren(pid)) {
      const node = this.#nodes.get(child);
      if (node === undefined) continue;
      node.sampler?.close();
      node.stat.close();
      this.#nodes.delete(child);
      this.#dropBelow(child);
    }
  }

  /** Is it still there, and does it still run the same program? */
  #check(node: Node, now: Nanoseconds): void {
    const stat = node.stat.read();
    const isGone = stat === null || stat.startTime !== node.startTime || stat.state === "Z" || stat.state === "X";
    if (!isGone && stat.imageMark === node.imageMark) return;
    node.sampler?.close();
    node.sampler = null;
    if (isGone) {
      node.stat.close();
      this.#nodes.delete(node.pid);
      return;
    }
    node.imageMark = stat.imageMark;
    this.#ancestry.addProgram(stat.imageMark);
    node.pause = shortestPause;
    node.nextTry = now;
  }
}

/** Tries less and less often. */
function postpone(node: Node, now: Nanoseconds): void {
  node.pause = Math.min(node.pause * 1.25, longestPause);
  node.nextTry = now + node.pause * millisecond;
}
