import type { Address, ByteCount, ByteOffset } from "./units.ts";

/**
 * Memory that may vanish or change while it is read: a live process, a saved image, a core file. Everything that
 * decodes CPython's objects takes one of these and trusts nothing that comes out of it.
 */
export interface MemoryReader {
  /** Fills `into` from `address` on. False when any byte of it cannot be read; `into` is then undefined. */
  read(address: Address, into: Uint8Array): boolean;
  /**
   * The same for the first `count` of `addresses`, `length` bytes of each, one after the other. What cannot be read is zeros. Only where
   * that is faster than one by one.
   */
  readEach?(addresses: Float64Array, count: number, length: ByteCount, into: Uint8Array): void;
}

/** One line of /proc/PID/maps. */
export interface Mapping {
  readonly start: Address;
  /** One past the last byte. */
  readonly end: Address;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Where in the file `start` is. */
  readonly fileOffset: ByteOffset;
  readonly inode: number;
  /** Empty when anonymous; "[heap]", "[vdso]" for the kernel's own; a trailing " (deleted)" is kept. */
  readonly path: string;
}

/** A file, or a part of memory that is laid out like one, that is read piece by piece. */
export interface ByteSource {
  readonly size: ByteCount;
  /** Up to `length` bytes at `offset`; fewer only at the end. The result may be a view: do not keep or change it. */
  read(offset: ByteOffset, length: ByteCount): Uint8Array;
}

/** A process as far as finding CPython in it goes: its memory, its mappings, the files behind them. */
export interface ProcessImage {
  readonly memory: MemoryReader;
  readonly mappings: readonly Mapping[];
  /** The file behind a mapping, as the process sees it (its own root, deleted or not); null when it cannot be read. */
  openFile(mapping: Mapping): ByteSource | null;
}
