import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openOutput } from "./open-output.ts";
import { writePatiently } from "./write-fully.ts";

const folder = mkdtempSync(join(tmpdir(), "lynceus-open-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, what: string): void {
  const fd = openOutput(path);
  writeSync(fd, what);
  closeSync(fd);
}

test("a file is written from its start", () => {
  const path = join(folder, "file");
  write(path, "long");
  write(path, "me");
  expect(readFileSync(path, "utf8")).toBe("me");
});

test("a pipe has its reader, or is refused", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  expect(() => openOutput(path)).toThrow(`cannot write ${path}: nobody reads this pipe`);
  const reader = spawn("sh", ["-c", `sleep 0.2; cat '${path}'`], { stdio: ["ignore", "pipe", "ignore"] });
  write(path, "heard");
  expect(await text(reader.stdout)).toBe("heard");
});

test("a reader that takes nothing keeps nobody else waiting", async () => {
  const path = join(folder, "slow");
  execFileSync("mkfifo", [path]);
  const reader = spawn("sh", ["-c", `exec <'${path}'; sleep 0.5; wc -c`], { stdio: ["ignore", "pipe", "ignore"] });
  let turns = 0;
  const others = setInterval(() => turns++, 20);
  const fd = openOutput(path);
  await writePatiently(fd, new Uint8Array(300_000));
  closeSync(fd);
  clearInterval(others);
  expect(turns).toBeGreaterThan(3);
  expect((await text(reader.stdout)).trim()).toBe("300000");
});
