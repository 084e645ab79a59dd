import { expect, test } from "vitest";
import type { MemoryReader } from "../../base/memory.ts";
import { PagedMemory } from "./paged-memory.ts";

const pageSize = 4096;

/** Every byte tells its address; there is nothing from `end` on. */
function telling(end: number): MemoryReader {
  return {
    read(address, into) {
      for (let at = 0; at < into.length; at++) into[at] = (address + at) % 251;
      return address + into.length <= end;
    },
  };
}

test("reads each page once, also across pages", () => {
  const paged = new PagedMemory(telling(8 * pageSize));
  for (const [address, length] of [
    [10, 4],
    [pageSize - 3, 6],
    [5, pageSize],
    [0, 2 * pageSize],
  ] as const) {
    const into = new Uint8Array(length);
    expect(paged.read(address, into)).toBe(true);
    expect([...into]).toEqual(Array.from({ length }, (_, at) => (address + at) % 251));
  }
  expect(paged.reads).toBe(2);
});

test("what reaches into a page that is not there cannot be read", () => {
  const paged = new PagedMemory(telling(pageSize));
  expect(paged.read(pageSize - 4, new Uint8Array(4))).toBe(true);
  expect(paged.read(pageSize - 4, new Uint8Array(5))).toBe(false);
  expect(paged.read(pageSize, new Uint8Array(1))).toBe(false);
});

test("ends after 64 MiB", () => {
  const paged = new PagedMemory(telling(2 ** 40));
  const into = new Uint8Array(1 << 20);
  let readable = 0;
  while (readable < 1000 && paged.read(0, into)) readable++;
  expect(readable).toBe(64);
});
