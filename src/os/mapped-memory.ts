import koffi from "koffi";
import type { Address, ByteCount, ByteOffset } from "../base/units.ts";
import { declare } from "./libc.ts";

const mmap = declare<(address: Address, length: ByteCount, protection: number, flags: number, fd: number, offset: number) => number>(
  "intptr_t mmap(uintptr_t address, uint64_t length, int protection, int flags, int fd, int64_t offset)",
);

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
/** On x86-64. */
export const pageSize: ByteCount = 4096;

/** Memory that is shared with the kernel, behind a file descriptor. Reading and writing it is no system call. */
export interface MappedMemory extends Disposable {
  /** No copy: these bytes change while they are looked at. After `close` they are nothing but zeros. */
  readonly buffer: ArrayBuffer;
  close(): void;
}

/** Maps `length` bytes (up to the next page) from `offset` on, a multiple of the page's size. Null when the kernel refuses; see `errno()`. */
export function mapMemory(fd: number, length: ByteCount, offset: ByteOffset = 0, access: "read" | "write" = "write"): MappedMemory | null {
  const size = Math.ceil(length / pageSize) * pageSize;
  const address = mmap(0, size, access === "write" ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
  if (address === -1) return null;
  const buffer = koffi.view(address, size);
  // The buffer cannot be taken from whoever still holds it, so its place is not given back: it takes addresses, but no memory.
  const close = (): void => void mmap(address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return { buffer, close, [Symbol.dispose]: close };
}
