import { expect, it } from "vitest";
import type { Mapping } from "../base/memory.ts";
import { mappedFiles } from "./mapped-files.ts";

function mapping(start: number, path: string, inode: number, executable: boolean): Mapping {
  return { start, end: start + 4096, readable: true, writable: !executable, executable, fileOffset: 0, inode, path };
}

it("finds the files with code among any number of others, Python first", () => {
  // Each shared mapping without a file is one of its own to the kernel: "/dev/zero (deleted)".
  const data = Array.from({ length: 30_000 }, (_, index) => mapping(index * 8192, "/dev/zero (deleted)", index + 1, false));
  const code = [mapping(1e9, "/lib/libc.so.6", 50_001, true), mapping(2e9, "/usr/bin/python3.12 (deleted)", 50_002, true)];
  expect(mappedFiles([...data, ...code]).map(({ path }) => path)).toEqual(["/usr/bin/python3.12", "/lib/libc.so.6"]);
});

it("gives a file all its mappings, in order of address", () => {
  const parts = [mapping(4096, "/usr/bin/python3", 7, false), mapping(8192, "/usr/bin/python3", 7, true), mapping(65_536, "/usr/bin/python3", 7, false)];
  const others = [mapping(16_384, "/usr/bin/python3", 8, false), mapping(20_480, "[heap]", 0, false)];
  expect(mappedFiles([...parts, ...others].toSorted((a, b) => a.start - b.start))).toEqual([{ path: "/usr/bin/python3", mappings: parts }]);
});
