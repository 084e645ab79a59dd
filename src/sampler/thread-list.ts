import type { Address, Nanoseconds } from "../base/units.ts";
import { readInterpreters, readThreadStates, type Interpreter } from "../cpython/interpreters.ts";
import type { RuntimeLocation } from "../cpython/runtime-location.ts";
import type { ThreadState } from "../cpython/thread-state.ts";
import { readWord } from "../cpython/words.ts";
import { Gather, type RemoteMemory } from "../os/remote-memory.ts";

/** Lists that change faster than they can be read are left for the next round. */
const maxReads = 8;
/** New threads are noticed within this time, however fast the rounds follow each other. */
const watchPause: Nanoseconds = 0.5e6;

export interface ListedThread {
  readonly interpreter: Interpreter;
  readonly address: Address;
  readonly state: ThreadState;
}

/** The thread states of all interpreters of a process, and a cheap way to see that some were added. */
export class ThreadList {
  interpreters: readonly Interpreter[] = [];
  threads: readonly ListedThread[] = [];
  readonly #memory: RemoteMemory;
  readonly #runtime: RuntimeLocation;
  /** Of the list of interpreters and of each one's threads: all change when something is added. */
  readonly #heads = new Gather(256);
  #headsBefore = new Float64Array(0);
  #nextWatch: Nanoseconds = 0;

  constructor(memory: RemoteMemory, runtime: RuntimeLocation) {
    this.#memory = memory;
    this.#runtime = runtime;
  }

  /** True when something was added since the lists were read, or they cannot be read. Looks only so often. */
  hasChanged(now: Nanoseconds): boolean {
    if (now < this.#nextWatch) return false;
    this.#nextWatch = now + watchPause;
    return this.#headsDiffer();
  }

  /** Reads all lists anew. False when that cannot be done: see `isReadable`. */
  read(): boolean {
    for (let attempt = 0; attempt < maxReads; attempt++) {
      const interpreters = readInterpreters(this.#memory, this.#runtime);
      if (interpreters === null || interpreters.length === 0) continue;
      this.#watch(interpreters);
      const lists = interpreters.map((interpreter) => readThreadStates(this.#memory, this.#runtime, interpreter));
      if (lists.includes(null) || this.#headsDiffer()) continue;
      this.interpreters = interpreters;
      this.threads = interpreters.flatMap((interpreter, index) => [...lists[index]!].map(([address, state]) => ({ interpreter, address, state })));
      return true;
    }
    return false;
  }

  /** False: the process has ended, or runs another program now. */
  isReadable(): boolean {
    return this.#heads.count === 0 ? readInterpreters(this.#memory, this.#runtime) !== null : this.#memory.readGather(this.#heads) === this.#heads.size;
  }

  #watch(interpreters: readonly Interpreter[]): void {
    const { layout, address } = this.#runtime;
    const heads = this.#heads;
    heads.clear();
    heads.add(address + layout.runtime.interpretersHead, layout.wordSize);
    for (const interpreter of interpreters) {
      heads.add(interpreter.address + layout.interpreter.next, layout.wordSize);
      heads.add(interpreter.address + layout.interpreter.threadsHead, layout.wordSize);
    }
    const isWhole = this.#memory.readGather(heads) === heads.size;
    this.#headsBefore = new Float64Array(heads.count).map((_, index) =>
      isWhole ? readWord(heads.view, index * layout.wordSize, layout.wordSize) : Number.NaN,
    );
  }

  #headsDiffer(): boolean {
    const { wordSize } = this.#runtime.layout;
    const heads = this.#heads;
    if (heads.count === 0 || this.#memory.readGather(heads) !== heads.size) return true;
    for (let index = 0; index < heads.count; index++) if (readWord(heads.view, index * wordSize, wordSize) !== this.#headsBefore[index]) return true;
    return false;
  }
}
