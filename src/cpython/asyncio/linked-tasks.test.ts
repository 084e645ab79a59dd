import fc from "fast-check";
import { expect, test } from "vitest";
import type { MemoryReader } from "../../base/memory.ts";
import type { Address } from "../../base/units.ts";
import { python312 } from "../layouts/python-3.12.ts";
import { LinkedTasks } from "./linked-tasks.ts";

const base: Address = 0x10_0000;
const taskSize = 64;
const node = 16;
const places = 4000;

/** Tasks in memory, linked as asyncio does it. */
class Target implements MemoryReader {
  readonly #bytes = new Uint8Array((places + 1) * taskSize);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly head: Address = base;
  reads = 0;

  constructor() {
    this.#link(this.head, this.head);
  }

  read(address: Address, into: Uint8Array): boolean {
    this.reads++;
    const at = address - base;
    if (at < 0 || at + into.length > this.#bytes.length) return false;
    into.set(this.#bytes.subarray(at, at + into.length));
    return true;
  }

  add(task: Address): void {
    this.#link(this.#previous(this.head), task + node);
    this.#link(task + node, this.head);
  }

  remove(task: Address): void {
    this.#link(this.#previous(task + node), this.#next(task + node));
    this.#set(task + node, 0);
    this.#set(task + node + 8, 0);
  }

  #link(from: Address, to: Address): void {
    this.#set(from, to);
    this.#set(to + 8, from);
  }

  #next(at: Address): Address {
    return Number(this.#view.getBigUint64(at - base, true));
  }

  #previous(at: Address): Address {
    return this.#next(at + 8);
  }

  #set(at: Address, value: Address): void {
    this.#view.setBigUint64(at - base, BigInt(value), true);
  }
}

const place = (index: number): Address => base + (index + 1) * taskSize;
/** Tasks that end and tasks that begin, at addresses that are used again at once. */
const step = fc.record({ ending: fc.array(fc.nat(places - 1), { maxLength: 40 }), beginning: fc.array(fc.nat(places - 1), { maxLength: 40 }) });

test("no task that lives is ever missed, whichever come and go; those that ended go within ten looks", () => {
  const property = fc.property(fc.integer({ min: 0, max: 3000 }), fc.array(step, { maxLength: 25 }), (count, steps) => {
    const target = new Target();
    const living = new Set<Address>();
    const everLived = new Set<Address>();
    const begin = (task: Address): void => {
      if (living.has(task)) return;
      target.add(task);
      living.add(task);
      everLived.add(task);
    };
    for (let index = 0; index < count; index++) begin(place(index));
    const list = new LinkedTasks(python312, target.head, node);
    for (const { ending, beginning } of steps) {
      for (const task of ending.map(place)) if (living.delete(task)) target.remove(task);
      for (const task of beginning.map(place)) begin(task);
      const read = list.read(target, places);
      expect(new Set(read).size).toBe(read.length);
      expect([...living].filter((task) => !read.includes(task))).toEqual([]);
      expect(read.filter((task) => !everLived.has(task))).toEqual([]);
    }
    let last: readonly Address[] = [];
    for (let look = 0; look < 11; look++) last = list.read(target, places);
    expect([...last].toSorted((a, b) => a - b)).toEqual([...living].toSorted((a, b) => a - b));
    expect(list.read(target, places)).toBe(last);
  });
  fc.assert(property, { numRuns: 60 });
});

test("a long list that stays as it is costs a few reads", () => {
  const target = new Target();
  for (let index = 0; index < 3000; index++) target.add(place(index));
  const list = new LinkedTasks(python312, target.head, node);
  list.read(target, places);
  target.reads = 0;
  list.read(target, places);
  expect(target.reads).toBeLessThanOrEqual(5);
});

test("a link that leads out of the list, or round in it, ends it", () => {
  const target = new Target();
  for (let index = 0; index < 10; index++) target.add(place(index));
  // The middle of the list is gone: one half is found from each end.
  const broken: MemoryReader = { read: (address, into) => address !== place(4) + node && target.read(address, into) };
  expect(new LinkedTasks(python312, target.head, node).read(broken, places).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, index) => place(index)),
  );
  expect(new LinkedTasks(python312, target.head, node).read(target, 4)).toHaveLength(4);
});
