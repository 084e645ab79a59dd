import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryBlocks } from "../../../test/golden/arbitrary-blocks.ts";
import { recordingOf } from "../../../test/golden/example-recording.ts";
import { withModestTimes } from "../../../test/golden/totals.ts";
import { ByteWriter } from "../../base/bytes.ts";
import type { LynceusError } from "../../base/errors.ts";
import { formatReport } from "../../profile/report.ts";
import { readSamples, readWaits } from "../../profile/samples.ts";
import { stableBlocks } from "../../profile/stable-blocks.ts";
import { FunctionKind, type Recording, State } from "../../profile/tables.ts";
import { readAustin } from "../austin/read-austin.ts";
import { writeAustin } from "../austin/write-austin.ts";
import { defaultWriteOptions } from "../format.ts";
import { bytesSource } from "../recording/byte-source.ts";
import { MojoCursor } from "./mojo-cursor.ts";
import { MojoEvent } from "./mojo-events.ts";
import { readMojo } from "./read-mojo.ts";
import { writeMojo } from "./write-mojo.ts";

const join = (pieces: Iterable<string | Uint8Array>): Buffer => Buffer.concat([...pieces].map((piece) => Buffer.from(piece as string)));
/** Times add up to less than the 104 days that are allowed; changes of memory are written and not read. */
const anyRecording = arbitraryBlocks.map((blocks) =>
  recordingOf(
    withModestTimes([...stableBlocks(blocks)]).map((block) => ({
      ...block,
      residents: [],
      end: block.end === null ? null : { ...block.end, duration: block.end.duration % 2 ** 40 },
    })),
  ),
);

/** A file by hand: numbers are integers, texts end with a zero, an event is a number in a list of its own. */
function mojo(version: number, ...parts: readonly (string | number | bigint | readonly [number])[]): Buffer {
  const writer = new ByteWriter();
  writer.bytes(Buffer.from("MOJ"));
  writer.signedVarint(version);
  for (const part of parts) {
    if (typeof part === "string") writer.bytes(Buffer.from(`${part}\0`));
    else if (typeof part === "number") writer.signedVarint(part);
    else if (typeof part === "bigint") writer.bytes(largeInteger(part));
    else writer.varint(part[0]);
  }
  return Buffer.from(writer.take());
}

function largeInteger(value: bigint): Uint8Array {
  const bytes = [Number(value & 0x3fn)];
  for (let rest = value >> 6n; rest > 0n; rest >>= 7n) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(Number(rest & 0x7fn));
  }
  return Uint8Array.from(bytes);
}

const { metadata, stack, frame, frameReference, string, time, memory, idle, collecting, stackRepeat, taskStack, taskWaiter, kernelFrame } = MojoEvent;

function told(recording: Recording): unknown[] {
  return [...readSamples(recording.blocks())].map(({ process, thread, stack: frames, wall, state }) => [
    `${process.pid}/${thread.interpreter}/${thread.tid}/${thread.name}`,
    frames.map((one) => `${one.kind === FunctionKind.native ? "native " : ""}${one.name}:${one.line}`).join(";"),
    wall / 1000,
    state,
  ]);
}

describe("what is written", () => {
  it("says the same as the text", () => {
    fc.assert(
      fc.property(anyRecording, fc.boolean(), (recording, full) => {
        const options = { ...defaultWriteOptions, full, showCollections: true };
        const shape = (back: Recording): unknown[] =>
          [...readSamples(back.blocks())].map(({ process, stack: frames, wall, state }) => [process.pid, frames.length, wall, state]);
        const text = shape(readAustin(bytesSource(join(writeAustin(withoutKernel(recording), options)))));
        const binary = shape(readMojo(bytesSource(join(writeMojo(withoutKernel(recording), options)))));
        expect(binary).toEqual(text);
      }),
    );
  });

  it("says the same when it was read and written again", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const options = { ...defaultWriteOptions, full: true, showCollections: true };
        const once = join(writeMojo(recording, options));
        const twice = join(writeMojo(readMojo(bytesSource(once)), options));
        expect(told(readMojo(bytesSource(twice)))).toEqual(told(readMojo(bytesSource(once))));
      }),
    );
  });

  /** Text has a separator of its own for these. */
  function withoutKernel(recording: Recording): Recording {
    return {
      ...recording,
      blocks: () => [...recording.blocks()].map((block) => ({ ...block, functions: { ...block.functions, kind: [...block.functions.kind].map(() => 0) } })),
    };
  }
});

