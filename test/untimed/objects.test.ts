import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readInterpreters } from "../../src/cpython/interpreters.ts";
import { PagedMemory } from "../../src/cpython/objects/paged-memory.ts";
import { readThreadNames } from "../../src/cpython/thread-names.ts";
import { RemoteMemory } from "../../src/os/remote-memory.ts";
import { expectedNames, readNames, readObjects, readThreads } from "../images/compare.ts";
import { runtimeOf } from "../images/runtime-of.ts";
import { startTarget } from "../images/target-process.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";

/** Needs indices of 32 bits. */
const biggestDict = 70_000;
const threadCount = 500;
const manyThreads = fileURLToPath(new URL("../images/many-threads.py", import.meta.url));

describe.each([...requireInterpreters(), ...requireI686Interpreters()])("a live CPython $version, words of $wordSize bytes", ({ path, wordSize }) => {
  test("objects, names and frames are what the program says", async () => {
    await using target = await startTarget(path, biggestDict);
    const memory = new RemoteMemory(target.pid);
    const runtime = runtimeOf(memory, target.truth);
    expect(readObjects(memory, runtime.layout, target.truth.objects)).toEqual(target.truth.objects);
    expect(readNames(memory, runtime)).toEqual(expectedNames(target.truth));
    const threads = readThreads(memory, runtime);
    for (const { ident, nativeId, frames } of target.truth.threads) {
      if (frames) expect(threads.get(ident)?.frames).toEqual(frames);
      if (nativeId !== null && runtime.layout.thread.nativeThreadId !== null) expect(threads.get(ident)?.nativeId).toBe(nativeId);
    }
  });

  test(`the names of ${threadCount} threads cost few reads, and a rename is seen`, async () => {
    const child = spawn(path, [manyThreads, String(threadCount)], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const [address, hexVersion] = String((await lines.next()).value)
        .split(" ")
        .map(Number);
      const memory = new PagedMemory(new RemoteMemory(child.pid!));
      const runtime = runtimeOf(memory, { version: path, hexVersion: hexVersion!, wordSize, runtime: address! });
      const interpreter = readInterpreters(memory, runtime)![0]!.address;
      const expected = ["MainThread", ...Array.from({ length: threadCount }, (_, index) => `worker ${index}`)];
      const before = memory.reads;
      expect([...readThreadNames(memory, runtime.layout, interpreter).values()]).toEqual(expected);
      expect(memory.reads - before).toBeLessThan(threadCount);

      child.stdin.write("another name\n");
      await lines.next();
      expect([...readThreadNames(new RemoteMemory(child.pid!), runtime.layout, interpreter).values()][1]).toBe("another name");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
