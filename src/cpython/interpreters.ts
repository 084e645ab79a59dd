import type { MemoryReader } from "../base/memory.ts";
import type { Address, WordSize } from "../base/units.ts";
import type { RuntimeLocation } from "./runtime-location.ts";
import { decodeThreadState, emptyThreadState, threadStateSize, type ThreadState } from "./thread-state.ts";
import { readWord } from "./words.ts";

export interface Interpreter {
  readonly address: Address;
  readonly id: number;
  /** The `struct _gil_runtime_state` that its threads compete for. */
  readonly gil: Address;
  /** Where the int `gc.collecting` is. */
  readonly collecting: Address;
}

/** More than any real program has; what lies beyond is taken for a damaged list. */
const maxInterpreters = 4096;
const maxThreads = 65_536;

/**
 * All interpreters of the runtime, main one last as CPython links them. Null when the list could not be followed: it is
 * being changed, or the process is going.
 */
export function readInterpreters(memory: MemoryReader, runtime: RuntimeLocation): Interpreter[] | null {
  const { layout } = runtime;
  const read = wordReader(memory, layout.wordSize);
  const found: Interpreter[] = [];
  let address = read(runtime.address + layout.runtime.interpretersHead);
  while (address !== null && address !== 0) {
    if (found.length >= maxInterpreters) return null;
    const id = readId(memory, address + layout.interpreter.id);
    const gil = layout.gil.where.kind === "in-runtime" ? runtime.address + layout.gil.where.offset : read(address + layout.gil.where.offset);
    if (gil === null || id === null) return null;
    const collecting =
      layout.interpreter.gcCollecting === null ? runtime.address + (layout.runtime.gcCollecting ?? 0) : address + layout.interpreter.gcCollecting;
    found.push({ address, id, gil, collecting });
    address = read(address + layout.interpreter.next);
  }
  return address === null ? null : found;
}

/**
 * The thread states of one interpreter, newest first, with their addresses. Null when the list could not be followed:
 * links that do not agree (a thread is coming or going just now) or memory that is gone. Try again at once.
 */
export function readThreadStates(
  memory: MemoryReader,
  runtime: Pick<RuntimeLocation, "layout">,
  interpreter: Pick<Interpreter, "address">,
): Map<Address, ThreadState> | null {
  const { layout } = runtime;
  const view = new DataView(new ArrayBuffer(threadStateSize(layout)));
  const bytes = new Uint8Array(view.buffer);
  const found = new Map<Address, ThreadState>();
  let address = wordReader(memory, layout.wordSize)(interpreter.address + layout.interpreter.threadsHead);
  let previous = 0;
  while (address !== 0) {
    if (address === null || found.has(address) || found.size >= maxThreads || !memory.read(address, bytes)) return null;
    const state = emptyThreadState();
    decodeThreadState(layout, view, 0, state);
    if (state.interpreter !== interpreter.address || state.previous !== previous) return null;
    found.set(address, state);
    previous = address;
    address = state.next;
  }
  return found;
}

function wordReader(memory: MemoryReader, wordSize: WordSize): (address: Address) => Address | null {
  const view = new DataView(new ArrayBuffer(wordSize));
  const bytes = new Uint8Array(view.buffer);
  return (address) => (memory.read(address, bytes) ? readWord(view, 0, wordSize) : null);
}

/** `int64_t id`, small. */
function readId(memory: MemoryReader, address: Address): number | null {
  const bytes = new Uint8Array(4);
  return memory.read(address, bytes) ? new DataView(bytes.buffer).getInt32(0, true) : null;
}
