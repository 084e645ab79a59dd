import fc from "fast-check";
import { expect, test } from "vitest";
import type { Mapping, MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { PoolCensus } from "./pool-census.ts";
import { decodePool, type PoolLayout } from "./pools.ts";

const layout: PoolLayout = { poolSize: 4096, headerSize: 48, alignment: 16, used: 0, sizeIndex: 36, nextOffset: 40, lastOffset: 44 };
const mark = 0x6d61_726b;
const start = 0x10_0000;

/** A heap of some pools, as bytes. */
class Heap implements MemoryReader {
  readonly view: DataView;
  end: Address;

  constructor(pools: number) {
    this.view = new DataView(new ArrayBuffer(pools * layout.poolSize));
    this.end = start + this.view.byteLength;
  }

  read(address: Address, into: Uint8Array): boolean {
    const at = address - start;
    if (at < 0 || address + into.length > this.end) return false;
    into.set(new Uint8Array(this.view.buffer, at, into.length));
    return true;
  }

  readonly mappings = (): readonly Mapping[] => [
    { start: 0x1000, end: 0x2000, readable: true, writable: false, executable: false, fileOffset: 0, inode: 7, path: "/bin/python" },
    { start, end: this.end, readable: true, writable: true, executable: false, fileOffset: 0, inode: 0, path: "" },
    // Gone by the time that it is read.
    { start: 0x9000_0000, end: 0x9001_0000, readable: true, writable: true, executable: false, fileOffset: 0, inode: 0, path: "" },
  ];

  /** Makes a pool of blocks of `size`, all in use, those with an index in `marked` marked. */
  fill(pool: number, size: number, marked: readonly number[]): readonly Address[] {
    const at = pool * layout.poolSize;
    new Uint8Array(this.view.buffer, at, layout.poolSize).fill(0);
    const count = Math.floor((layout.poolSize - layout.headerSize) / size);
    this.view.setUint32(at + layout.used, count, true);
    this.view.setUint32(at + layout.sizeIndex, size / layout.alignment - 1, true);
    this.view.setUint32(at + layout.nextOffset, layout.headerSize + count * size, true);
    this.view.setUint32(at + layout.lastOffset, layout.poolSize - size, true);
    const offsets = [...new Set(marked.map((index) => layout.headerSize + (index % count) * size))];
    for (const offset of offsets) this.view.setUint32(at + offset, mark, true);
    return offsets.map((offset) => start + at + offset);
  }
}

function find(census: PoolCensus, heap: MemoryReader): readonly Address[] {
  const found: Address[] = [];
  census.update(heap, (view, at, address, end) => {
    expect(end).toBeLessThanOrEqual(view.byteLength);
    if (view.getUint32(at, true) !== mark) return false;
    found.push(address);
    return true;
  });
  return found.toSorted((a, b) => a - b);
}

const pool = fc.record({ index: fc.nat(39), size: fc.constantFrom(64, 208, 224, 512), marked: fc.array(fc.nat(60), { maxLength: 5 }) });

test("finds what is marked in blocks of the right size, wherever pools come, go and change", () => {
  const property = fc.property(
    fc.array(fc.array(pool, { maxLength: 8 }), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 10, max: 40 }),
    (rounds, mapped) => {
      const heap = new Heap(40);
      const census = new PoolCensus(layout, [200, 500], heap.mappings);
      const expected = new Map<number, readonly Address[]>();
      heap.end = start + mapped * layout.poolSize;
      for (const changes of rounds) {
        for (const { index, size, marked } of changes) {
          const addresses = heap.fill(index, size, marked);
          expected.set(index, size === 208 || size === 512 ? addresses : []);
        }
        const there = [...expected.values()].flat().filter((address) => address < heap.end);
        expect(find(census, heap)).toEqual(there.toSorted((a, b) => a - b));
        expect(census.unsearched).toBe(0);
        heap.end = Math.min(heap.end + 4 * layout.poolSize, start + heap.view.byteLength);
      }
    },
  );
  fc.assert(property, { numRuns: 100 });
});

test("what is no pool is none", () => {
  const property = fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
    const size = decodePool(layout, new DataView(bytes.buffer, bytes.byteOffset), 0);
    expect(size % layout.alignment).toBe(0);
    expect(size).toBeLessThanOrEqual(512);
  });
  fc.assert(property, { numRuns: 1000 });
  const heap = new Heap(1);
  heap.fill(0, 208, []);
  expect(decodePool(layout, heap.view, 0)).toBe(208);
  heap.view.setUint32(layout.used, 0, true);
  expect(decodePool(layout, heap.view, 0)).toBe(0);
});

test("more memory than one round may take is searched in turn, and it is told how much is left", () => {
  const far = 5 * 2 ** 30;
  const heap = new Heap(1);
  const [address] = heap.fill(0, 208, [3]);
  // All of it reads as zeros, but for one pool at its end.
  const memory: MemoryReader = {
    read: (from, into) => (from >= start + far - layout.poolSize ? heap.read(from - far + layout.poolSize, into) : (into.fill(0), true)),
  };
  const mapping: Mapping = { start, end: start + far, readable: true, writable: true, executable: false, fileOffset: 0, inode: 0, path: "" };
  const census = new PoolCensus({ ...layout, poolSize: 4096 }, [200], () => [mapping]);
  expect(find(census, memory)).toEqual([]);
  expect(census.unsearched).toBeGreaterThan(0);
  let found: readonly Address[] = [];
  for (let round = 0; round < 400 && found.length === 0; round++) found = find(census, memory);
  expect(found).toEqual([address! + far - layout.poolSize]);
});
