import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Address, Pid } from "../../src/base/units.ts";
import { readModuleDict } from "../../src/cpython/objects/attributes.ts";
import { findInDict } from "../../src/cpython/objects/dicts.ts";
import { threadStateSize } from "../../src/cpython/thread-state.ts";
import { lynceus } from "../support/command-line.ts";
import { requireI686Interpreters, requireInterpreters } from "../support/interpreters.ts";
import { Liar } from "../support/liar.ts";
import { startTarget } from "../support/target.ts";

/*
 * A real process whose memory is made to lie, from outside and while it sleeps, and the built command line that looks at
 * it. It must end by itself, in time, in bounded memory, and without a fault of its own.
 */
const roomMegabytes = 96;
const exposure = 700;
/** A stall is what is looked for; a busy machine takes its time. */
const mostTime = exposure + 15_000;
const mostMemory = 600 << 20;

interface Scene {
  readonly liar: Liar;
  /** Thread states, newest first. */
  readonly threads: readonly Address[];
  /** Newest first, of the first thread. */
  readonly frames: readonly Address[];
  readonly room: Address;
  readonly previous: number;
  readonly random: () => number;
}

const lies: Readonly<Record<string, (scene: Scene) => void>> = {
  "a frame that is its own caller": ({ liar, frames, previous }) => liar.word(frames[1]! + previous, frames[1]!),
  "frames in a circle": ({ liar, frames, previous }) => liar.word(frames.at(-1)! + previous, frames[0]!),
  "a million callers": (scene) => {
    const { liar, frames, room, previous } = scene;
    liar.bytes(room, chain(scene, 96));
    liar.word(frames[1]! + previous, room);
  },
  "a million callers that overlap": (scene) => {
    const { liar, frames, room, previous } = scene;
    liar.bytes(room, chain(scene, 16));
    liar.word(frames[1]! + previous, room);
  },
  "callers at addresses that cannot be": ({ liar, frames, previous }) => {
    [1n, 0xdead_beef_dead_beefn, 0xffff_ffff_ffff_ffffn, 1n << 47n, 4096n].forEach((value, index) => liar.word(frames[index]! + previous, value));
  },
  "code objects that are none": ({ liar, frames, room }) => {
    const { frame } = liar.layout;
    [1n, 0xdead_beef_dead_beefn, -1n, BigInt(room), BigInt(frames[0]!)].forEach((value, index) => liar.word(frames[index]! + frame.code, value));
  },
  "instructions beyond the end": ({ liar, frames }) => {
    const { frame } = liar.layout;
    const at = frame.kind === "heap" ? frame.lastInstruction : frame.instruction;
    [0n, -1n, 0x7fff_ffffn, 1n << 47n, 3n].forEach((value, index) => {
      if (frame.kind === "heap") liar.bytes(frames[index]! + at, new Uint8Array(new Int32Array([Number(BigInt.asIntN(32, value))]).buffer));
      else liar.word(frames[index]! + at, value);
    });
  },
  "names and line tables of absurd length": ({ liar, frames }) => {
    const code = codeOf(liar, frames[1]!);
    const { objects } = liar.layout;
    const name = liar.pointer(code + (liar.layout.code.qualifiedName ?? liar.layout.code.name));
    const file = liar.pointer(code + liar.layout.code.fileName);
    liar.word(name + objects.unicode.length, 1n << 62n);
    liar.word(file + objects.unicode.length, 0x0700_0000n);
    liar.word(liar.pointer(code + liar.layout.code.lineTable) + objects.bytes.size, 1n << 40n);
  },
  "a line table of noise": ({ liar, frames, random }) => {
    const table = liar.pointer(codeOf(liar, frames[1]!) + liar.layout.code.lineTable);
    const { size, data } = liar.layout.objects.bytes;
    liar.bytes(
      table + data,
      Uint8Array.from({ length: Math.max(0, liar.pointer(table + size)) }, () => random() * 256),
    );
  },
  "a list of threads in a circle": ({ liar, threads }) => liar.word(threads.at(-1)! + liar.layout.thread.next, threads[0]!),
  "a thread that follows itself": ({ liar, threads }) => {
    liar.word(threads[1]! + liar.layout.thread.next, threads[1]!);
    liar.word(threads[1]! + liar.layout.thread.previous, threads[1]!);
  },
  "a list of threads that ends in nothing": ({ liar, threads }) => liar.word(threads[1]! + liar.layout.thread.next, 0xdead_0000n),
  "interpreters in a circle": ({ liar }) => liar.word(liar.interpreter.address + liar.layout.interpreter.next, liar.interpreter.address),
  "running frames that are none": ({ liar, threads, room }) => {
    [1n, BigInt(room), -1n, 0xdead_beefn].forEach((value, index) => liar.word(threads[index]! + liar.layout.thread.frame, value));
  },
  "a chunk without end": ({ liar, threads }) => {
    eachChunk(liar, threads, (chunk, at) => {
      liar.word(chunk + at.size, 0x0fff_fff0n);
      liar.word(chunk + at.top, 1n << 60n);
    });
  },
  "chunks in a circle": ({ liar, threads }) => {
    eachChunk(liar, threads, (chunk, at) => {
      liar.word(chunk + at.previous, chunk);
      liar.word(chunk + at.top, 1n << 60n);
    });
  },
  "endless chunks, each of them huge": ({ liar, threads, room }) => {
    if (liar.layout.frame.kind !== "stack") return;
    const at = liar.layout.frame.chunk;
    // A chunk every 4 KiB, and each claims all the room behind it.
    const bytes = Buffer.alloc(roomMegabytes << 20);
    for (let offset = 0; offset + 4096 < bytes.length; offset += 4096) {
      liar.put(bytes, offset + at.previous, room + offset + 4096);
      liar.put(bytes, offset + at.size, bytes.length - offset);
      liar.put(bytes, offset + at.top, 1n << 40n);
    }
    liar.bytes(room, bytes);
    eachChunk(liar, threads, (chunk) => liar.word(chunk + at.previous, room));
  },
  "thread names in a dict of absurd size": ({ liar }) => {
    const { layout, memory } = liar;
    const modules = liar.pointer(liar.interpreter.address + layout.interpreter.modules);
    const threading = findInDict(memory, layout, modules, "threading")!;
    const active = findInDict(memory, layout, readModuleDict(memory, layout, threading)!, "_active")!;
    const keys = liar.pointer(active + layout.objects.dict.keys);
    liar.word(keys + layout.objects.dictKeys.entryCount, 0x1000_0000n);
    const modulesKeys = liar.pointer(modules + layout.objects.dict.keys);
    liar.word(modulesKeys + layout.objects.dictKeys.entryCount, 0xfff0n);
  },
  "twenty thousand functions, each with a name of a million letters": ({ liar, frames, room, previous }) => {
    const { layout } = liar;
    const code = codeOf(liar, frames[1]!);
    const type = liar.pointer(code + layout.objects.type);
    const name = liar.pointer(code + layout.code.name);
    const nameType = liar.pointer(name + layout.objects.type);
    const state = liar.pointer(name + layout.objects.unicode.state);
    const table = liar.pointer(code + layout.code.lineTable);
    const { headerSize } = layout.frame;
    const codeSize = align(layout.code.headerSize);
    const stringSize = align(layout.objects.unicode.asciiData + 8);
    const step = align(headerSize) + codeSize + stringSize;
    const bytes = Buffer.alloc(roomMegabytes << 20, "x");
    const write = (at: number, value: number): void => liar.put(bytes, at, value);
    // Letters are whatever follows, so the names differ.
    const most = Math.min(20_000, Math.floor((bytes.length - (5 << 20)) / step));
    for (let index = 0; index < most; index++) {
      const frame = index * step;
      const itsCode = frame + align(headerSize);
      const itsName = itsCode + codeSize;
      bytes.fill(0, frame, itsName + stringSize - 8);
      write(frame + previous, index + 1 < most ? room + frame + step : 0);
      write(frame + layout.frame.code, room + itsCode);
      write(itsCode + layout.objects.type, type);
      write(itsCode + (layout.code.qualifiedName ?? layout.code.name), room + itsName);
      write(itsCode + layout.code.fileName, room + itsName);
      write(itsCode + layout.code.lineTable, table);
      write(itsName + layout.objects.type, nameType);
      write(itsName + layout.objects.unicode.state, state);
      write(itsName + layout.objects.unicode.length, 1 << 20);
    }
    liar.bytes(room, bytes);
    liar.word(frames[1]! + previous, room);
  },
  "noise in all frames": ({ liar, threads, random }) => {
    const { headerSize } = liar.layout.frame;
    for (const thread of threads) {
      for (const frame of liar.frames(thread).slice(1))
        liar.bytes(
          frame,
          Uint8Array.from({ length: headerSize }, () => (random() < 0.5 ? 0 : random() * 256)),
        );
    }
  },
};

