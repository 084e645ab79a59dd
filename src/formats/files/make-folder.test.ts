import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "lynceus-folder-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("makes what is missing, and takes what is there", () => {
  const deep = join(folder, "a/b/c");
  makeFolder(deep, 0o700);
  makeFolder(deep, 0o700);
  makeFolder(`${deep}/../d/`, 0o700);
  expect(statSync(deep).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "a/b/d")).isDirectory()).toBe(true);
});

test("says why not where there can be none", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file"), 0o700)).toThrow("EEXIST");
  expect(() => makeFolder(join(folder, "file/below"), 0o700)).toThrow("ENOTDIR");
  expect(() => makeFolder("/proc/none", 0o700)).toThrow("ENOENT");
  expect(() => makeFolder("/proc/none/below/it", 0o700)).toThrow("ENOENT");
  expect(() => makeFolder("", 0o700)).toThrow("ENOENT");
});
