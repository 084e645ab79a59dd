import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeTaskCounters } from "./kernel-types.ts";

interface Member {
  readonly name: string;
  readonly bits: number;
}

/** A kernel's description of these structs, between types of other kinds. */
function describe(structs: Readonly<Record<string, readonly Member[]>>): Buffer {
  let strings = "\0";
  const place = (text: string): number => {
    if (!strings.includes(`\0${text}\0`)) strings += `${text}\0`;
    return strings.indexOf(`\0${text}\0`) + 1;
  };
  const words = [
    [place("int"), 1 << 24, 4, 0x0100_0020],
    [0, 3 << 24, 0, 1, 1, 7],
  ].flat();
  for (const [name, members] of Object.entries(structs)) {
    words.push(place(name), (4 << 24) | members.length, 64, ...members.flatMap((member) => [place(member.name), 1, member.bits]));
    words.push(0, (13 << 24) | 1, 1, 0, 1);
  }
  const types = Buffer.from(Uint32Array.from(words).buffer);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  [24, 0, types.length, types.length, strings.length].forEach((value, index) => header.writeUInt32LE(value, 4 + index * 4));
  return Buffer.concat([header, types, Buffer.from(strings)]);
}

const kernel = {
  sched_info: [{ name: "pcount", bits: 0 }],
  sched_entity: [
    { name: "load", bits: 0 },
    { name: "sum_exec_runtime", bits: 832 },
  ],
  task_struct: [
    { name: "se", bits: 1024 },
    { name: "sched_info", bits: 8064 },
  ],
};

it("finds where a task keeps its counts", () => {
  expect(decodeTaskCounters(describe(kernel))).toEqual({ cpuTime: 128 + 104, switches: 1008 });
});

it("says so when the kernel keeps none", () => {
  expect(decodeTaskCounters(describe({ ...kernel, sched_info: [] }))).toBeNull();
  expect(decodeTaskCounters(describe({ task_struct: kernel.task_struct }))).toBeNull();
});

it("a damaged description gives nothing, or what is in it", () => {
  const whole = describe(kernel);
  fc.assert(
    fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 64 }), (at, noise) => {
      const damaged = Buffer.from(whole);
      damaged.set(noise.subarray(0, whole.length - at), at);
      const found = decodeTaskCounters(damaged);
      if (found !== null) expect(Number.isInteger(found.cpuTime + found.switches)).toBe(true);
      decodeTaskCounters(whole.subarray(0, at));
    }),
  );
});
