import type { Mapping, MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount, ByteOffset } from "../../base/units.ts";
import { blockSizeOf, decodePool, type PoolLayout } from "./pools.ts";

/** Pools that are looked at in the first round: 4 GiB of them. */
const maxFirst = 1 << 18;
/** In each later round, in turn, besides those that are known or near them, or in memory that is new. */
const laterPortion = 4096;
const maxNew = 1 << 16;
/** Headers that are copied at once. */
const batchSize = 4096;
/** Pools of the right block size that are known at once; more are not searched. */
const maxPools = 1 << 16;
/** New pools come from where the last ones were: this much memory around each with something in it is looked at every time. An arena is as big. */
const neighbourhood: ByteCount = 1 << 20;
const maxNeighbourhoods = 64;
/** Mapped files, stacks and the heap of malloc(3) have no pools. The kernel may give anonymous memory names. */
const anonymous = /^(\[anon:.*\])?$/;

/** [start, end), on pool boundaries. */
type Range = readonly [Address, Address];

interface KnownPool {
  readonly blockSize: ByteCount;
  /** As it was when its blocks were read last. */
  readonly header: Uint8Array;
  /** Something was found in it then. */
  hasFinds: boolean;
}

/** Looks at what may be a block, at `at` in `view`; nothing of it lies behind `end`. Says whether it is what is looked for. */
export type BlockVisitor = (view: DataView, at: ByteOffset, address: Address, end: ByteOffset) => boolean;

/** Memory in which something is looked for again and again. */
export interface BlockSource {
  /** One round: `visit` is called for everything that may have changed since the last one, and for all near what was found then. */
  update(memory: MemoryReader, visit: BlockVisitor): void;
  /** Bytes that have not been looked at yet, because there is more than one round may take. */
  readonly unsearched: ByteCount;
}

/**
 * Finds, in the memory of CPython's own allocator, the blocks of certain sizes, and keeps up with them: pools in which something was found,
 * and those that changed, are read every time, and the rest of memory in turn. So what is new is found at once where there was
 * something before, or near it, and elsewhere after some rounds.
 */
export class PoolCensus implements BlockSource {
  readonly #layout: PoolLayout;
  readonly #mappings: () => readonly Mapping[];
  readonly #sizes: ReadonlySet<ByteCount>;
  readonly #pools = new Map<Address, KnownPool>();
  readonly #addresses = new Float64Array(batchSize);
  readonly #headers: DataView;
  readonly #pool: DataView;
  #isFirst = true;
  #lastRanges: readonly Range[] = [];
  /** Where the turn is. */
  #turn: Address = 0;
  unsearched: ByteCount = 0;

  /** `sizes`: of what is looked for, in bytes. `mappings` tells the process's memory as it is now. */
  constructor(layout: PoolLayout, sizes: readonly ByteCount[], mappings: () => readonly Mapping[]) {
    this.#layout = layout;
    this.#mappings = mappings;
    this.#sizes = new Set(sizes.flatMap((size) => blockSizeOf(layout, size) ?? []));
    this.#headers = new DataView(new ArrayBuffer(batchSize * layout.headerSize));
    this.#pool = new DataView(new ArrayBuffer(layout.poolSize));
  }

