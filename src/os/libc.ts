import koffi from "koffi";
import type { Address } from "../base/units.ts";

/** The C library that Node itself runs on, glibc or musl: nothing is looked up by file name. */
const libc = koffi.load(null);

/** Declares a C function. `T` must say what the prototype says. */
export function declare<T>(prototype: string): T {
  return libc.func(prototype) as T;
}

/** Where a buffer lies in our own memory, for calls that take raw addresses. It stays there as long as it is referenced. */
export function addressOf(buffer: ArrayBufferLike): Address {
  return Number(koffi.address(new Uint8Array(buffer)));
}

/** The C library's `errno` of this thread, as the last call left it. */
export function errno(): number {
  return koffi.errno();
}

/** The numbers that go with the names: EPERM, ESRCH ... */
export const errorNumbers: Readonly<Record<string, number>> = koffi.os.errno;

/** close(2), for descriptors that did not come from Node: it keeps a list of its own and warns of others. */
export const closeDescriptor: (fd: number) => number = declare("int close(int fd)");
