import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../base/units.ts";
import { addressOf } from "../../os/libc.ts";
import { RemoteMemory } from "../../os/remote-memory.ts";
import { findChanged, Footprint } from "./footprint.ts";

/** Our own memory: a process may always read itself. */
const memory = new RemoteMemory(process.pid);

function room(size: number): { readonly bytes: Uint8Array; readonly at: Address } {
  const buffer = new ArrayBuffer(size);
  return { bytes: new Uint8Array(buffer), at: addressOf(buffer) };
}

test("says whether any byte that was read has changed, and minds no other", () => {
  const { bytes, at } = room(20_000);
  const read = fc.record({ offset: fc.nat(19_000), length: fc.integer({ min: 1, max: 900 }) });
  const property = fc.property(fc.array(read, { maxLength: 30 }), fc.nat(19_999), (reads, touched) => {
    bytes.fill(0);
    const print = new Footprint(memory);
    for (const { offset, length } of reads) expect(print.read(at + offset, new Uint8Array(length))).toBe(true);
    const noted = new Set(reads.flatMap(({ offset, length }) => Array.from({ length }, (_, byte) => offset + byte)));
    expect(print.size).toBe(noted.size);
    expect(print.isStill(memory)).toBe(true);
    bytes[touched] = 1;
    expect(print.isStill(memory)).toBe(!noted.has(touched));
    bytes[touched] = 0;
    expect(print.isStill(memory)).toBe(true);
  });
  fc.assert(property, { numRuns: 200 });
});

test("one byte read twice with different values is torn, and stays so until the next answer", () => {
  const { bytes, at } = room(64);
  const print = new Footprint(memory);
  print.read(at + 8, new Uint8Array(8));
  bytes[12] = 7;
  print.read(at + 12, new Uint8Array(8));
  expect(print.isStill(memory)).toBe(false);
  print.clear();
  print.read(at + 12, new Uint8Array(8));
  expect(print.isStill(memory)).toBe(true);
});

test("goes on noting after it was asked", () => {
  const { bytes, at } = room(64);
  const print = new Footprint(memory);
  print.read(at, new Uint8Array(8));
  expect(print.isStill(memory)).toBe(true);
  print.read(at + 32, new Uint8Array(8));
  bytes[33] = 1;
  expect(print.isStill(memory)).toBe(false);
});

test("a read that fails is no part of it", () => {
  const print = new Footprint(memory);
  expect(print.read(8, new Uint8Array(8))).toBe(false);
  expect(print.size).toBe(0);
  expect(print.isStill(memory)).toBe(true);
});

test("many at once: those that changed, those that are gone, and no others", () => {
  const { bytes, at } = room(1 << 20);
  const prints = Array.from({ length: 3000 }, (_, index) => {
    const print = new Footprint(memory);
    for (const offset of [0, 5000, 100_000]) print.read(at + index * 16 + offset, new Uint8Array(8));
    return print;
  });
  expect(findChanged(memory, prints)).toEqual([]);
  bytes[7 * 16] = 1;
  bytes[2999 * 16 + 100_000] = 1;
  const changed = findChanged(memory, prints);
  for (const index of [7, 2999]) expect(changed).toContain(index);
  expect(changed.every((index) => !prints[index]!.isStill(memory))).toBe(true);
  expect(prints.every((print, index) => print.isStill(memory) !== changed.includes(index))).toBe(true);
  bytes.fill(0);
  const gone = new Footprint({ read: () => true });
  gone.read(64, new Uint8Array(8));
  expect(findChanged(memory, [...prints.slice(0, 5), gone, ...prints.slice(5), gone])).toEqual([5, 3001]);
});
