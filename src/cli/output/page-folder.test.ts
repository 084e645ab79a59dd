import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pageFolder } from "./page-folder.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "lynceus-test-"));
});
afterEach(() => rmSync(place, { recursive: true }));

test("is the same folder again, which nobody else can enter, without the pages of days before", () => {
  const folder = pageFolder(place);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  writeFileSync(join(folder, "page.html"), "");
  expect(pageFolder(place)).toBe(folder);
  expect(existsSync(join(folder, "page.html"))).toBe(true);
  expect(pageFolder(place, Date.now() + 2 * 24 * 3600 * 1000)).toBe(folder);
  expect(existsSync(join(folder, "page.html"))).toBe(false);
});

test("is another one where somebody prepared it", () => {
  const name = join(place, `lynceus-pages-${userInfo().uid}`);
  const elsewhere = join(place, "elsewhere");
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, name);
  expect(pageFolder(place)).not.toBe(name);
  rmSync(name);
  mkdirSync(name);
  chmodSync(name, 0o777);
  const folder = pageFolder(place);
  expect(folder).not.toBe(name);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
