import { readFileSync } from "node:fs";
import type { ByteOffset } from "../base/units.ts";

/** BTF, the kernel's description of its own types: Documentation/bpf/btf.rst. */
const path = "/sys/kernel/btf/vmlinux";
const BTF_MAGIC = 0xeb9f;
const BTF_KIND_STRUCT = 4;
const memberSize = 12;
/** What follows a type's first 12 bytes, by its kind: so many bytes, and so many for each of its `vlen` members. */
const extraSizes: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  1: [4, 0], // an integer
  3: [12, 0], // an array
  4: [0, memberSize],
  5: [0, memberSize], // a union
  6: [0, 8], // an enum
  13: [0, 8], // a function's prototype
  14: [4, 0], // a variable
  15: [0, 12], // a data section
  17: [4, 0], // a declaration tag
  19: [0, 12], // a 64-bit enum
};
const lastKind = 19;

/** Where a task keeps what /proc/PID/task/TID/schedstat says of it. */
export interface TaskCounters {
  /** Nanoseconds on a CPU, u64. */
  readonly cpuTime: ByteOffset;
  /** How often it was put on one, unsigned long. */
  readonly switches: ByteOffset;
}

/** Of the kernel that runs. Null when it does not describe itself (CONFIG_DEBUG_INFO_BTF) or keeps no such counts. */
export function readTaskCounters(): TaskCounters | null {
  try {
    return decodeTaskCounters(readFileSync(path));
  } catch {
    return null;
  }
}

export function decodeTaskCounters(types: Buffer): TaskCounters | null {
  const offsets = findMembers(types, [
    ["task_struct", "se"],
    ["sched_entity", "sum_exec_runtime"],
    ["task_struct", "sched_info"],
    ["sched_info", "pcount"],
  ]);
  if (offsets === null) return null;
  const [entity, cpuTime, info, count] = offsets as [number, number, number, number];
  return { cpuTime: entity + cpuTime, switches: info + count };
}

/** Where in their structs these members are. Null when one is missing, no whole bytes, or the description is damaged. */
function findMembers(types: Buffer, wanted: readonly (readonly [struct: string, member: string])[]): ByteOffset[] | null {
  if (types.length < 24 || types.readUInt16LE(0) !== BTF_MAGIC) return null;
  const [typesAt, typesLength, stringsAt, stringsLength] = [8, 12, 16, 20].map((at) => types.readUInt32LE(at)) as [number, number, number, number];
  const start = types.readUInt32LE(4) + typesAt;
  const end = start + typesLength;
  const strings = types.subarray(types.readUInt32LE(4) + stringsAt).subarray(0, stringsLength);
  if (end > types.length) return null;
  /** Each string is there once; names are compared by where theirs is. */
  const placeOf = (name: string): number => strings.indexOf(`\0${name}\0`) + 1;
  const names = wanted.map(([struct, member]) => [placeOf(struct), placeOf(member)] as const);
  const found = wanted.map(() => -1);
  for (let at = start; at + 12 <= end && found.includes(-1);) {
    const name = types.readUInt32LE(at);
    const info = types.readUInt32LE(at + 4);
    const kind = (info >>> 24) & 31;
    const members = info & 0xffff;
    if (kind > lastKind) return null;
    const [fixed, each] = extraSizes[kind] ?? [0, 0];
    const next = at + 12 + fixed + each * members;
    if (next > end) return null;
    if (kind === BTF_KIND_STRUCT && name !== 0) {
      for (const [index, [struct, member]] of names.entries()) {
        if (struct !== name || member === 0 || found[index]! >= 0) continue;
        for (let row = at + 12; row < next; row += memberSize) {
          // With bit 31 of `info` the upper byte is the size of a bit field.
          const bits = types.readUInt32LE(row + 8) & (info >>> 31 === 1 ? 0xff_ffff : 0x7fff_ffff);
          if (types.readUInt32LE(row) === member && bits % 8 === 0) found[index] = bits / 8;
        }
      }
    }
    at = next;
  }
  return found.includes(-1) ? null : found;
}
