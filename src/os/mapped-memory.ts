import koffi from "koffi";
import type { Address, ByteCount } from "../base/units.ts";
import { declare } from "./libc.ts";

const mmap = declare<(address: Address, length: ByteCount, protection: number, flags: number, fd: number, offset: number) => number>(
  "intptr_t mmap(uintptr_t address, uint64_t length, int protection, int flags, int fd, int64_t offset)",
);
const munmap = declare<(address: Address, length: ByteCount) => number>("int munmap(uintptr_t address, uint64_t length)");

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const pageSize: ByteCount = 4096;

/** Memory that is shared with the kernel, behind a file descriptor. Reading and writing `bytes` is no system call. */
export interface MappedMemory extends Disposable {
  /** No copy: these bytes change while they are looked at. After `close` they are empty. */
  readonly buffer: ArrayBuffer;
  close(): void;
}

/** Maps `length` bytes (up to the next page) for reading and writing. Null when the kernel refuses; see `errno()`. */
export function mapMemory(fd: number, length: ByteCount): MappedMemory | null {
  const size = Math.ceil(length / pageSize) * pageSize;
  const address = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (address === -1) return null;
  const buffer = koffi.view(address, size);
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    // Whoever still holds a view finds it empty rather than somebody else's memory.
    structuredClone(buffer, { transfer: [buffer] });
    munmap(address, size);
  };
  return { buffer, close, [Symbol.dispose]: close };
}