/** The last one of its four threads to arrive is six calls deep a moment after READY. */
async function lieWhenAllSleep(pid: Pid): Promise<Liar> {
  for (let tries = 0; tries < 100; tries++) {
    const liar = new Liar(pid);
    if (liar.threads.filter((thread) => liar.frames(thread).length > 6).length === 4) return liar;
    liar[Symbol.dispose]();
    await sleep(20);
  }
  throw new Error("the program's threads did not come to rest");
}

function align(size: number): number {
  return Math.ceil(size / 16) * 16;
}

function codeOf(liar: Liar, frame: Address): Address {
  const value = liar.pointer(frame + liar.layout.frame.code);
  return value - (liar.layout.frame.kind === "stack" ? value % (liar.layout.frame.codeTagMask + 1) : 0);
}

/** Frames that call each other, every `step` bytes, through the whole room; all of the same code. */
function chain({ liar, frames, room, previous }: Scene, step: number): Uint8Array {
  const bytes = Buffer.alloc(roomMegabytes << 20);
  const code = codeOf(liar, frames[1]!);
  const overlaps = step < liar.layout.frame.headerSize;
  for (let at = 0; at + step + 128 < bytes.length; at += step) {
    liar.put(bytes, at + previous, room + at + step);
    if (!overlaps) liar.put(bytes, at + liar.layout.frame.code, code);
  }
  return bytes;
}

