import type { Milliseconds, Nanoseconds, Pid } from "../base/units.ts";
import type { FindFailure } from "../cpython/find-runtime.ts";
import { listChildren, readStat } from "../os/processes.ts";
import type { CaptureSources } from "./capture/thread-capturer.ts";
import { ProcessSampler } from "./process-sampler.ts";
import type { Recorder } from "./recorder.ts";
import type { Moment, Round, SampleCounts } from "./thread-sampler.ts";
import type { SessionOptions } from "./session-options.ts";

const millisecond: Nanoseconds = 1e6;
/** A new program is looked at this often at first; an interpreter takes about 10 ms to set itself up. */
const shortestPause: Milliseconds = 1;
/** And in the end this often: a library that is loaded later may bring an interpreter along. */
const longestPause: Milliseconds = 500;
/** Children are looked for this often, so that one is seen well within 50 ms of its start. */
const childrenPause: Milliseconds = 20;
const maxProcesses = 100_000;

interface Node {
  readonly pid: Pid;
  /** Names the process for good: pids are used again. */
  readonly startTime: number;
  /** Of the program it runs; another one after execve(2). */
  imageMark: string;
  sampler: ProcessSampler | null;
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
  readonly #recorder: Recorder;
  readonly #counts: SampleCounts;
  readonly #sources: CaptureSources;
  readonly #nodes = new Map<Pid, Node>();
  #nextChildren: Nanoseconds = 0;
  /** How many processes were sampled so far. */
  sampledCount = 0;
  maxThreads = 0;

  constructor(root: Pid, policy: SessionOptions["processes"], recorder: Recorder, counts: SampleCounts, sources: CaptureSources) {
    this.#root = root;
    this.#policy = policy;
    this.#recorder = recorder;
    this.#counts = counts;
    this.#sources = sources;
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
    if (now.monotonic < this.#nextChildren) return;
    this.#nextChildren = now.monotonic + childrenPause * millisecond;
    for (const node of this.#nodes.values()) this.#check(node, now.monotonic);
    for (const node of this.#nodes.values()) {
      if (node.sampler !== null && this.#policy === "outermost") continue;
      for (const child of listChildren(node.pid)) if (!this.#nodes.has(child)) this.#add(child, now.monotonic);
    }
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

  keepCurrent(now: Moment): void {
    for (const node of this.#nodes.values()) node.sampler?.keepCurrent(now);
  }

  get awaitsNames(): boolean {
    for (const node of this.#nodes.values()) if (node.sampler?.awaitsNames === true) return true;
    return false;
  }

  close(): void {
    for (const node of this.#nodes.values()) node.sampler?.close();
    this.#nodes.clear();
  }

  #add(pid: Pid, now: Nanoseconds): void {
    const stat = readStat(pid);
    if (stat === null || this.#nodes.size >= maxProcesses) return;
    const node = { pid, startTime: stat.startTime, imageMark: stat.imageMark, sampler: null, failure: null, nextTry: now, pause: shortestPause };
    this.#nodes.set(pid, node);
    this.#tryToBegin(node, now);
  }

  #tryToBegin(node: Node, now: Nanoseconds): void {
    const mark = readStat(node.pid)?.imageMark ?? node.imageMark;
    const begun = ProcessSampler.begin(node.pid, this.#recorder, this.#counts, this.#sources);
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
    node.pause = Math.min(node.pause * 1.25, longestPause);
    node.nextTry = now + node.pause * millisecond;
  }

  /** What runs below a Python process is not ours under "outermost"; it may have been found before its parent was known to be Python. */
  #dropBelow(pid: Pid): void {
    for (const child of listChildren(pid)) {
      const node = this.#nodes.get(child);
      if (node === undefined) continue;
      node.sampler?.close();
      this.#nodes.delete(child);
      this.#dropBelow(child);
    }
  }

  /** Is it still there, and does it still run the same program? */
  #check(node: Node, now: Nanoseconds): void {
    const stat = readStat(node.pid);
    const isGone = stat === null || stat.startTime !== node.startTime || stat.state === "Z" || stat.state === "X";
    if (!isGone && stat.imageMark === node.imageMark) return;
    node.sampler?.close();
    node.sampler = null;
    if (isGone) {
      this.#nodes.delete(node.pid);
      return;
    }
    node.imageMark = stat.imageMark;
    node.pause = shortestPause;
    node.nextTry = now;
  }
}
