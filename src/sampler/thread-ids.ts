import type { MemoryReader } from "../base/memory.ts";
import type { ByteOffset, Pid, Tid, WordSize } from "../base/units.ts";
import type { ThreadState } from "../cpython/thread-state.ts";
import { listThreads, readInnerThreadId } from "../os/processes.ts";

/** Where glibc (x86-64, i686) keeps the kernel's thread id in its `struct pthread`; tried before all others. */
const usualOffsets: Readonly<Record<WordSize, ByteOffset>> = { 8: 720, 4: 104 };
/** musl and other builds have it elsewhere, but within this many bytes. */
const pthreadSize = 1024;
/** Smaller numbers are in any piece of memory. */
const leastTellingId: Tid = 256;

/**
 * Which kernel thread a thread state belongs to. 3.11 and later say it; before, the pthread_t they keep points to the C
 * library's own record of the thread, which holds it. Either way it is the id in the target's own pid namespace.
 */
export class ThreadIds {
  readonly #pid: Pid;
  readonly #memory: MemoryReader;
  readonly #usualOffset: ByteOffset;
  #offset: ByteOffset | null = null;
  #byInner = new Map<Tid, Tid>();

  constructor(pid: Pid, memory: MemoryReader, wordSize: WordSize) {
    this.#pid = pid;
    this.#memory = memory;
    this.#usualOffset = usualOffsets[wordSize];
  }

  /** Null: it has not started yet, or has ended. 0: there is no way to tell in this build. */
  find(state: ThreadState): Tid | null {
    if (state.threadId === 0) return null;
    const inner = state.nativeThreadId !== 0 ? state.nativeThreadId : this.#readFromPthread(state);
    const known = inner === null ? undefined : (this.#byInner.get(inner) ?? this.#list().get(inner));
    if (known !== undefined) return known;
    // Just after fork(2) the state still has the parent's ids, and there are states of threads that only the parent has. The
    // C library has put the id of the one thread that there is into its record already; after vfork(2), whose memory is the parent's, not.
    const threads = listThreads(this.#pid);
    if (threads.length === 1 && this.#isOwnRecord(state, threads[0]!)) return threads[0]!;
    return inner === null ? 0 : null;
  }

  /** Whether a thread state's pthread_t points to the record of this thread: in a C library other than glibc the id may be anywhere in it. */
  #isOwnRecord({ threadId }: ThreadState, tid: Tid): boolean {
    const inner = readInnerThreadId(this.#pid, tid);
    const bytes = new Uint8Array(pthreadSize);
    const view = new DataView(bytes.buffer);
    if (!this.#memory.read(threadId, bytes)) return false;
    if (view.getInt32(this.#offset ?? this.#usualOffset, true) === inner) return true;
    if (this.#offset !== null || inner < leastTellingId) return false;
    for (let offset = 0; offset + 4 <= pthreadSize; offset += 4) if (view.getInt32(offset, true) === inner) return true;
    return false;
  }

  #readFromPthread(state: ThreadState): Tid | null {
    const bytes = new Uint8Array(pthreadSize);
    if (!this.#memory.read(state.threadId, bytes)) return null;
    const view = new DataView(bytes.buffer);
    this.#offset ??= this.#findOffset(view);
    return this.#offset === null ? null : view.getInt32(this.#offset, true);
  }

  #findOffset(pthread: DataView): ByteOffset | null {
    const threads = this.#list();
    if (threads.has(pthread.getInt32(this.#usualOffset, true))) return this.#usualOffset;
    for (let offset = 0; offset + 4 <= pthreadSize; offset += 4) if (threads.has(pthread.getInt32(offset, true))) return offset;
    return null;
  }

  #list(): Map<Tid, Tid> {
    const threads = listThreads(this.#pid);
    const isNested = readInnerThreadId(this.#pid, this.#pid) !== this.#pid;
    this.#byInner = new Map(threads.map((tid) => [isNested ? readInnerThreadId(this.#pid, tid) : tid, tid]));
    return this.#byInner;
  }
}
