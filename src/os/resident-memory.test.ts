import { expect, test } from "vitest";
import { ResidentMemory } from "./resident-memory.ts";

test("tells how much memory a process has resident, as it changes", () => {
  const memory = ResidentMemory.open(process.pid)!;
  const before = memory.read();
  expect(Math.abs(before / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
  const block = Buffer.alloc(64 * 2 ** 20, 1);
  expect((memory.read() - before) / block.length).toBeCloseTo(1, 0);
  memory.close();
  expect(ResidentMemory.open(2 ** 30)).toBeNull();
});
