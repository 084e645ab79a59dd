import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteOffset } from "../../base/units.ts";
import { readThreadStates } from "../interpreters.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { findInDict } from "../objects/dicts.ts";
import { readInteger } from "../objects/integers.ts";
import { readPointer } from "../objects/piece.ts";
import { typeName } from "../objects/types.ts";
import type { NativeAsyncio } from "./find-asyncio.ts";

/** What the C module calls it in a thread's dict, to 3.12. To 3.11 it is an object that holds the loop and the process id. */
const runningLoopKey = "__asyncio_running_event_loop__";
const holderType = "_RunningLoopHolder";
/** `_PyThreadStateImpl.asyncio_running_loop` follows the thread state (Include/internal/pycore_tstate.h, 3.13), on x86-64 and i686. */
const runningLoop313: Readonly<Record<number, ByteOffset>> = { 8: 304, 4: 180 };

/** There may be hundreds of threads, and loops stay in theirs. */
const timesBetween = 8;

/** Which loop runs in which thread of one interpreter. Whatever made the loop: it is the thread that says so. */
export class Loops {
  readonly #layout: Layout;
  readonly #interpreter: Address;
  readonly #native: NativeAsyncio | null;
  readonly #threadOf = new Map<Address, Address>();
  #threads: readonly Address[] = [];
  #hasMissed = false;
  #times = 0;
  /** Thread states by what `threading.get_ident()` says: without the C module only loops say where they run. */
  #byIdentity = new Map<number, Address>();

  constructor(layout: Layout, interpreter: Address, native: NativeAsyncio | null) {
    this.#layout = layout;
    this.#interpreter = interpreter;
    this.#native = native;
  }

  /** The interpreter's threads, newest first, as of the last `refresh`. */
  get threads(): readonly Address[] {
    return this.#threads;
  }

  /**
   * Looks into every thread, when there is a new one (those are put in front), when a loop was asked for that is not known, or when it was long ago. What it
   * knew stays when the list of threads is being changed.
   */
  refresh(memory: MemoryReader): void {
    const head = readPointer(memory, this.#layout, this.#interpreter + this.#layout.interpreter.threadsHead);
    // From 3.14 on threads have lists of tasks: none that is gone may be followed.
    const isAsBefore = (this.#native?.offsets ?? null) === null && head !== null && head === this.#threads[0] && !this.#hasMissed;
    if (isAsBefore && ++this.#times < timesBetween) return;
    this.#hasMissed = false;
    this.#times = 0;
    const states = readThreadStates(memory, { layout: this.#layout }, { address: this.#interpreter });
    if (states === null) return;
    this.#threads = [...states.keys()];
    this.#threadOf.clear();
    this.#byIdentity = new Map(Array.from(states, ([address, { threadId }]) => [threadId, address]));
    if (this.#native === null) return;
    for (const thread of this.#threads) {
      const loop = this.#readRunningLoop(memory, thread);
      if (loop) this.#threadOf.set(loop, thread);
    }
  }

  /** The thread state that the loop runs in; 0: none. */
  threadOf(memory: MemoryReader, loop: Address): Address {
    if (this.#native !== null) {
      const thread = this.#threadOf.get(loop);
      this.#hasMissed ||= thread === undefined;
      return thread ?? 0;
    }
    // `BaseEventLoop._thread_id`, None while it does not run.
    const identity = readAttribute(memory, this.#layout, loop, "_thread_id");
    const value = identity && readInteger(memory, this.#layout, identity);
    return (value && this.#byIdentity.get(value)) || 0;
  }

  #readRunningLoop(memory: MemoryReader, thread: Address): Address | null {
    const layout = this.#layout;
    if (layout.thread.dict === null) {
      const offset = this.#native?.offsets?.runningLoop ?? runningLoop313[layout.wordSize]!;
      return readPointer(memory, layout, thread + offset);
    }
    const dict = readPointer(memory, layout, thread + layout.thread.dict);
    const loop = dict && findInDict(memory, layout, dict, runningLoopKey);
    if (!loop || typeName(memory, layout, loop) !== holderType) return loop;
    return readPointer(memory, layout, loop + layout.objects.type + layout.wordSize);
  }
}
