import type { Mapping, MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";
import { readPointer } from "../objects/piece.ts";
import { typeOf } from "../objects/types.ts";
import { readWord } from "../words.ts";
import type { GreenletLayout } from "./greenlet-layouts.ts";
import { allBits, readState } from "./greenlet-state.ts";
import type { GreenletTypes } from "./greenlet-types.ts";
import { HeapSearch } from "./heap-search.ts";
import { type BlockSource, type BlockVisitor, PoolCensus } from "./pool-census.ts";
import { poolLayout } from "./pools.ts";

/** Greenlets that are told of at once. */
const maxGreenlets = 1 << 17;
/** With debug hooks (`-X dev`, PYTHONMALLOC=debug) the allocator puts two words before what it gives out, and one behind. */
const debugWordsBefore = 2;
const debugWords = 3;
/** Layouts are tried on so many greenlets, looked for among so many things that may be one. */
const maxProofs = 16;
const maxSamples = 2048;
/** Greenlets change while they are looked at: so often none fits before it is told that the release is not known. */
const maxFailures = 3;
/** gevent runs a thread of a pool as one greenlet, which has the thread to itself (`gevent/threadpool.py`). */
const workerType = "_WorkerGreenlet";

/**
 * Finds every greenlet that lives, by a search of CPython's own heap. From 2.0 on each has a state that begins with a pointer into greenlet's
 * library (its virtual functions) and is of the same size whatever class the greenlet is of; before, the type tells it.
 */
export class GreenletCensus {
  readonly #layout: Layout;
  readonly #types: GreenletTypes;
  readonly #mappings: () => readonly Mapping[];
  /** Those that may be the right one, newest first; the first is, once it is proved. */
  #candidates: readonly GreenletLayout[];
  #isProved = false;
  #failures = 0;
  #source: BlockSource | null = null;
  /** Where the library's data is. */
  #library: readonly (readonly [Address, Address])[] = [];
  /** By state, those that were proved to be greenlets. */
  #known = new Map<Address, Known>();
  #sizesOfTypes = "";
  /** Those that the greenlets of the last update named as parent or main greenlet. */
  relatives: ReadonlySet<Address> = new Set();

  constructor(layout: Layout, types: GreenletTypes, layouts: readonly GreenletLayout[], mappings: () => readonly Mapping[]) {
    this.#layout = layout;
    this.#types = types;
    this.#mappings = mappings;
    // What a type says of the size of its objects tells the old ones from the new ones.
    const head = (layoutOfOne: GreenletLayout): ByteCount =>
      layoutOfOne.implementation === null ? layoutOfOne.size : layoutOfOne.implementation + layout.wordSize;
    this.#candidates = layouts.filter((one) => head(one) === types.basicSize);
  }

  /** The layout that has proved itself. Null: there were no greenlets yet that could prove one. */
  get proved(): GreenletLayout | null {
    return this.#isProved ? this.#candidates[0]! : null;
  }

  /** Greenlets were found, and no layout fits them; or their type is of no known release. */
  get isUnknown(): boolean {
    return this.#candidates.length === 0;
  }

  /** Bytes of the heap that have not been searched yet. */
  get unsearched(): ByteCount {
    return this.#source?.unsearched ?? 0;
  }

  /** All greenlets, main ones too where another one names them; but not those that gevent makes of the threads of its pools, which take no turns. */
  update(memory: MemoryReader): ReadonlySet<Address> {
    const found = new Map<Address, Found>();
    if (this.isUnknown) return new Set();
    const isWithin = this.#candidates.every(({ implementation }) => implementation === null);
    if (isWithin) this.#searchObjects(memory, found);
    else this.#searchStates(memory, found);
    const known = new Map<Address, Known>();
    const greenlets = new Set<Address>();
    const relatives = new Set<Address>();
    for (const [state, { greenlet, parent, main }] of found) {
      const before = this.#known.get(state);
      const now = before?.greenlet === greenlet ? before : this.#identify(memory, greenlet);
      if (now === null) continue;
      known.set(state, now);
      if (now.isWorker) continue;
      greenlets.add(greenlet);
      for (const relative of [parent, main]) if (relative !== 0) relatives.add(relative);
    }
    this.#known = known;
    this.relatives = relatives;
    // Main greenlets have smaller states, and are named by all others.
    for (const relative of relatives) if (!greenlets.has(relative) && this.#identify(memory, relative)) greenlets.add(relative);
    return greenlets;
  }

  /** Notes by their state all that seem to be greenlets. */
  #searchStates(memory: MemoryReader, found: Map<Address, Found>): void {
    if (this.#library.length === 0) this.#library = this.#findLibrary();
    const unproved: Sample[] = [];
    const sizes = this.#candidates.map(({ size }) => size);
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    const visit: BlockVisitor = (view, at, address, end) => {
      if (at + least > end || !this.#isInLibrary(readWord(view, at, this.#layout.wordSize))) return false;
      if (!this.#isProved) unproved.push({ state: address, copy: new DataView(view.buffer.slice(at, Math.min(end, at + most))) });
      else this.#note(view, at, address, found);
      return true;
    };
    this.#search(memory, sizes, visit);
    if (unproved.length === 0) return;
    this.#prove(memory, unproved);
    if (!this.#isProved) return;
    for (const { state, copy } of unproved) if (copy.byteLength >= this.#candidates[0]!.size) this.#note(copy, 0, state, found);
  }

  /** The same for 1.1: in blocks of the sizes that the classes have, at the place of the type. */
  #searchObjects(memory: MemoryReader, found: Map<Address, Found>): void {
    const { wordSize, objects } = this.#layout;
    const types = this.#types.all(memory);
    const sizes = [...new Set([...types.values()].map(({ size, before }) => size + before))].sort((a, b) => a - b);
    if (sizes.join() !== this.#sizesOfTypes) this.#source = null;
    this.#sizesOfTypes = sizes.join();
    this.#isProved = true;
    const befores = [...new Set([...types.values()].map(({ before }) => before))];
    const { size } = this.#candidates[0]!;
    const visit: BlockVisitor = (view, block, address, end) => {
      for (const before of befores) {
        const at = block + before;
        if (at + size > end || types.get(readWord(view, at + objects.type, wordSize))?.before !== before) continue;
        // Given back, it would still have its type.
        if (view.getUint32(at + objects.type - wordSize, true) === 0) continue;
        this.#note(view, at, address + before, found);
        return true;
      }
      return false;
    };
    this.#search(memory, sizes, visit);
  }

  #note(view: DataView, at: ByteOffset, address: Address, found: Map<Address, Found>): void {
    const { self, parent, main } = this.#candidates[0]!;
    if (found.size >= maxGreenlets) return;
    const word = (offset: ByteOffset): Address => readWord(view, at + offset, this.#layout.wordSize);
    found.set(address, { greenlet: self === null ? address : word(self), parent: word(parent), main: main === null ? 0 : word(main) });
  }

  #search(memory: MemoryReader, sizes: readonly ByteCount[], visit: BlockVisitor): void {
    const { wordSize } = this.#layout;
    const debugOffset = debugWordsBefore * wordSize;
    const inDebug = sizes.map((size) => size + debugWords * wordSize);
    this.#source ??= new PoolCensus(poolLayout(this.#layout), [...sizes, ...inDebug], this.#mappings);
    this.#source.update(memory, (view, at, address, end) => visit(view, at, address, end) || visit(view, at + debugOffset, address + debugOffset, end));
    if (!(this.#source instanceof PoolCensus) || this.#source.hasPools) return;
    this.#source = new HeapSearch(2 * wordSize, this.#mappings);
    this.#source.update(memory, visit);
  }

  /** The library is the file in which the type is. */
  #findLibrary(): readonly (readonly [Address, Address])[] {
    const mappings = this.#mappings();
    const own = mappings.find(({ start, end }) => start <= this.#types.base && this.#types.base < end);
    if (!own || own.inode === 0) return [];
    return mappings.filter(({ path, inode }) => path === own.path && inode === own.inode).map(({ start, end }) => [start, end]);
  }

  #isInLibrary(address: Address): boolean {
    return this.#library.some(([start, end]) => start <= address && address < end);
  }

  /**
   * Looks which layout fits the greenlets that were found: each state is pointed to by its greenlet, points back, and its parent is a greenlet
   * too. A parent may be missing, but not in all.
   */
  #prove(memory: MemoryReader, found: readonly Sample[]): void {
    const samples: (Sample & { readonly greenlet: Address })[] = [];
    for (const sample of found.slice(0, maxSamples)) {
      const greenlet = samples.length < maxProofs ? this.#findGreenletOf(memory, sample) : 0;
      if (greenlet !== 0) samples.push({ ...sample, greenlet });
    }
    const proofs = this.#candidates.map((layout) => {
      const judged = samples.map((sample) => this.#judge(memory, layout, sample));
      return { layout, fit: judged.filter((each) => each === true).length, misfit: judged.filter((each) => each === false).length };
    });
    // A greenlet that changes just now may fit none of them.
    const best = proofs.filter(({ fit, misfit }) => fit > 0 && misfit <= fit / 4);
    const first = best.reduce<(typeof best)[number] | null>((a, b) => (a === null || b.fit > a.fit ? b : a), null);
    if (first) {
      this.#candidates = [first.layout];
      this.#isProved = true;
    } else if (proofs.some(({ misfit }) => misfit > 0) && ++this.#failures >= maxFailures) this.#candidates = [];
  }

  /** The greenlet that a state is of, in whatever release: it points to one that points back. 0: it is no state. */
  #findGreenletOf(memory: MemoryReader, { state, copy }: Sample): Address {
    const { wordSize } = this.#layout;
    const implementation = this.#candidates[0]?.implementation;
    if (implementation === null || implementation === undefined) return 0;
    for (let at = wordSize; at + wordSize <= copy.byteLength; at += wordSize) {
      const object = readWord(copy, at, wordSize);
      if (object === 0 || object % wordSize !== 0 || !this.#isOfType(memory, object)) continue;
      if (readPointer(memory, this.#layout, object + implementation) === state) return object;
    }
    return 0;
  }

  /** Whether a state has this layout. Null: it says nothing about that. */
  #judge(memory: MemoryReader, layout: GreenletLayout, { copy, greenlet }: Sample & { readonly greenlet: Address }): boolean | null {
    const word = (offset: ByteOffset | null): Address =>
      offset === null || offset + this.#layout.wordSize > copy.byteLength ? 0 : readWord(copy, offset, this.#layout.wordSize);
    const [parent, main] = [word(layout.parent), word(layout.main)];
    // A main greenlet's state is smaller: what follows it is not its own.
    if (word(layout.stackStop) === allBits(this.#layout)) return null;
    if (word(layout.self) !== greenlet) return false;
    if (parent !== 0 && !this.#isOfType(memory, parent)) return false;
    if (main !== 0 && !(this.#isOfType(memory, main) && readState(memory, this.#layout, layout, main)?.isMain === true)) return false;
    return parent !== 0 ? true : null;
  }

  #isOfType(memory: MemoryReader, greenlet: Address): boolean {
    const type = typeOf(memory, this.#layout, greenlet);
    return type !== null && this.#types.of(memory, type) !== null;
  }

  /** Null: it is no greenlet. */
  #identify(memory: MemoryReader, greenlet: Address): Known | null {
    const address = typeOf(memory, this.#layout, greenlet);
    const type = address === null ? null : this.#types.of(memory, address);
    if (!type || !this.#isProved || readState(memory, this.#layout, this.#candidates[0]!, greenlet) === null) return null;
    return { greenlet, isWorker: type.name === workerType };
  }
}

/** What may be a state, and what follows it. */
interface Sample {
  readonly state: Address;
  readonly copy: DataView;
}

/** What a state says, before it is proved. */
interface Found {
  readonly greenlet: Address;
  readonly parent: Address;
  readonly main: Address;
}

interface Known {
  readonly greenlet: Address;
  readonly isWorker: boolean;
}
