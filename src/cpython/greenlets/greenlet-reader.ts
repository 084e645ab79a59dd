import type { Mapping, MemoryReader } from "../../base/memory.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Address } from "../../base/units.ts";
import { readLocal } from "../coroutines/locals.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import { typeName, typeOf } from "../objects/types.ts";
import { RawStack } from "../raw-stack.ts";
import type { Awaited, FoundTask, TaskReader, TaskState } from "../tasks/found-task.ts";
import { GeventWaits } from "./gevent-waits.ts";
import { Gevent } from "./gevent.ts";
import { GreenletCensus } from "./greenlet-census.ts";
import { greenletLayouts, type GreenletLayout } from "./greenlet-layouts.ts";
import { GreenletHubs, type HubCandidate } from "./greenlet-hubs.ts";
import { isThreadOver, readState, type GreenletState } from "./greenlet-state.ts";
import { findRootFrame, GreenletThreads, isStillRoot, type RootFrame } from "./greenlet-threads.ts";
import { GreenletTypes, type GreenletType } from "./greenlet-types.ts";
import { findByLibraryFrames } from "./library-frames.ts";
import { readSavedFrames } from "./saved-frames.ts";
import { TargetNames } from "./target-names.ts";

export interface GreenletSource {
  /** For searches whose result is then read anew. */
  readonly memory: MemoryReader;
  readonly layout: Layout;
  /** Address of the interpreter. */
  readonly interpreter: Address;
  /** The process's memory as it is now: the heap grows. */
  readonly mappings: () => readonly Mapping[];
}

const maxAttempts = 4;
/** Parents of parents. */
const maxLineage = 64;
/** So often classes are read again: at the address of one that is gone there may be another. */
const listsPerForgetting = 64;
const maxRemembered = 1 << 17;
const mainName = "main greenlet";
const hubName = "Hub";

/** greenlet's greenlets, and what gevent and eventlet make of them. */
export class GreenletReader implements TaskReader {
  readonly kind = "greenlet";
  readonly #layout: Layout;
  readonly #types: GreenletTypes;
  readonly #census: GreenletCensus;
  readonly #threads: GreenletThreads;
  readonly #gevent: Gevent;
  readonly #names: TargetNames;
  readonly #waits: GeventWaits;
  readonly #hubs: GreenletHubs;
  /** By main greenlet. */
  readonly #threadOf = new Map<Address, Address>();
  /** By greenlet, with the end of its C stack: that is another one when it is another greenlet. */
  readonly #roots = new Map<Address, RootFrame & { readonly stackStop: Address }>();
  #lists = 0;

  private constructor(source: GreenletSource, types: GreenletTypes) {
    const { layout } = source;
    this.#layout = layout;
    this.#types = types;
    this.#census = new GreenletCensus(layout, types, greenletLayouts(layout), source.mappings);
    this.#threads = new GreenletThreads(layout, source.interpreter);
    this.#gevent = new Gevent(layout, types);
    this.#names = new TargetNames(source.memory, layout);
    this.#waits = new GeventWaits(source.memory, layout, this.#gevent, this.#names);
    this.#hubs = new GreenletHubs(this.#gevent);
  }

