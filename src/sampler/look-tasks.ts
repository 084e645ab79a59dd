import type { Address, Nanoseconds, Pid, Tid } from "../base/units.ts";
import { RawStack } from "../cpython/raw-stack.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import { monotonicNow, sleepUntil } from "../os/clock.ts";
import { RemoteMemory } from "../os/remote-memory.ts";
import { sharesClocks } from "../os/time-namespace.ts";
import { Known, NONE, type StackIndex } from "../profile/tables.ts";
import { Capture } from "./capture/captured-thread.ts";
import type { KernelSource } from "./capture/kernel/kernel-source.ts";
import { RemoteCopy } from "./capture/remote/remote-copy.ts";
import { ThreadCapturer } from "./capture/thread-capturer.ts";
import { describeFrames } from "./describe-frames.ts";
import { FrameResolver } from "./frame-resolver.ts";
import { Recorder } from "./recorder.ts";
import { StackCursor } from "./stack-cursor.ts";
import { findCircles } from "./tasks/circles.ts";
import { findHolders, noteEntered, withEntered } from "./tasks/entered.ts";
import { findChanged } from "./tasks/footprint.ts";
import { type OpenedReader, openTaskReaders, type UnreadLibrary } from "./tasks/open-readers.ts";
import { newSeenTask, type SeenTask, withTimes } from "./tasks/seen-task.ts";
import { ThreadIds } from "./thread-ids.ts";
import { type ListedThread, ThreadList } from "./thread-list.ts";
import type { WhereFrame, WhereTask, WhereTaskLibrary, WhereTasks } from "./where.ts";

const millisecond: Nanoseconds = 1e6;
const byName = new Intl.Collator("en", { numeric: true });
/** What changed while it was read is read again, this often, and for no longer than that. */
const maxRounds = 50;
const maxTime: Nanoseconds = 3000 * millisecond;

/** Which libraries of tasks a process has loaded, and how many tasks each has: cheap, nothing is proved. */
export function countTasks(pid: Pid, runtime: RuntimeLocation): WhereTaskLibrary[] {
  const memory = new RemoteMemory(pid);
  const list = new ThreadList(memory, runtime);
  if (!list.read()) return [];
  const { readers, unread } = openTaskReaders(pid, memory, runtime.layout, list.interpreters);
  return [...readers.map(({ reader, interpreter }) => library({ reader, interpreter }, reader.list(memory)?.length ?? null)), ...unread.map(unreadable)];
}

/**
 * All tasks of a process. What was read of them is compared with memory until all of it was there at one moment; tasks that change faster than
 * that are marked. `between` is called at that moment, each time it may be the one: to look at the threads, too.
 */
export function lookAtTasks(
  pid: Pid,
  runtime: RuntimeLocation,
  kernel: KernelSource | null,
  between: () => void,
): { readonly libraries: WhereTaskLibrary[]; readonly tasks: WhereTasks } {
  using look = new TaskLook(pid, runtime, kernel);
  return look.take(between);
}

function library({ reader, interpreter }: OpenedReader, count: number | null): WhereTaskLibrary {
  return { kind: reader.kind, interpreter: interpreter.id, count, message: count === null ? "the list of its tasks could not be read" : "" };
}

function unreadable({ kind, interpreter, message }: UnreadLibrary): WhereTaskLibrary {
  return { kind, interpreter, count: null, message };
}

class TaskLook {
  readonly #pid: Pid;
  readonly #runtime: RuntimeLocation;
  readonly #kernel: KernelSource | null;
  readonly #memory: RemoteMemory;
  readonly #threads: ThreadList;
  readonly #ids: ThreadIds;
  readonly #recorder = new Recorder();
  readonly #resolver: FrameResolver;
  readonly #cursor = new StackCursor();
  readonly #capturers = new Map<Address, ThreadCapturer>();
  readonly #part = new RawStack();
  readonly #tids = new Map<Address, Tid>();
  #seen = new Map<string, SeenTask>();

  constructor(pid: Pid, runtime: RuntimeLocation, kernel: KernelSource | null) {
    this.#pid = pid;
    this.#runtime = runtime;
    this.#kernel = kernel;
    this.#memory = new RemoteMemory(pid);
    this.#threads = new ThreadList(this.#memory, runtime);
    this.#ids = new ThreadIds(pid, this.#memory, runtime.layout.wordSize);
    this.#resolver = new FrameResolver(this.#memory, runtime.layout, this.#recorder);
  }

