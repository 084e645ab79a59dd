import type { Address, Nanoseconds, Pid } from "../../base/units.ts";
import type { Interpreter } from "../../cpython/interpreters.ts";
import type { Layout } from "../../cpython/layout.ts";
import { PagedMemory } from "../../cpython/objects/paged-memory.ts";
import type { TaskReader } from "../../cpython/tasks/found-task.ts";
import { monotonicNow } from "../../os/clock.ts";
import type { RemoteMemory } from "../../os/remote-memory.ts";
import { Allowance, Chore } from "../chore.ts";
import type { FrameResolver } from "../frame-resolver.ts";
import type { Recorder } from "../recorder.ts";
import type { Moment } from "../round.ts";
import { Footprint, findChanged } from "./footprint.ts";
import { FootprintPages } from "./footprint-pages.ts";
import { KnownTask, isSameLife } from "./known-task.ts";
import { LibraryWatch } from "./library-watch.ts";
import { Prefetched } from "./prefetched.ts";
import { ThreadTasks } from "./thread-tasks.ts";

const millisecond: Nanoseconds = 1e6;
/** Tasks that come and go are noticed within this time, and those that run within a millisecond. */
const listPause: Nanoseconds = 40 * millisecond;
const hurriedListPause: Nanoseconds = 1 * millisecond;
/** What each of these may take at first, over its share. */
const firstTime: Nanoseconds = 20 * millisecond;
/** What looking at tasks may take of this thread's time, and how rarely it happens at the least. */
const listShare = 1 / 50;
const longestListPause: Nanoseconds = 100 * millisecond;
const checkShare = 1 / 40;
const mostSaved: Nanoseconds = 5 * millisecond;
/** While a thread runs, only what wakes up changes. */
const runningCheckPause: Nanoseconds = 5 * millisecond;
/** Many new tasks are read piece by piece, between samples. */
const shortestReading: Nanoseconds = 0.2 * millisecond;
const longestReading: Nanoseconds = 10 * millisecond;
/** So often a task that changes while it is read is read again. */
const maxTries = 3;

/** The tasks of one process, in all its interpreters: which there are, and what each was last seen doing. */
export class ProcessTasks {
  readonly #memory: RemoteMemory;
  readonly #libraries: LibraryWatch;
  readonly #recorder: Recorder;
  #resolver: FrameResolver;
  readonly #tasks = new Map<Address, KnownTask>();
  /** Of all tasks, for `#check`. */
  readonly #footprints: FootprintPages;
  /** By thread state. */
  readonly #threads = new Map<Address, ThreadTasks>();
  readonly #threadOf = new Map<KnownTask, ThreadTasks>();
  /** Listed, and not read yet. */
  readonly #new = new Map<Address, TaskReader>();
  readonly #listing = new Chore(listShare, longestListPause, firstTime);
  readonly #checks = new Allowance(checkShare, mostSaved, firstTime);
  #nextRunningCheck: Nanoseconds = 0;
  #nextHurriedList: Nanoseconds = 0;
  #listNumber = 0;
  /** What the readers listed last: they give the same array for the same tasks. Empty: all are to be gone through. */
  #lists: readonly (readonly Address[] | null)[] = [];
  /** Of the last update, on the monotonic clock and since the recording began. */
  #lastUpdate: Nanoseconds = 0;
  #lastTime: Nanoseconds = 0;

  constructor(pid: Pid, memory: RemoteMemory, layout: Layout, recorder: Recorder, resolver: FrameResolver) {
    this.#memory = memory;
    this.#footprints = new FootprintPages(memory);
    this.#libraries = new LibraryWatch(pid, memory, layout);
    this.#recorder = recorder;
    this.#resolver = resolver;
  }

  /** Of the thread with this `PyThreadState`; null: it has none. */
  of(thread: Address): ThreadTasks | null {
    return this.#threads.get(thread) ?? null;
  }

