import type { ByteCount, ByteOffset } from "../../base/units.ts";
import type { Layout } from "../layout.ts";

/**
 * CPython's allocator of small objects (Objects/obmalloc.c): pools, aligned to their size, of blocks of one size.
 *
 *     header | block 0 | block 1 | ... | never used yet
 *              ^ freed blocks begin with a pointer to the next one
 */
export interface PoolLayout {
  /** Of pools, and how they are aligned. */
  readonly poolSize: ByteCount;
  readonly headerSize: ByteCount;
  /** Block sizes are multiples of it. */
  readonly alignment: ByteCount;
  /** uint: blocks in use. */
  readonly used: ByteOffset;
  /** uint: size of blocks / alignment - 1. */
  readonly sizeIndex: ByteOffset;
  /** uint: where the next block is that was never used. */
  readonly nextOffset: ByteOffset;
  /** uint: where the last block is. */
  readonly lastOffset: ByteOffset;
}

/** The biggest block. */
const maxBlockSize: ByteCount = 512;

export function poolLayout({ versionHex, wordSize }: Layout): PoolLayout {
  const isOld = versionHex >>> 16 < 0x030a;
  return {
    // 3.10 and later have bigger ones where addresses have 64 bits.
    poolSize: isOld || wordSize === 4 ? 4096 : 16_384,
    headerSize: 4 * wordSize + 16,
    alignment: 2 * wordSize,
    used: 0,
    sizeIndex: 4 * wordSize + 4,
    nextOffset: 4 * wordSize + 8,
    lastOffset: 4 * wordSize + 12,
  };
}

/** The size of the blocks that hold something of `size` bytes; null when it is too big for any. */
export function blockSizeOf({ alignment }: PoolLayout, size: ByteCount): ByteCount | null {
  return size > 0 && size <= maxBlockSize ? Math.ceil(size / alignment) * alignment : null;
}

/**
 * The size of its blocks, when `view` at `at` is the header of a pool that has some in use. 0: it is none. Size and last block have to fit each other,
 * which nothing else does by chance; the count of blocks in use may be older or newer than where the next one is.
 */
export function decodePool(layout: PoolLayout, view: DataView, at: ByteOffset): ByteCount {
  const { poolSize, headerSize, alignment } = layout;
  const size = (view.getUint32(at + layout.sizeIndex, true) + 1) * alignment;
  if (size > maxBlockSize || view.getUint32(at + layout.lastOffset, true) !== poolSize - size) return 0;
  const next = view.getUint32(at + layout.nextOffset, true);
  const isSound = view.getUint32(at + layout.used, true) > 0 && next > headerSize && next <= poolSize && (next - headerSize) % size === 0;
  return isSound ? size : 0;
}
