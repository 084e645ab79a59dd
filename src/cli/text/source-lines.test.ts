import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSourceReader, resolveInside } from "./source-lines.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lynceus-source-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("lines by number, whatever ends them", () => {
  const file = join(folder, "a.py");
  writeFileSync(file, "one\ntwo\r\nthr\u00e9e\rfour");
  const read = createSourceReader(process.pid);
  expect([1, 2, 3, 4, 5, 0, -1].map((line) => read(file, line))).toEqual(["one", "two", "thrée", "four", null, null, null]);
});

test("relative names are relative to the process's working directory", () => {
  writeFileSync(join(folder, "b.py"), "here\n");
  expect(createSourceReader(process.pid)(relative(process.cwd(), join(folder, "b.py")), 1)).toBe("here");
});

test("only regular files are opened, and none that is too big", () => {
  const pipe = join(folder, "pipe.py");
  execFileSync("mkfifo", [pipe]);
  writeFileSync(join(folder, "big.py"), "x\n".repeat((4 << 20) / 2 + 1));
  const read = createSourceReader(process.pid);
  for (const file of [pipe, "/dev/zero", "/dev/tty", folder, join(folder, "big.py"), join(folder, "missing.py"), "<string>", ""]) {
    expect(read(file, 1), file).toBeNull();
  }
});

test("links stay inside the root of the process", () => {
  const root = join(folder, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  mkdirSync(join(root, "srv"));
  writeFileSync(join(root, "etc/passwd"), "inside\n");
  symlinkSync("/etc/passwd", join(root, "srv/absolute.py"));
  symlinkSync("../../../../../etc/passwd", join(root, "srv/relative.py"));
  symlinkSync("/srv", join(root, "etc/folder"));
  symlinkSync("loop.py", join(root, "srv/loop.py"));
  const inside = `${root}/etc/passwd`;
  expect(resolveInside(root, "/srv/absolute.py")).toBe(inside);
  expect(resolveInside(root, "/srv/relative.py")).toBe(inside);
  expect(resolveInside(root, "/etc/folder/absolute.py")).toBe(inside);
  expect(resolveInside(root, "/../../etc/passwd")).toBe(inside);
  expect(resolveInside(root, "/srv/loop.py")).toBeNull();
});