  update(memory: MemoryReader, visit: BlockVisitor): void {
    const due = new Set<Address>();
    const ranges = this.#ranges();
    this.#look(memory, this.#pools.keys(), due, false);
    this.#look(memory, this.#inTurn(ranges), due, true);
    if (!this.#isFirst) this.#look(memory, this.#inNewMemory(ranges), due, true);
    this.#lastRanges = ranges;
    for (const address of due) this.#visit(memory, address, visit);
    if (this.#isFirst) this.#isFirst = false;
    else {
      // Near those with finds, and near what was found there, and so on: a program may have made many since the last round.
      const seen = new Set<Address>();
      for (let near = this.#near(ranges, seen); near.length > 0; near = this.#near(ranges, seen)) {
        const more = new Set<Address>();
        this.#look(memory, near, more, true);
        for (const address of more) if (!due.has(address)) this.#visit(memory, address, visit);
      }
    }
  }

  /** All memory that may hold pools. */
  #ranges(): readonly Range[] {
    const { poolSize } = this.#layout;
    return this.#mappings().flatMap(({ readable, writable, executable, path, start, end }) => {
      if (!readable || !writable || executable || !anonymous.test(path)) return [];
      const first = Math.ceil(start / poolSize) * poolSize;
      const last = Math.floor(end / poolSize) * poolSize;
      return first < last ? [[first, last] as const] : [];
    });
  }

  /** The pools whose turn it is. */
  *#inTurn(ranges: readonly Range[]): Generator<Address> {
    const { poolSize } = this.#layout;
    const total = ranges.reduce((sum, [start, end]) => sum + (end - start) / poolSize, 0);
    const portion = Math.min(total, this.#isFirst ? maxFirst : laterPortion);
    if (this.#isFirst) this.unsearched = (total - portion) * poolSize;
    else this.unsearched = Math.max(0, this.unsearched - portion * poolSize);
    let left = portion;
    // From where the last turn ended to the end, then from the beginning.
    for (const from of [this.#turn, 0]) {
      for (const [start, end] of ranges) {
        for (let pool = Math.max(start, from); pool < end; pool += poolSize) {
          if (left-- === 0) return;
          this.#turn = pool + poolSize;
          yield pool;
        }
      }
    }
  }

  /** What was not there in the last round: the heap has grown. Both lists are sorted, as the kernel tells them. */
  *#inNewMemory(ranges: readonly Range[]): Generator<Address> {
    const { poolSize } = this.#layout;
    let left = maxNew;
    let last = 0;
    for (const [start, end] of ranges) {
      for (let pool = start; pool < end;) {
        while (last < this.#lastRanges.length && this.#lastRanges[last]![1] <= pool) last++;
        const known = this.#lastRanges[last];
        if (known && known[0] <= pool) pool = known[1];
        else {
          if (left-- === 0) return;
          yield pool;
          pool += poolSize;
        }
      }
    }
  }

  /** What lies around the pools with finds and is not in `seen` yet, to which it is added. */
  #near(ranges: readonly Range[], seen: Set<Address>): readonly Address[] {
    const { poolSize } = this.#layout;
    const near: Address[] = [];
    for (const [address, { hasFinds }] of this.#pools) {
      const start = Math.floor(address / neighbourhood) * neighbourhood;
      if (!hasFinds || seen.has(start) || seen.size >= maxNeighbourhoods) continue;
      seen.add(start);
      const inside = ranges.find((range) => range[0] <= address && address < range[1]);
      if (!inside) continue;
      for (let pool = Math.max(start, inside[0]); pool < Math.min(start + neighbourhood, inside[1]); pool += poolSize) {
        if (!this.#pools.has(pool)) near.push(pool);
      }
    }
    return near;
  }

  /**
   * Reads the headers of these pools. Those that are to be visited go into `due`: new ones, changed ones, and all when `isTurn`, since a block may
   * be given back and used again without a trace in the header. Those that are none any more are forgotten.
   */
  #look(memory: MemoryReader, pools: Iterable<Address>, due: Set<Address>, isTurn: boolean): void {
    let count = 0;
    for (const pool of pools) {
      this.#addresses[count++] = pool;
      if (count < batchSize) continue;
      this.#lookAtBatch(memory, count, due, isTurn);
      count = 0;
    }
    this.#lookAtBatch(memory, count, due, isTurn);
  }

  #lookAtBatch(memory: MemoryReader, count: number, due: Set<Address>, isTurn: boolean): void {
    const { headerSize } = this.#layout;
    const bytes = new Uint8Array(this.#headers.buffer);
    readEach(memory, this.#addresses, count, headerSize, bytes);
    for (let index = 0; index < count; index++) {
      const address = this.#addresses[index]!;
      const blockSize = decodePool(this.#layout, this.#headers, index * headerSize);
      const known = this.#pools.get(address);
      if (!this.#sizes.has(blockSize)) {
        if (known) this.#pools.delete(address);
        continue;
      }
      const header = bytes.subarray(index * headerSize, (index + 1) * headerSize);
      if (known?.blockSize === blockSize) {
        if (isTurn || known.hasFinds || !header.every((byte, at) => byte === known.header[at])) due.add(address);
        known.header.set(header);
      } else if (known || this.#pools.size < maxPools) {
        this.#pools.set(address, { blockSize, header: header.slice(), hasFinds: false });
        due.add(address);
      }
    }
  }

  #visit(memory: MemoryReader, address: Address, visit: BlockVisitor): void {
    const known = this.#pools.get(address);
    if (!known) return;
    const { headerSize, nextOffset } = this.#layout;
    const { buffer, byteOffset } = known.header;
    const end = new DataView(buffer, byteOffset).getUint32(nextOffset, true);
    const isRead = memory.read(address, new Uint8Array(this.#pool.buffer, 0, end)) && decodePool(this.#layout, this.#pool, 0) === known.blockSize;
    known.hasFinds = false;
    if (!isRead) return;
    for (let at = headerSize; at + known.blockSize <= end; at += known.blockSize) {
      const isOne = visit(this.#pool, at, address + at, at + known.blockSize);
      known.hasFinds ||= isOne;
    }
  }

  /** Whether there are pools at all: a program may do without. */
  get hasPools(): boolean {
    return this.#pools.size > 0;
  }
}

function readEach(memory: MemoryReader, addresses: Float64Array, count: number, length: ByteCount, into: Uint8Array): void {
  if (memory.readEach) return memory.readEach(addresses, count, length, into);
  for (let index = 0; index < count; index++) {
    const piece = into.subarray(index * length, (index + 1) * length);
    if (!memory.read(addresses[index]!, piece)) piece.fill(0);
  }
}
