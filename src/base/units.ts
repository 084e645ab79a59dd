/** Numbers with a unit. Plain aliases: the name is the contract, and hot loops pay nothing for it. */

/** Up to 2^53 ns, 104 days, is exact in a double. */
export type Nanoseconds = number;
export type Microseconds = number;
export type Milliseconds = number;
export type Seconds = number;

/** A user-space address: at most 47 bits on x86-64 Linux, so a double holds it exactly. */
export type Address = number;
/** Bytes of an address in a process: 4 in a 32-bit one, whatever the kernel and we have. */
export type WordSize = 4 | 8;
export type ByteCount = number;
/** Distance in bytes from the start of a structure or a file. */
export type ByteOffset = number;

/** A process id, and a thread id, as the pid namespace of the profiler sees them. */
export type Pid = number;
export type Tid = number;
