import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createMap, type BpfMap } from "../../src/os/bpf.ts";
import { explainBpfFailure, readBpfFacts } from "../../src/os/bpf-obstacle.ts";

const hash = { type: 1, keySize: 4, valueSize: 8, maxEntries: 2, flags: 0 };
const mappedArray = { type: 2, keySize: 4, valueSize: 12, maxEntries: 1000, flags: 1 << 10 };
const first = createMap("probe", hash);
if (!first.ok) process.stderr.write(`\nNOT TESTED: maps in the kernel: ${explainBpfFailure(first.error, readBpfFacts()).message}\n\n`);
else first.value.close();

function create(shape: typeof hash): BpfMap {
  const map = createMap("test", shape);
  if (!map.ok) throw new Error(map.error.what);
  return map.value;
}
const key = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

it.skipIf(!first.ok)("a hash keeps what it is given, until it is full", () => {
  using map = create(hash);
  // Not at the start of its buffer: addresses must count that.
  const values = new Uint8Array(24).map((_, index) => index);
  const into = new Uint8Array(32).subarray(16, 24);
  expect(map.update(key(7), values.subarray(8, 16))).toBe(true);
  expect(map.lookUp(key(7), into)).toBe(true);
  expect([...into]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  expect(map.lookUp(key(8), into)).toBe(false);
  expect(map.update(key(8), values.subarray(0, 8))).toBe(true);
  expect(map.update(key(9), values.subarray(0, 8))).toBe(false);
  expect(map.delete(key(7))).toBe(true);
  expect(map.delete(key(7))).toBe(false);
  expect(() => map.buffer).toThrow("not a mappable map");
});

it.skipIf(!first.ok)("a mapped array is the kernel's own memory, not a copy", () => {
  using map = create(mappedArray);
  const view = new DataView(map.buffer);
  const value = new Uint8Array(12).fill(5);
  expect(map.update(key(999), value)).toBe(true);
  // Values take 16 bytes each.
  expect(view.getUint32(999 * 16, true)).toBe(0x05050505);
  view.setUint32(3 * 16, 42, true);
  expect(map.lookUp(key(3), value)).toBe(true);
  expect(value[0]).toBe(42);
});

it.skipIf(!first.ok)("a map that was closed is zeros for those who still look at it, and gone from the kernel", () => {
  const map = create(mappedArray);
  const bytes = new Uint8Array(map.buffer);
  map.update(key(0), new Uint8Array(12).fill(5));
  expect(bytes[0]).toBe(5);
  const inMaps = (): number => readFileSync("/proc/self/maps", "latin1").split("bpf-map").length;
  const before = inMaps();
  map.close();
  expect(bytes[0]).toBe(0);
  expect(inMaps()).toBe(before - 1);
});

it.skipIf(!first.ok)("says which map the kernel refused", () => {
  expect(createMap("wrong", { ...hash, keySize: 0 })).toMatchObject({ ok: false, error: { what: "create map wrong" } });
});
