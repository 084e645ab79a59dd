import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boottimeNow, monotonicNow, sleepUntil } from "./clock.ts";
import { addressOf } from "./libc.ts";
import { openProcessImage, parseMappings } from "./process-image.ts";
import { isAlive, listChildren, listThreads, readCommandLine, readExecutable, readStat, readThreadComment } from "./processes.ts";
import { Gather, RemoteMemory } from "./remote-memory.ts";
import { StatFile } from "./stat-file.ts";
import { ThreadActivity } from "./thread-activity.ts";

const own = process.pid;
const nobody = 4_194_303;

describe("RemoteMemory, of ourselves", () => {
  const memory = new RemoteMemory(own);
  const bytes = Uint8Array.from({ length: 1 << 16 }, (_, index) => index * 7 + (index >> 8));
  const start = addressOf(bytes.buffer);

  it("reads what is there, and nothing when a byte of it is not", () => {
    const into = new Uint8Array(1000);
    expect(memory.read(start + 123, into)).toBe(true);
    expect(into).toEqual(bytes.slice(123, 1123));
    for (const address of [0, 8, 2 ** 47, 2 ** 53, 2 ** 64 - 4096]) expect(memory.read(address, into)).toBe(false);
    expect(new RemoteMemory(nobody).read(start, into)).toBe(false);
  });

  it("reads many pieces at once; those that cannot be read are zeros, and if it is most of them, all further ones", () => {
    const property = fc.property(fc.array(fc.oneof(fc.nat(65_000), fc.constant(-1)), { maxLength: 3000 }), (places) => {
      const addresses = Float64Array.from(places, (place) => (place < 0 ? 8 : start + place));
      const into = new Uint8Array(places.length * 16).fill(1);
      memory.readEach(addresses, places.length, 16, into);
      let failures = 0;
      for (const [index, place] of places.entries()) {
        const isRead = place >= 0 && failures < 64;
        if (place < 0) failures++;
        expect(into.subarray(index * 16, index * 16 + 16)).toEqual(isRead ? bytes.subarray(place, place + 16) : new Uint8Array(16));
      }
    });
    fc.assert(property, { numRuns: 10 });
    memory.readEach(new Float64Array(5), 0, 16, new Uint8Array(0));
  });

  it("reads pieces in order into where they belong, more than one call takes, whatever they are", () => {
    const piece = fc.tuple(fc.nat(bytes.length - 64), fc.integer({ min: 1, max: 64 }));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 3000 }), fc.nat(100), (pieces, reserved) => {
        const gather = new Gather(64);
        const room = gather.reserve(reserved);
        const offsets = pieces.map(([offset, length]) => gather.add(start + offset, length));
        expect(memory.readGather(gather)).toBe(gather.size);
        pieces.forEach(([offset, length], index) =>
          expect(Buffer.compare(gather.bytes.subarray(offsets[index], offsets[index]! + length), bytes.subarray(offset, offset + length))).toBe(0),
        );
        expect(room).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it("says how far it came", () => {
    const gather = new Gather(64);
    gather.add(start, 10);
    gather.add(0, 10);
    gather.add(start, 10);
    expect(memory.readGather(gather)).toBe(10);
  });
});

describe("ProcessImage", () => {
  it("has our own program in it, and opens its file", () => {
    using image = openProcessImage(own)!;
    const mapping = image.mappings.find(({ path }) => path === process.execPath)!;
    const file = image.openFile(mapping)!;
    expect(Buffer.from(file.read(0, 4)).toString("latin1")).toBe("\x7fELF");
    expect(file.read(file.size - 1, 100).length).toBe(1);
    expect(file.read(file.size + 5, 100).length).toBe(0);
    expect(image.memory.read(mapping.start, new Uint8Array(16))).toBe(true);
    expect(openProcessImage(nobody)).toBeNull();
  });

  it("parses lines of every sort and leaves out what is none", () => {
    const text =
      "00400000-00452000 r-xp 00001000 08:02 173521 /usr/bin/a b (deleted)\nffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n" +
      "7f00-7f01 rw-s 0 00:01 5 /new\\012line\nnonsense\n7fff-8000 rw-p 00000000 00:00 0 \n";
    expect(parseMappings(text)).toMatchObject([
      { start: 0x400000, end: 0x452000, readable: true, writable: false, executable: true, fileOffset: 0x1000, inode: 173521, path: "/usr/bin/a b (deleted)" },
      { readable: false, executable: true, path: "[vsyscall]" },
      { writable: true, path: "/new\nline" },
      { start: 0x7fff, path: "" },
    ]);
    fc.assert(fc.property(fc.string(), (noise) => void parseMappings(noise)));
  });
});

describe("processes", () => {
  it("are known by what /proc says, ourselves and our children", async () => {
    const child = spawn("sleep", ["60"]);
    await once(child, "spawn");
    expect(listChildren(own)).toContain(child.pid);
    expect(readStat(child.pid!)).toMatchObject({ parent: own, isKernelThread: false });
    expect(isAlive(child.pid!)).toBe(true);
    const mark = readStat(child.pid!)!.imageMark;
    expect(readStat(child.pid!)!.imageMark).toBe(mark);
    const kept = new StatFile(child.pid!);
    expect(kept.read()).toEqual(readStat(child.pid!));
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(child.pid!)).toBe(false);
    expect(readStat(child.pid!)).toBeNull();
    expect(kept.read()).toBeNull();
    kept.close();
    expect(new StatFile(nobody).read()).toBeNull();
    expect(readCommandLine(own).length).toBeGreaterThan(0);
    expect(listThreads(own)).toContain(own);
    expect(readExecutable(own)).toBe(process.execPath);
    expect([readCommandLine(nobody), listThreads(nobody), listChildren(nobody), readExecutable(nobody), readThreadComment(nobody, nobody)]).toEqual([
      [],
      [],
      [],
      "",
      "",
    ]);
  });

  it("may be named to deceive", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lynceus-os-"));
    try {
      const name = "a) R 1 (b\n)";
      const script = join(folder, name);
      writeFileSync(script, "#!/bin/sh\necho up\nread line\n", { mode: 0o755 });
      const child = spawn(script, { stdio: ["pipe", "pipe", "ignore"] });
      await once(child.stdout, "data");
      expect(readStat(child.pid!)).toMatchObject({ parent: own, state: expect.stringMatching(/^[RS]$/) as string });
      child.stdin.end();
      await once(child, "exit");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("that have ended but not been waited for are not alive", async () => {
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    for (let tries = 0; tries < 100 && readStat(pid)?.state !== "Z"; tries++) sleepUntil(monotonicNow() + 1e7);
    expect(readStat(pid)?.state).toBe("Z");
    expect(isAlive(pid)).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });
});

describe("ThreadActivity", () => {
  it("sees a thread sleep, be stopped, run and end", async () => {
    const child = spawn("sh", ["-c", "read line; while :; do :; done"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    const activity = ThreadActivity.open(child.pid!, child.pid!, 8)!;
    const waitFor = (what: (activity: ThreadActivity) => boolean): void => {
      for (let tries = 0; tries < 500; tries++) {
        expect(activity.look()).toBe(true);
        activity.lookCloser();
        if (what(activity)) return;
        sleepUntil(monotonicNow() + 1e7);
      }
      throw new Error("waited in vain");
    };
    waitFor(({ isRunning, isStopped }) => !isRunning && !isStopped);
    child.kill("SIGSTOP");
    waitFor(({ isStopped }) => isStopped);
    child.kill("SIGCONT");
    child.stdin.end("\n");
    waitFor(({ isRunning }) => isRunning);
    const { cpuTime } = activity;
    waitFor((now) => now.cpuTime > cpuTime + 1e7);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(activity.look()).toBe(false);
    activity.close();
    expect(ThreadActivity.open(child.pid!, child.pid!, 8)).toBeNull();
  });
});

describe("clocks", () => {
  it("go on, together, and wake in time", () => {
    const before = [monotonicNow(), boottimeNow()] as const;
    sleepUntil(before[0] + 20e6);
    const after = [monotonicNow(), boottimeNow()] as const;
    expect(after[0] - before[0]).toBeGreaterThanOrEqual(20e6);
    expect(Math.abs(after[0] - before[0] - (after[1] - before[1]))).toBeLessThan(50e6);
    sleepUntil(before[0]);
  });
});