describe("what others write", () => {
  it("versions 1 to 3: no columns, no interpreters, ids in hexadecimal digits", () => {
    const one = mojo(1, [metadata], "mode", "wall", [string], 5, "a.py", [stack], 7, "ff", [string], 6, "f", [frame], 9, 5, 6, 3, [frameReference], 9, [time], 100, [stack], 7, "ff", [frameReference], 9, [collecting], [time], 5); // prettier-ignore
    expect(told(readMojo(bytesSource(one)))).toEqual([
      ["7/0/255/", "f:3", 100, 0],
      ["7/0/255/", "f:3", 5, State.collecting],
    ]);
    const key = 0xfedc_ba98_7654_3210n;
    const three = mojo(3, [metadata], "mode", "full", [stack], 7, 2, "1f", [string], key - 1n, "a.py", [frame], key, key - 1n, 1, 3, 4, 5, 6, [frame], key + 1n, key - 1n, 0, 9, 0, 0, 0, [frameReference], key + 1n, [frameReference], key, [kernelFrame], "do_it", [time], 8, [idle], [memory], -400, [stack], 7, 2, "1f", [time], 9, [memory], 12, [metadata], "duration", "20"); // prettier-ignore
    const back = readMojo(bytesSource(three));
    expect(told(back)).toEqual([
      ["7/2/31/", ":9;<unknown>:3;do_it:0", 8, 0],
      ["7/2/31/", "", 9, State.onCpu],
    ]);
    expect([back.isComplete, back.meta.mode]).toEqual([true, "wall"]);
    expect([...readSamples(back.blocks())][0]!.stack[1]).toMatchObject({ endLine: 4, column: 5, endColumn: 6 });
  });

  it("version 4: repeated stacks, without the native frames that stood at their end, and tasks", () => {
    const names = [[string], 2, "/a.py", [string], 3, "f", [string], 4, "/lib.so", [frame], 2, 2, 3, 1, 0, 0, 0, [frame], 3, 4, 3, 0, 0, 0, 0] as const;
    const four = mojo(4, [stack], 7, 0, "main", ...names, [frameReference], 2, [frameReference], 3, [time], 1, [stack], 7, 0, "main", [taskStack], 77, 3, [frameReference], 2, [time], 0, [taskWaiter], 77, 78, [stackRepeat], [frameReference], 2, [time], 2, [stack], 8, -1, "main", [stackRepeat], [time], 3); // prettier-ignore
    expect(told(readMojo(bytesSource(four)))).toEqual([
      ["7/0/0/main", "f:1;native f:0", 1, 0],
      ["7/0/0/main", "f:1;f:1", 2, 0],
      ["8/-1/0/main", "", 3, 0],
    ]);
  });

  it("version 4: what asyncio's tasks waited, told when they have another stack, or have ended", () => {
    const names = [
      [string],
      2,
      "/a.py",
      [string],
      3,
      "f",
      [string],
      4,
      "g",
      [string],
      5,
      "worker-1",
      [frame],
      2,
      2,
      3,
      1,
      0,
      0,
      0,
      [frame],
      3,
      2,
      4,
      7,
      0,
      0,
      0,
    ] as const;
    const four = mojo(4, [stack], 7, 0, "main", ...names, [taskStack], 77, 5, [frameReference], 2, [time], 0, [taskStack], 78, 0, [frameReference], 2, [time], 0, [taskWaiter], 77, 78, [frameReference], 3, [time], 400,
      [stack], 7, 0, "main", [taskStack], 77, 0, [frameReference], 2, [frameReference], 3, [time], 300, [stackRepeat], [time], 100,
      [stack], 7, 0, "main", [taskStack], 77, 5, [time], 50, [taskStack], 78, 0, [time], 450, [stackRepeat], [time], 100); // prettier-ignore
    const back = readMojo(bytesSource(four));
    const frames = (list: readonly { name: string; kind: number }[]): string =>
      list.map(({ name, kind }) => (kind === FunctionKind.task ? `[${name}]` : name)).join(">");
    expect([...readSamples(back.blocks())].map(({ stack: list, wall }) => [frames(list), wall / 1000])).toEqual([
      ["g", 400],
      ["g", 100],
      ["g", 100],
    ]);
    expect(
      [...readWaits(back.blocks())].map(({ task, stack: list, start, end, wall, what }) => [task.name, frames(list), start / 1000, end / 1000, wall, what]),
    ).toEqual([
      ["worker-1", "[worker-1]>f", 100, 400, 0, ""],
      ["worker-1", "[worker-1]>f>g", 450, 500, 0, ""],
      ["task", "[task]>f", 50, 500, 0, "another task"],
    ]);
    expect(formatReport(back, { mode: "wall", by: "function", limit: null }).time).toBe(600_000);
  });

  it("Echion: names of threads, a sample of nothing first, no duration", () => {
    const echion = mojo(3, [metadata], "mode", "cpu", [metadata], "interval", "1000", [metadata], "sampler", "echion", [stack], 7, 0, "MainThread", [string], 0, "", [string], 1, "<invalid>", [string], 2, "<unknown>", [time], 0, [stack], 7, 0, "cafe", [time], 6); // prettier-ignore
    const back = readMojo(bytesSource(echion));
    expect([back.isComplete, back.meta.creator, back.meta.mode, back.meta.interval]).toEqual([true, "Echion", "cpu", 1_000_000]);
    expect(told(back)).toEqual([["7/0/0/cafe", "", 6, State.onCpu]]);
  });
});

