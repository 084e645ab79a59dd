import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import type { OwnFields } from "../objects/own-fields.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readList, readTuple } from "../objects/sequences.ts";
import { maxMembers, readSet } from "../objects/sets.ts";
import { readString } from "../objects/strings.ts";
import { nameOfType, typeOf } from "../objects/types.ts";
import { readWord } from "../words.ts";
import type { Asyncio } from "./find-asyncio.ts";

/** A future or task as it is now. Addresses are 0 where there is nothing, or None. */
export interface FoundFuture {
  readonly address: Address;
  readonly isTask: boolean;
  readonly isDone: boolean;
  readonly loop: Address;
  /** What is called when it is done. */
  readonly callbacks: readonly Address[];
  /** 3.14 and later: who says that it awaits this one. */
  readonly saidAwaitedBy: readonly Address[];
  /** Of tasks: the future that it waits for, */
  readonly waiter: Address;
  readonly coroutine: Address;
  /** and a str, or (3.12 and later) an int while nobody has asked for the name. */
  readonly name: Address;
}

type FutureKind = "native-task" | "native-future" | "python-task" | "python-future" | "other";

/** What is known of a type, and how one sees that it is still the same. */
interface KnownType {
  readonly kind: FutureKind;
  readonly mro: Address;
}

/** Callbacks of one future that are followed. */
const maxCallbacks = 1 << 14;
const maxBases = 64;
const maxTypes = 1024;
const maxStateName = 64;
/** `fut_state`, `STATE_PENDING`, and what Python code has for it. */
const pending = 0;
const pendingName = "PENDING";
const futureFields: readonly string[] = ["_state", "_loop", "_callbacks", "_Future__asyncio_awaited_by"];
const taskFields: readonly string[] = [...futureFields, "_fut_waiter", "_coro", "_name"];

/** Reads futures and tasks of one interpreter, of whatever class: what may change through the memory that is handed in, types in `steady`. */
export class Futures {
  readonly #steady: MemoryReader;
  readonly #layout: Layout;
  readonly #asyncio: Asyncio;
  readonly #own: OwnFields;
  readonly #types = new Map<Address, KnownType>();

  constructor(steady: MemoryReader, layout: Layout, asyncio: Asyncio, own: OwnFields) {
    this.#steady = steady;
    this.#layout = layout;
    this.#own = own;
    this.#asyncio = asyncio;
  }

  /** Null: no future, torn, or not readable. */
  read(memory: MemoryReader, address: Address): FoundFuture | null {
    const kind = this.kindOf(memory, address);
    switch (kind) {
      case "native-task":
      case "native-future":
        return this.#readNative(memory, address, kind === "native-task");
      case "python-task":
      case "python-future":
        return this.#readPython(memory, address, kind === "python-task");
      default:
        return null;
    }
  }

  isTask(memory: MemoryReader, address: Address): boolean {
    const kind = this.kindOf(memory, address);
    return kind === "native-task" || kind === "python-task";
  }

  kindOf(memory: MemoryReader, address: Address): FutureKind {
    const { native } = this.#asyncio;
    const type = typeOf(memory, this.#layout, address);
    if (!type) return "other";
    if (type === native?.task) return "native-task";
    if (type === native?.future) return "native-future";
    const mro = readPointer(this.#steady, this.#layout, type + this.#layout.objects.typeMro);
    if (!mro) return "other";
    const known = this.#types.get(type);
    if (known?.mro === mro) return known.kind;
    const kind = this.#kindByBases(readTuple(this.#steady, this.#layout, mro, maxBases) ?? []);
    if (this.#types.size >= maxTypes) this.#types.clear();
    this.#types.set(type, { kind, mro });
    return kind;
  }

  /** What its class is called, without the module. Null: not readable. */
  className(object: Address): string | null {
    const type = typeOf(this.#steady, this.#layout, object);
    const { native } = this.#asyncio;
    if (!type) return null;
    if (type === native?.task) return "Task";
    if (type === native?.future) return "Future";
    return nameOfType(this.#steady, this.#layout, type)?.replace(/.*\./s, "") ?? null;
  }

  #kindByBases(bases: readonly Address[]): FutureKind {
    const { native, pythonTask, pythonFuture } = this.#asyncio;
    if (native !== null && bases.includes(native.task)) return "native-task";
    if (native !== null && bases.includes(native.future)) return "native-future";
    if (pythonTask !== 0 && bases.includes(pythonTask)) return "python-task";
    return pythonFuture !== 0 && bases.includes(pythonFuture) ? "python-future" : "other";
  }

  #readNative(memory: MemoryReader, address: Address, isTask: boolean): FoundFuture | null {
    const { wordSize } = this.#layout;
    const at = this.#asyncio.native!.layout;
    const view = readPiece(memory, address + at.loop, (isTask ? at.taskSize : at.futureSize) - at.loop);
    if (view === null) return null;
    const pointer = (offset: number): Address => readWord(view, offset - at.loop, wordSize);
    const callbacks = this.#readCallbacks(memory, pointer(at.callbacks));
    const saidAwaitedBy = at.awaitedBy === null ? 0 : pointer(at.awaitedBy.task);
    const isSet = at.awaitedBy !== null && view.getUint8(at.awaitedBy.isSet - at.loop) !== 0;
    const first = pointer(at.firstCallback);
    return {
      address,
      isTask,
      isDone: view.getInt32(at.state - at.loop, true) !== pending,
      loop: pointer(at.loop),
      callbacks: first === 0 ? callbacks : [first, ...callbacks],
      saidAwaitedBy: saidAwaitedBy === 0 ? [] : isSet ? (readSet(memory, this.#layout, saidAwaitedBy, maxMembers) ?? []) : [saidAwaitedBy],
      waiter: isTask ? this.#orNone(pointer(at.waiter)) : 0,
      coroutine: isTask ? pointer(at.coroutine) : 0,
      name: isTask ? pointer(at.name) : 0,
    };
  }

  /** Lib/asyncio/futures.py and tasks.py: attributes of these names in all versions. */
  #readPython(memory: MemoryReader, address: Address, isTask: boolean): FoundFuture | null {
    const fields = this.#own.readAll(memory, address, isTask ? taskFields : futureFields);
    if (fields === null) return null;
    const [state = 0, loop = 0, callbacks = 0, saidAwaitedBy = 0, waiter = 0, coroutine = 0, name = 0] = fields;
    // From the class until it is done.
    const stateName = state === 0 ? pendingName : readString(this.#steady, this.#layout, state, maxStateName);
    if (stateName === null) return null;
    return {
      address,
      isTask,
      isDone: stateName !== pendingName,
      loop,
      callbacks: this.#readCallbacks(memory, callbacks),
      saidAwaitedBy: saidAwaitedBy === 0 ? [] : (readSet(memory, this.#layout, saidAwaitedBy, maxMembers) ?? []),
      waiter,
      coroutine,
      name,
    };
  }

  /** Of a list of tuples (callback, context). */
  #readCallbacks(memory: MemoryReader, list: Address): Address[] {
    const entries = this.#orNone(list) === 0 ? [] : (readList(memory, this.#layout, list, maxCallbacks) ?? []);
    return entries.flatMap((entry) => readTuple(memory, this.#layout, entry, 4)?.[0] || []);
  }
  #orNone(object: Address): Address {
    return object === this.#asyncio.none ? 0 : object;
  }
}
