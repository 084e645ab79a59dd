import { expect, it } from "vitest";
import type { Mapping, MemoryReader } from "../base/memory.ts";
import { KnownFiles } from "./known-files.ts";
import { layoutOf } from "./layouts/registry.ts";
import type { MappedFile } from "./mapped-files.ts";

const layout = layoutOf(0x030b_02f0, 8)!;

/** A process that has one file mapped at `start`. */
function process(start: number, head: string, path = "/usr/bin/python3"): { readonly memory: MemoryReader; readonly file: MappedFile } {
  const mapping: Mapping = { start, end: start + 8192, readable: true, writable: false, executable: true, fileOffset: 0, inode: 7, path };
  const bytes = Buffer.alloc(8192, head);
  const memory: MemoryReader = {
    read: (address, into) => {
      if (address < start || address + into.length > start + bytes.length) return false;
      into.set(bytes.subarray(address - start, address - start + into.length));
      return true;
    },
  };
  return { memory, file: { path, mappings: [mapping] } };
}

it("knows a file again where another process has it, and only while it begins the same", () => {
  const known = new KnownFiles();
  const first = process(0x1000, "one build");
  known.rememberRuntime(first.memory, first.file, 0x1800, layout, "3.11.2");
  const second = process(0x70_0000, "one build");
  expect(known.runtimeIn(second.memory, second.file)).toEqual({ offset: 0x800, layout, version: "3.11.2" });
  const replaced = process(0x1000, "another build");
  expect(known.runtimeIn(replaced.memory, replaced.file)).toBeNull();
  const elsewhere = process(0x1000, "one build", "/srv/python3");
  expect(known.runtimeIn(elsewhere.memory, elsewhere.file)).toBeNull();
});

it("does not take an executable for searched that was only seen as a library", () => {
  const known = new KnownFiles();
  const { memory, file } = process(0x1000, "a program");
  known.rememberNothing(memory, file, false);
  expect(known.hasNothing(memory, file, false)).toBe(true);
  expect(known.hasNothing(memory, file, true)).toBe(false);
  known.rememberNothing(memory, file, true);
  expect(known.hasNothing(memory, file, true)).toBe(true);
  expect(known.runtimeIn(memory, file)).toBeNull();
});

it("remembers nothing of memory that is gone", () => {
  const known = new KnownFiles();
  const { file } = process(0x1000, "a program");
  known.rememberNothing({ read: () => false }, file, true);
  expect(known.hasNothing(process(0x1000, "a program").memory, file, true)).toBe(false);
});