  /** After the threads were sampled: looks what changed, as far as it is time to. */
  update({ monotonic: now, boottime: time }: Moment, interpreters: readonly Interpreter[], resolver: FrameResolver): void {
    this.#resolver = resolver;
    this.#lastTime = time;
    const readers = this.#libraries.update(now, interpreters);
    if (readers.size === 0) return;
    const threads = [...this.#threads.values()];
    if (threads.length > 0 && !threads.some(({ isStale }) => isStale) && this.#new.size === 0) return;
    if (threads.some(({ hasUnknown }) => hasUnknown) && now >= this.#nextHurriedList) this.#listing.hasten(now);
    if (this.#new.size === 0) {
      this.#listing.doWhenDue(now, listPause, () => {
        const begun = monotonicNow();
        this.#list(readers);
        this.#nextHurriedList = now + Math.max(hurriedListPause, (monotonicNow() - begun) / listShare);
      });
    }
    if (this.#new.size > 0) this.#readNew(time);
    this.#lastUpdate = now;
    // A thread that sleeps keeps its tasks as they are: that is the moment to look.
    if (now < this.#nextRunningCheck && !threads.some(({ isStale, isAsleep }) => isStale && isAsleep)) return;
    this.#checks.doIfAllowed(now, () => {
      this.#nextRunningCheck = now + runningCheckPause;
      this.#check(time);
    });
  }

  /** A block ends. */
  settle(now: Nanoseconds): void {
    for (const thread of this.#threads.values()) thread.settle(now);
  }

  /** The recording, or the process, ends: tells everything up to the last update. */
  finish(): void {
    for (const thread of this.#threads.values()) thread.finish(this.#lastTime);
  }

  /** What was told of code objects may not be so. */
  forgetFrames(): void {
    for (const task of this.#tasks.values()) task.forgetFrames();
  }

  /** These threads are no more. */
  keepThreads(isThere: (thread: Address) => boolean): void {
    for (const [address, thread] of this.#threads) {
      if (isThere(address)) continue;
      thread.finish(this.#lastTime);
      this.#threads.delete(address);
      for (const task of thread.tasks.values()) this.#threadOf.delete(task);
    }
  }

  #list(readers: ReadonlyMap<string, TaskReader>): void {
    const lists = [...readers.values()].map((reader) => ({ reader, addresses: reader.list(this.#memory) }));
    if (this.#lists.length === lists.length && lists.every(({ addresses }, index) => addresses === this.#lists[index])) return;
    this.#lists = lists.map(({ addresses }) => addresses);
    const number = ++this.#listNumber;
    /** Whose are being changed, or cannot be read: they stay as they are until the next time. */
    const unlisted = new Set(lists.flatMap(({ reader, addresses }) => (addresses === null ? [reader] : [])));
    for (const { reader, addresses } of lists) {
      for (const address of addresses ?? []) {
        const task = this.#tasks.get(address);
        if (task === undefined) this.#new.set(address, reader);
        else task.listNumber = number;
      }
    }
    this.#forget([...this.#tasks.values()].filter((task) => task.listNumber !== number && !unlisted.has(task.reader)));
  }

  /** Reads some of the new ones, so that samples are not late. */
  #readNew(now: Nanoseconds): void {
    const begun = monotonicNow();
    const end = begun + Math.min(longestReading, Math.max(shortestReading, (begun - this.#lastUpdate) / 2));
    // Neighbours are on the same pages. What has changed since those were copied is read again, by itself.
    const pages = new PagedMemory(this.#memory);
    const read: KnownTask[] = [];
    for (const [address, reader] of this.#new) {
      this.#new.delete(address);
      const footprint = new Footprint(pages);
      const found = reader.read(footprint, address);
      if (found === null) this.#lists = [];
      else read.push(new KnownTask(reader, found, footprint, true));
      if (read.length % 8 === 0 && monotonicNow() > end) break;
    }
    const changed = new Set(
      findChanged(
        this.#memory,
        read.map(({ footprint }) => footprint),
      ),
    );
    read.forEach((task, index) => {
      const proved = changed.has(index) ? this.#read(task) : task;
      if (proved === null) return void (this.#lists = []);
      proved.listNumber = this.#listNumber;
      this.#tasks.set(task.address, proved);
      this.#assign(proved, now);
    });
  }

  /** Anew. */
  #read({ reader, address, footprint: before }: KnownTask): KnownTask | null {
    let task: KnownTask | null = null;
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const footprint = new Footprint(attempt === 1 ? new Prefetched(this.#memory, before) : this.#memory);
      const found = reader.read(footprint, address);
      if (found === null) continue;
      const isProved = footprint.isStill(this.#memory);
      task = new KnownTask(reader, found, footprint, isProved);
      if (isProved) break;
    }
    return task;
  }

  #check(now: Nanoseconds): void {
    const tasks = [...this.#tasks.values()].filter((task) => this.#threadOf.get(task)?.isStale !== false);
    const isChanged = new Set(this.#footprints.findChanged(tasks.map(({ footprint }) => footprint)));
    const changed = tasks.filter(({ isProved }, index) => !isProved || isChanged.has(index));
    for (const thread of [null, ...this.#threads.values()]) {
      const some = changed.filter((task) => (this.#threadOf.get(task) ?? null) === thread);
      if (some.length > 0) this.#reread(thread, some, now);
    }
    for (const thread of this.#threads.values()) {
      if (!thread.isStale) continue;
      this.#proveTogether(thread, changed);
      thread.looked(now);
    }
  }

  /** Those that changed were read one after the other: looks once more whether all that stand in chains with them were so at one moment. */
  #proveTogether(thread: ThreadTasks, changed: readonly KnownTask[]): void {
    for (const task of this.#findChanged(thread.chainsThrough(changed))) task.isProved = false;
  }

  /** `hasRun`: what they were seen waiting for they waited for until the sample before this one, if they are still the same. */
  #reread(thread: ThreadTasks | null, tasks: readonly KnownTask[], now: Nanoseconds, hasRun = false): void {
    const reads = new Map<KnownTask, KnownTask>();
    for (const task of tasks) {
      const read = this.#read(task);
      // Another task at the same address is found by the next list. One that was only renamed may have lost its number.
      if (read !== null && !isOther(task, read)) reads.set(task, read);
    }
    const update = (task: KnownTask): void => {
      const read = reads.get(task);
      if (read === undefined) return this.#drop(task);
      task.update(read.found, read.footprint, read.isProved);
      if (thread !== null && this.#threadFor(task, now) !== thread) this.#leave(task);
    };
    if (thread === null) for (const task of tasks) update(task);
    else thread.change(tasks, update, hasRun && reads.size === tasks.length ? thread.sampledUntil : undefined);
    for (const task of tasks) if (this.#tasks.has(task.address)) this.#assign(task, now);
  }

  /** Adds it to its thread, if it has one and is not there. */
  #assign(task: KnownTask, now: Nanoseconds): void {
    const thread = this.#threadFor(task, now);
    if (thread === null || this.#threadOf.has(task)) return;
    this.#threadOf.set(task, thread);
    thread.add(task);
  }

  /** Null: none runs it any more. */
  #threadFor({ found: { thread: address, state } }: KnownTask, now: Nanoseconds): ThreadTasks | null {
    if (address === 0 || state === "finished") return null;
    let thread = this.#threads.get(address);
    if (thread === undefined) {
      thread = new ThreadTasks(this.#recorder, this.#resolver, this.#wasRunning, now);
      this.#threads.set(address, thread);
    }
    return thread;
  }

  /** Most often nothing changed since it was last seen running. */
  readonly #wasRunning = (task: KnownTask, thread: ThreadTasks, now: Nanoseconds): boolean => {
    const before = task.found;
    const wasKnown = before.state === "running" && task.isProved;
    if (wasKnown && this.#findChanged([task, ...thread.waitersFor(task)]).length === 0) return true;
    if (!wasKnown || !task.footprint.isStill(this.#memory)) {
      // It ran now, and what it did since it was looked at last nobody saw: most likely it waited, as it did then.
      this.#reread(thread, [task], now, true);
      if (!this.#tasks.has(task.address) || !task.isProved || !isSameLife(before, task.found)) return false;
    }
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      const changed = this.#findChanged(thread.waitersFor(task));
      if (changed.length === 0) return attempt === 1 || (task.isProved && task.footprint.isStill(this.#memory));
      // They may have changed when it had ended, or before it began. While it runs they stay as they are.
      if (task.found.state !== "running") return false;
      this.#reread(thread, changed, now);
    }
    return false;
  };

  #findChanged(tasks: readonly KnownTask[]): KnownTask[] {
    const footprints = tasks.map(({ footprint }) => footprint);
    return findChanged(this.#memory, footprints).map((index) => tasks[index]!);
  }

  /** Thousands may end at once: each thread changes once. */
  #forget(tasks: readonly KnownTask[]): void {
    if (tasks.length === 0) return;
    for (const thread of [null, ...this.#threads.values()]) {
      const some = tasks.filter((task) => (this.#threadOf.get(task) ?? null) === thread);
      if (thread === null) for (const task of some) this.#drop(task);
      else if (some.length > 0) thread.change(some, (task) => this.#drop(task));
    }
  }

  /** Within a change of its thread. */
  #drop(task: KnownTask): void {
    this.#leave(task);
    this.#tasks.delete(task.address);
    this.#lists = [];
  }

  /** Within a change of its thread. */
  #leave(task: KnownTask): void {
    this.#threadOf.get(task)?.remove(task);
    this.#threadOf.delete(task);
  }
}

function isOther({ found: before }: KnownTask, { found: after }: KnownTask): boolean {
  return before.serial !== undefined && after.serial !== undefined && before.serial !== after.serial;
}