  take(between: () => void): { readonly libraries: WhereTaskLibrary[]; readonly tasks: WhereTasks } {
    if (!this.#threads.read()) return { libraries: [], tasks: { tasks: [], circles: [] } };
    const { readers, unread } = openTaskReaders(this.#pid, this.#memory, this.#runtime.layout, this.#threads.interpreters);
    const giveUpAt = monotonicNow() + maxTime;
    let counts: (number | null)[] = [];
    for (let round = 0; round < maxRounds; round++) {
      if (round > 0) sleepUntil(monotonicNow() + millisecond);
      counts = this.#list(readers);
      for (const task of this.#seen.values()) if (task.isStale) this.#read(task);
      noteEntered(this.#seen.values());
      this.#placeRunning();
      between();
      if (!this.#noteChanged() || monotonicNow() > giveUpAt) break;
    }
    const tasks = this.#describe();
    const libraries = [...readers.map((reader, index) => library(reader, counts[index] ?? null)), ...unread.map(unreadable)];
    return { libraries, tasks: { tasks, circles: findCircles(tasks) } };
  }

  [Symbol.dispose](): void {
    for (const capturer of this.#capturers.values()) capturer.close();
  }

  /** Who is there now; what is known of those who stayed is kept. */
  #list(readers: readonly OpenedReader[]): (number | null)[] {
    const seen = new Map<string, SeenTask>();
    const counts = readers.map((from, index) => {
      const addresses = from.reader.list(this.#memory);
      for (const address of addresses ?? []) {
        const key = `${index}:${address}`;
        seen.set(key, this.#seen.get(key) ?? newSeenTask(address, from, this.#memory));
      }
      return addresses?.length ?? null;
    });
    if (!counts.includes(null)) this.#seen = seen;
    else for (const [key, task] of seen) this.#seen.set(key, task);
    return counts;
  }

  #read(task: SeenTask): void {
    task.print.clear();
    task.entered = null;
    task.found = task.from.reader.read(task.print, task.address);
    if (task.found === null) return;
    task.isStale = false;
    task.tid = this.#tidOf(task.found.thread);
    // The task is seen unchanged after this, so that its frames kept these very code objects alive meanwhile.
    const { stack } = task.found;
    this.#resolver.beginStack();
    task.stack = this.#cursor.intern(stack, stack.length, this.#resolver, this.#recorder.stacks);
    task.known = this.#cursor.told === stack.length ? Known.verified : Known.partial;
  }

  /** Tasks that run have their frames on a thread. */
  #placeRunning(): void {
    const running = [...this.#seen.values()].filter(({ found, isStale }) => !isStale && found?.state === "running");
    const captured = new Map<Address, { readonly capture: Capture; readonly capturer: ThreadCapturer } | null>();
    const capture = (thread: ListedThread): { readonly capture: Capture; readonly capturer: ThreadCapturer } | null => {
      const known = captured.get(thread.address);
      if (known !== undefined) return known;
      const capturer = this.#capturerOf(thread);
      const outcome = capturer === null ? Capture.lost : capturer.captureSurely(thread.state);
      const one = capturer === null || outcome === Capture.lost || outcome === Capture.changed ? null : { capture: outcome, capturer };
      captured.set(thread.address, one);
      return one;
    };
    if (running.length > 0) this.#threads.read();
    for (const task of running) {
      const { thread, rootFrame } = task.found!;
      const candidates = this.#threads.threads.filter(({ address, interpreter }) =>
        thread === 0 ? interpreter.address === task.from.interpreter.address : address === thread,
      );
      task.isStale = true;
      task.known = Known.lost;
      task.stack = NONE;
      for (const candidate of candidates) {
        const one = capture(candidate);
        if (one !== null && this.#takeFrom(task, rootFrame, one.capturer, one.capture)) {
          task.tid = this.#ids.find(candidate.state) ?? 0;
          break;
        }
      }
    }
  }

  /** The thread's frames from `rootFrame` up. False: it has no such frame. */
  #takeFrom(task: SeenTask, rootFrame: Address, capturer: ThreadCapturer, capture: Capture): boolean {
    const { stack, provedFrames } = capturer.captured;
    const at = rootFrame === 0 ? -1 : stack.frame.subarray(0, stack.length).indexOf(rootFrame);
    if (at < stack.length - provedFrames) return false;
    const part = this.#part;
    part.clear();
    for (let index = stack.length - provedFrames; index <= at; index++)
      part.push(stack.frame[index]!, stack.code[index]!, stack.instruction[index]!, stack.inGenerator[index] === 1);
    this.#resolver.beginStack();
    task.stack = this.#cursor.intern(part, part.length, this.#resolver, this.#recorder.stacks);
    const young = this.#cursor.youngDepths(this.#resolver);
    const { told } = this.#cursor;
    const confirmed = young.length === 0 ? told : Math.min(told, this.#resolver.confirm(part, young));
    const isWhole = provedFrames === stack.length && confirmed === part.length && told === part.length;
    task.known = isWhole ? (capture === Capture.exact ? Known.exact : Known.verified) : Known.partial;
    task.isStale = !isWhole;
    return true;
  }

  #capturerOf({ address, interpreter, state }: ListedThread): ThreadCapturer | null {
    const known = this.#capturers.get(address);
    if (known !== undefined) return known;
    const tid = this.#ids.find(state);
    if (tid === null) return null;
    const { layout } = this.#runtime;
    const remote = new RemoteCopy(this.#memory, layout, interpreter, address);
    const sources = { kernel: this.#kernel, pause: null, kernelStacks: null };
    const capturer = new ThreadCapturer(remote, sources, { pid: this.#pid, tid, address, interpreter, layout }, null);
    this.#capturers.set(address, capturer);
    return capturer;
  }

  /** Marks those that are not what was read. False: none is, and so all were there at one moment. */
  #noteChanged(): boolean {
    const tasks = [...this.#seen.values()].filter(({ found }) => found !== null);
    for (const index of findChanged(
      this.#memory,
      tasks.map(({ print }) => print),
    )) {
      tasks[index]!.isStale = true;
    }
    return [...this.#seen.values()].some(({ isStale }) => isStale);
  }

  /** 0: none of the list. */
  #tidOf(thread: Address): Tid {
    let tid = this.#tids.get(thread);
    if (tid === undefined) {
      const listed = this.#threads.threads.find(({ address }) => address === thread);
      tid = listed === undefined ? 0 : (this.#ids.find(listed.state) ?? 0);
      this.#tids.set(thread, tid);
    }
    return tid;
  }

  #describe(): WhereTask[] {
    const tasks = [...this.#seen.values()]
      .filter(({ found }) => found !== null)
      .toSorted((a, b) => byName.compare(a.found!.name, b.found!.name) || a.address - b.address);
    const coroutines = new Map<Address, string>();
    for (const { found } of tasks) {
      const { rootCode } = found!;
      if (rootCode !== 0 && !coroutines.has(rootCode)) coroutines.set(rootCode, this.#resolver.nameOf(rootCode));
    }
    const block = this.#recorder.takeBlock([], null);
    const now = sharesClocks(this.#pid) ? monotonicNow() : null;
    const holders = findHolders(this.#seen.values());
    const described = new Map<StackIndex, WhereFrame[]>();
    const framesOf = (stack: StackIndex): WhereFrame[] => {
      const known = described.get(stack) ?? describeFrames(block, stack);
      described.set(stack, known);
      return known;
    };
    return tasks.map((task) => {
      const { address, from, found, stack, known, tid, isStale } = task;
      const { kind, name, state, loop, waitsFor, awaitedBy, parent, isWhole, rootCode } = found!;
      return {
        id: address,
        kind,
        interpreter: from.interpreter.id,
        name,
        coroutine: coroutines.get(rootCode) ?? "",
        state,
        known: isStale && known !== Known.lost ? Known.partial : known,
        tid,
        loop,
        waitsFor: waitsFor === null ? null : withTimes(withEntered(waitsFor, task, holders), now),
        awaitedBy,
        parent,
        frames: framesOf(stack),
        isWhole,
      };
    });
  }
}
