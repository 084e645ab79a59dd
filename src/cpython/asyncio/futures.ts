import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readAttribute } from "../objects/attributes.ts";
import { readPiece, readPointer } from "../objects/piece.ts";
import { readList, readTuple } from "../objects/sequences.ts";
import { maxMembers, readSet } from "../objects/sets.ts";
import { readString, type NameMatcher } from "../objects/strings.ts";
import { nameOfType, typeOf } from "../objects/types.ts";
import { readWord } from "../words.ts";
import type { Asyncio } from "./find-asyncio.ts";
import type { OwnValues } from "./own-values.ts";

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
const maxAttributeName = 64;
/** `fut_state`, `STATE_PENDING`. */
const pending = 0;

/** Reads futures and tasks of one interpreter, of whatever class. */
export class Futures {
  readonly #layout: Layout;
  readonly #asyncio: Asyncio;
  readonly #own: OwnValues;
  readonly #types = new Map<Address, KnownType>();

  constructor(layout: Layout, asyncio: Asyncio, own: OwnValues) {
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
    const mro = readPointer(memory, this.#layout, type + this.#layout.objects.typeMro);
    if (!mro) return "other";
    const known = this.#types.get(type);
    if (known?.mro === mro) return known.kind;
    const kind = this.#kindByBases(readTuple(memory, this.#layout, mro, maxBases) ?? []);
    if (this.#types.size >= maxTypes) this.#types.clear();
    this.#types.set(type, { kind, mro });
    return kind;
  }

  /** What its class is called, without the module. Null: not readable. */
  className(memory: MemoryReader, object: Address): string | null {
    const type = typeOf(memory, this.#layout, object);
    const { native } = this.#asyncio;
    if (!type) return null;
    if (type === native?.task) return "Task";
    if (type === native?.future) return "Future";
    return nameOfType(memory, this.#layout, type)?.replace(/.*\./s, "") ?? null;
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
      waiter: isTask ? this.#own.orNone(pointer(at.waiter)) : 0,
      coroutine: isTask ? pointer(at.coroutine) : 0,
      name: isTask ? pointer(at.name) : 0,
    };
  }

  /** Lib/asyncio/futures.py and tasks.py: attributes of these names in all versions. */
  #readPython(memory: MemoryReader, address: Address, isTask: boolean): FoundFuture | null {
    const names = new Map<Address, string | null>();
    const named =
      (name: string): NameMatcher =>
      (key) => {
        let known = names.get(key);
        if (known === undefined) names.set(key, (known = readString(memory, this.#layout, key, maxAttributeName)));
        return known === name;
      };
    const read = (name: string): Address => this.#own.orNone(readAttribute(memory, this.#layout, address, named(name)));
    const state = read("_state");
    // From the class until it is done.
    const stateName = state === 0 ? "PENDING" : readString(memory, this.#layout, state, maxAttributeName);
    if (stateName === null) return null;
    const saidAwaitedBy = read("_Future__asyncio_awaited_by");
    return {
      address,
      isTask,
      isDone: stateName !== "PENDING",
      loop: read("_loop"),
      callbacks: this.#readCallbacks(memory, read("_callbacks")),
      saidAwaitedBy: saidAwaitedBy === 0 ? [] : (readSet(memory, this.#layout, saidAwaitedBy, maxMembers) ?? []),
      waiter: isTask ? read("_fut_waiter") : 0,
      coroutine: isTask ? read("_coro") : 0,
      name: isTask ? read("_name") : 0,
    };
  }

  /** Of a list of tuples (callback, context). */
  #readCallbacks(memory: MemoryReader, list: Address): Address[] {
    const entries = this.#own.orNone(list) === 0 ? [] : (readList(memory, this.#layout, list, maxCallbacks) ?? []);
    return entries.flatMap((entry) => readTuple(memory, this.#layout, entry, 4)?.[0] || []);
  }
}