describe("what is no whole file", () => {
  const refused = (bytes: Uint8Array): string => {
    try {
      told(readMojo(bytesSource(bytes)));
      return "read";
    } catch (error) {
      expect((error as LynceusError).code).toBe("bad-recording");
      return (error as LynceusError).message;
    }
  };

  it("ends where it is torn", () => {
    const whole = mojo(3, [stack], 7, 0, "1", [time], 1000, [stack], 7, 0, "1", [time], 2000, [metadata], "duration", "3");
    const lengths = Array.from({ length: whole.length - 3 }, (_, cut) => told(readMojo(bytesSource(whole.subarray(0, whole.length - cut)))).length);
    expect(new Set(lengths)).toEqual(new Set([2, 1, 0]));
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    expect(readMojo(bytesSource(whole)).isComplete).toBe(true);
    expect(readMojo(bytesSource(whole.subarray(0, -1))).isComplete).toBe(false);
  });

  it("is refused where it is wrong, with a bound for everything", () => {
    expect(refused(Buffer.from("PK"))).toBe("this is not a MOJO file");
    expect(refused(mojo(5))).toContain("version 5");
    expect(refused(mojo(3, [99]))).toContain("no MOJO event 99");
    expect(refused(mojo(4, [taskStack], 5, 0))).toBe("a task comes before any thread");
    expect(refused(mojo(4, [stack], 7, 0, "1", [taskStack], 5, 0, [time], -1))).toBe("a time is negative");
    expect(refused(mojo(3, [stackRepeat]))).toContain("no MOJO event 13");
    expect(refused(mojo(3, [metadata], "mode", "memory"))).toContain('mode "memory"');
    expect(refused(mojo(3, [stack], -7, 0, "1"))).toBe("there is no process -7");
    expect(refused(mojo(3, [stack], 7, 0, "1", [frameReference], 4))).toContain("the frame 4 is used before");
    expect(refused(mojo(3, [stack], 7, 0, "1", [frame], 4, 5, 6, 1, 1, 1, 1))).toContain("the string 5 is used before");
    expect(refused(mojo(3, [stack], 7, 0, "1", [time], -1))).toBe("a time is negative");
    expect(refused(mojo(3, [stack], 7, 0, "1", [time], 2n ** 60n))).toContain("too large");
    expect(refused(mojo(3, [stack], 7, 0, "1", [time], 2 ** 50))).toContain("104 days");
    expect(refused(Buffer.concat([mojo(3, [stack], 7, 0), Buffer.alloc(2 ** 20 + 1, 65)]))).toContain("longer than");
    expect(refused(Buffer.concat([mojo(3, [time]), Buffer.alloc(20, 0xff)]))).toContain("does not end");
    const deep = Buffer.concat([mojo(3, [stack], 7, 0, "1"), Buffer.alloc(2 ** 20 + 1, MojoEvent.invalidFrame)]);
    expect(refused(deep)).toContain("more than 1048576 frames");
  });

  it("integers of any size are what they were", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(BigInt(new MojoCursor(bytesSource(largeInteger(value))).key())).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const writer = new ByteWriter();
        writer.signedVarint(value);
        expect(new MojoCursor(bytesSource(writer.take())).integer()).toBe(value);
      }),
    );
  });
});
