import type { Nanoseconds } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

const schedAttr = declare<(number: number, pid: number, attributes: number, sizeOrFlags: number, flags: number) => number>(
  "int64_t syscall(int64_t number, int64_t pid, uintptr_t attributes, int64_t sizeOrFlags, int64_t flags)",
);
const SYS_sched_setattr = 314;
const SYS_sched_getattr = 315;

/** struct sched_attr, its first version (include/uapi/linux/sched/types.h): size, policy, flags (64), nice, priority, runtime (64), ... */
const attributesSize = 48;
const policyAt = 4;
const niceAt = 16;
const runtimeAt = 24;
const SCHED_OTHER = 0;
/** The shortest that the kernel takes. */
const shortTurn: Nanoseconds = 100_000;

/** As far as it goes (nice(2)): what wants so little of a CPU is not to wait for those who want much. */
const mostUrgent = -20;

/**
 * Asks for short turns on the CPU for this thread of ours: who wants little at a time gets it soon, in the midst of another's
 * longer turn (Linux 6.12 and later). Else the sampler waits up to 3 ms for its own main thread to have finished with a block. Takes
 * nothing from anybody in the long run, and needs no right; where it is refused everything is as before. With the right to (CAP_SYS_NICE), it
 * asks to come first as well: what else runs on the machine then delays samples half as often.
 */
export function askForShortTurns(): void {
  const attributes = new DataView(new ArrayBuffer(attributesSize));
  const address = addressOf(attributes.buffer);
  if (schedAttr(SYS_sched_getattr, 0, address, attributesSize, 0) !== 0 || attributes.getUint32(policyAt, true) !== SCHED_OTHER) return;
  attributes.setBigUint64(runtimeAt, BigInt(shortTurn), true);
  const nice = attributes.getInt32(niceAt, true);
  attributes.setInt32(niceAt, mostUrgent, true);
  if (schedAttr(SYS_sched_setattr, 0, address, 0, 0) === 0) return;
  attributes.setInt32(niceAt, nice, true);
  schedAttr(SYS_sched_setattr, 0, address, 0, 0);
}
