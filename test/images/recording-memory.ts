import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address, ByteCount } from "../../src/base/units.ts";
import { pageSize } from "./saved-image.ts";

/** What is kept around a read: neighbours that a reader in a later version might want. */
const blockSize: ByteCount = 256;

/**
 * Reads through and keeps a copy of each page that something was read from; blocks of 256 bytes that nothing was read from are zero
 * in it, so that it packs well. The process must stand still.
 */
export class RecordingMemory implements MemoryReader {
  readonly pages: Map<number, Uint8Array> = new Map();
  readonly #memory: MemoryReader;
  readonly #blocks = new Set<number>();

  constructor(memory: MemoryReader) {
    this.#memory = memory;
  }

  read(address: Address, into: Uint8Array): boolean {
    if (!this.#memory.read(address, into)) return false;
    for (let block = Math.floor(address / blockSize); block * blockSize < address + into.length; block++) {
      if (this.#blocks.has(block)) continue;
      this.#blocks.add(block);
      const start = block * blockSize;
      const page = Math.floor(start / pageSize);
      let bytes = this.pages.get(page);
      if (!bytes) this.pages.set(page, (bytes = new Uint8Array(pageSize)));
      this.#memory.read(start, bytes.subarray(start % pageSize, (start % pageSize) + blockSize));
    }
    return true;
  }
}