function eachChunk(liar: Liar, threads: readonly Address[], action: (chunk: Address, at: { previous: number; size: number; top: number }) => void): void {
  const { frame, thread } = liar.layout;
  if (frame.kind !== "stack") return;
  for (const state of threads) action(liar.pointer(state + thread.dataStackChunk!), frame.chunk);
}

/** Always the same noise. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x8000_0000;
}

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "lynceus-hostile-"))));
afterAll(() => rmSync(folder, { recursive: true }));

/** One of each kind of memory: frames on the heap, in chunks behind a `_PyCFrame`, and as now. */
const kinds = requireInterpreters().filter(({ minor }) => [8, 12, 15].includes(minor));
/** Of words of four bytes, what may be counted otherwise in them. */
const aboutSizes = /length|huge|absurd|beyond/;

describe.each([...kinds, ...requireI686Interpreters([11])])("CPython $version, words of $wordSize bytes", (interpreter) => {
  const told = Object.keys(lies).filter(
    (name) => (interpreter.minor >= 11 || !name.includes("chunk")) && (interpreter.wordSize === 8 || aboutSizes.test(name)),
  );
  test.each(told)("%s", async (name) => {
    await using target = await startTarget(interpreter, "hostile_room.py", [String(roomMegabytes)]);
    using liar = await lieWhenAllSleep(target.pid);
    const { frame } = liar.layout;
    const { threads } = liar;
    const previous = frame.kind === "stack" ? frame.previous : frame.back;
    lies[name]!({ liar, threads, frames: liar.frames(threads[0]!), room: Number(target.ready), previous, random: randomFrom(interpreter.minor) });

    const began = performance.now();
    const { code, err, peak } = await lynceus(["attach", "-v", "-x", `${exposure}ms`, "-o", `${interpreter.minor}.lyn`, String(target.pid)], { cwd: folder });
    const took = performance.now() - began;
    // Nothing readable at all is a refusal; a fault of ours would be 70.
    expect(code, err).toBeOneOf([0, 32, 36]);
    expect(took).toBeLessThan(mostTime);
    expect(peak).toBeLessThan(mostMemory);
    const look = await lynceus(["where", String(target.pid)], { cwd: folder });
    expect(look.code, look.err).toBeOneOf([0, 32, 36, 38]);
    expect(look.peak).toBeLessThan(mostMemory);
    expect(target.process.exitCode).toBeNull();
  });

  test("noise that comes and goes, anywhere, while it is looked at", async () => {
    await using target = await startTarget(interpreter, "hostile_room.py", ["1"]);
    using liar = await lieWhenAllSleep(target.pid);
    const { layout } = liar;
    const regions = liar.threads.flatMap((thread) => [
      [thread, threadStateSize(layout)] as const,
      ...liar.frames(thread).flatMap((frame) => {
        const code = codeOf(liar, frame);
        const shim = code === 0 || layout.frame.kind === "stack";
        return [[frame, layout.frame.headerSize] as const, ...(shim ? [] : [[code, layout.code.headerSize] as const])];
      }),
    ]);
    eachChunk(liar, liar.threads, (chunk) => void regions.push([chunk, 64]));
    const truth = regions.map(([address, size]) => {
      const bytes = new Uint8Array(size);
      expect(liar.memory.read(address, bytes)).toBe(true);
      return bytes;
    });
    const random = randomFrom(interpreter.minor);
    const noise = setInterval(() => {
      for (let index = 0; index < regions.length; index++) {
        const bytes = truth[index]!.slice();
        // Most of the time all is well, so that there is always something to be deceived about.
        if (random() < 0.1) for (let hits = random() * 4; hits > 0; hits--) bytes[Math.floor(random() * bytes.length)] = random() * 256;
        liar.bytes(regions[index]![0], bytes);
      }
    }, 1);
    try {
      const { code, err, peak } = await lynceus(["attach", "-x", "3", "-i", "200us", "-o", "noise.lyn", String(target.pid)], { cwd: folder, limit: 15_000 });
      expect(code, err).toBeOneOf([0, 32, 36]);
      expect(err).toMatch(/^lynceus: [^\n]*\n/);
      expect(peak).toBeLessThan(mostMemory);
      expect((await lynceus(["report", "noise.lyn"], { cwd: folder })).code).toBe(code === 0 ? 0 : 65);
    } finally {
      clearInterval(noise);
    }
  });
});