  /** Null: greenlet has not been imported there. A failure says why its greenlets cannot be read. */
  static open(source: GreenletSource): Result<GreenletReader> | null {
    const types = GreenletTypes.find(source.memory, source.layout, source.interpreter);
    if (types === null) return null;
    const reader = new GreenletReader(source, types);
    // Greenlets change while they are looked at, and may fit no layout just then.
    for (let attempt = 0; attempt < maxAttempts && reader.#census.proved === null; attempt++) reader.list(source.memory);
    return reader.#census.isUnknown ? fail(`greenlet ${types.version} keeps its greenlets in a way that is not known`) : ok(reader);
  }

  /** Bytes of the heap in which no greenlets have been looked for yet. */
  get unsearched(): number {
    return this.#census.unsearched;
  }

  list(memory: MemoryReader): readonly Address[] {
    if (++this.#lists % listsPerForgetting === 0) {
      this.#types.forget();
      this.#names.forget();
    }
    this.#waits.forget();
    this.#threads.refresh(memory);
    const greenlets = this.#census.update(memory);
    for (const [main, thread] of this.#threadOf) if (!greenlets.has(main) || !this.#threads.has(thread)) this.#threadOf.delete(main);
    this.#hubs.update(memory, greenlets, this.#census.relatives, (greenlet) => this.#describeHub(memory, greenlet));
    for (const greenlet of this.#roots.keys()) if (!greenlets.has(greenlet)) this.#roots.delete(greenlet);
    return [...greenlets];
  }

  read(memory: MemoryReader, task: Address): FoundTask | null {
    const at = this.#census.proved;
    const typeAddress = typeOf(memory, this.#layout, task);
    const type = typeAddress === null ? null : this.#types.of(memory, typeAddress);
    const own = at && type && readState(memory, this.#layout, at, task);
    if (!at || !type || !own) return null;
    const state = stateOf(own);
    const main = this.#findMain(memory, at, own);
    const thread = this.#findThread(memory, at, own, main, state);
    const stack = new RawStack();
    const hasFrames = state === "waiting" && own.topFrame !== 0;
    const isWhole = !hasFrames || readSavedFrames(memory, this.#layout, own.topFrame, this.#usedStack(memory, at, own), stack);
    const root = state === "finished" ? null : this.#findRoot(memory, task, own, state, thread, stack);
    const isHub = this.#hubs.isHub(task, main);
    const awaitedBy = state === "finished" ? [] : this.#gevent.readJoining(memory, task, type).filter((other) => other !== task);
    return {
      kind: "greenlet",
      address: task,
      name: isHub ? hubName : this.#nameOf(memory, task, type, own),
      state,
      loop: this.#hubs.of(main) || main,
      thread,
      stack,
      isWhole,
      rootFrame: root?.frame ?? 0,
      rootCode: this.#codeOf(memory, task, type, own, state, root),
      waitsFor: state === "waiting" && !isHub && this.#hubs.of(main) !== 0 ? this.#findAwaited(memory, task, stack) : null,
      awaitedBy,
      parent: own.parent,
    };
  }

  #findAwaited(memory: MemoryReader, task: Address, stack: RawStack): Awaited | null {
    return findByLibraryFrames(memory, this.#layout, this.#names, stack) ?? this.#waits.find(memory, task, stack);
  }

  #nameOf(memory: MemoryReader, task: Address, type: GreenletType, { isMain }: GreenletState): string {
    if (isMain) return mainName;
    return (type.library === "gevent" ? this.#gevent.readName(memory, task, type) : null) ?? type.name;
  }

  /** The thread's main greenlet: kept once a greenlet has started, before that the last of its parents. 0: not known. */
  #findMain(memory: MemoryReader, at: GreenletLayout, own: GreenletState): Address {
    if (own.main !== 0) return own.main;
    let parent = own.parent;
    for (let count = 0; parent !== 0 && count < maxLineage; count++) {
      const above = readState(memory, this.#layout, at, parent);
      if (above === null) return 0;
      if (above.main !== 0) return above.main;
      parent = above.parent;
    }
    return 0;
  }

  #findThread(memory: MemoryReader, at: GreenletLayout, own: GreenletState, main: Address, state: TaskState): Address {
    if (main !== 0 && isThreadOver(memory, this.#layout, at, main)) return 0;
    let thread = state === "waiting" ? this.#threads.find(memory, own.exceptions, at) : 0;
    if (thread === 0 && main !== 0 && !own.isMain) {
      const other = readState(memory, this.#layout, at, main);
      if (other) thread = this.#threads.find(memory, other.exceptions, at);
    }
    // While the main one runs, nothing leads from it to its thread: then it is remembered from before.
    if (thread !== 0) this.#threadOf.set(main, thread);
    return thread || (this.#threadOf.get(main) ?? this.#threads.only);
  }

  #usedStack(memory: MemoryReader, at: GreenletLayout, own: GreenletState): Parameters<typeof readSavedFrames>[3] {
    const word = (offset: number): Address | null => readPointer(memory, this.#layout, own.address + offset);
    return {
      start: own.stackStart,
      end: own.stackStop,
      moved: () => {
        const [copy, size] = [word(at.stackCopy), word(at.stackSaved)];
        return copy === null || size === null ? null : { copy, size };
      },
      cutLink: () => (at.cutLink === null ? 0 : word(at.cutLink)),
    };
  }

  #findRoot(memory: MemoryReader, task: Address, own: GreenletState, state: TaskState, thread: Address, stack: RawStack): RootFrame | null {
    const { stackStop } = own;
    const last = stack.length - 1;
    let root: RootFrame | null = null;
    if (last >= 0) root = { frame: stack.frame[last]!, code: stack.code[last]! };
    else if (state === "running") {
      const known = this.#roots.get(task);
      if (known?.stackStop === stackStop && isStillRoot(memory, this.#layout, known)) return known;
      root = thread === 0 ? null : findRootFrame(memory, this.#layout, thread);
    }
    if (root && this.#roots.size < maxRemembered) this.#roots.set(task, { ...root, stackStop });
    return root;
  }

  #describeHub(memory: MemoryReader, greenlet: Address): HubCandidate | null {
    const at = this.#census.proved;
    const own = at && readState(memory, this.#layout, at, greenlet);
    if (!at || !own) return null;
    const state = stateOf(own);
    const main = this.#findMain(memory, at, own);
    const stack = new RawStack();
    if (state === "waiting") readSavedFrames(memory, this.#layout, own.topFrame, this.#usedStack(memory, at, own), stack);
    const root = this.#findRoot(memory, greenlet, own, state, this.#findThread(memory, at, own, main, state), stack);
    return { main, rootFile: root === null ? "" : this.#names.ofCode(root.code).file };
  }

  /** What it was made from: the function that it will call or has called, where that is Python code; else its oldest frame. 0: not known. */
  #codeOf(memory: MemoryReader, task: Address, type: GreenletType, own: GreenletState, state: TaskState, root: RootFrame | null): Address {
    if (state === "created") return this.#codeOfCallable(memory, type.library === "gevent" ? this.#gevent.readRun(memory, task) : own.run);
    if (root === null) return 0;
    // eventlet's threads all begin in the same function (`GreenThread.main`).
    const called = type.library === "eventlet" ? readLocal(memory, this.#layout, root.frame, root.code, "function") : null;
    return (called === null ? 0 : this.#codeOfCallable(memory, called)) || root.code;
  }

  #codeOfCallable(memory: MemoryReader, callable: Address): Address {
    const { wordSize } = this.#layout;
    const isMethod = callable !== 0 && typeName(memory, this.#layout, callable) === "method";
    const called = isMethod ? (readPointer(memory, this.#layout, callable + 2 * wordSize) ?? 0) : callable;
    if (called === 0 || typeName(memory, this.#layout, called) !== "function") return 0;
    // `func_code`: the first field to 3.9, later after globals, builtins and two names (Include/cpython/funcobject.h).
    const words = this.#layout.versionHex >>> 16 < 0x030a ? 2 : 6;
    const code = readPointer(memory, this.#layout, called + words * wordSize);
    return code && typeName(memory, this.#layout, code) === "code" ? code : 0;
  }
}

function stateOf({ stackStart, stackStop, topFrame, exceptions }: GreenletState): TaskState {
  if (stackStart === 0) return stackStop === 0 ? "created" : "finished";
  // One that calls C or Cython only has no frame when it is switched out, either; but all that are keep the thread's chain of exceptions.
  return topFrame === 0 && exceptions === 0 ? "running" : "waiting";
}
