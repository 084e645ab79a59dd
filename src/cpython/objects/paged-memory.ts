import type { MemoryReader } from "../../base/memory.ts";
import type { Address, ByteCount } from "../../base/units.ts";

const pageSize: ByteCount = 4096;
/** Pages that are kept, 32 MiB; then they are all let go of. */
const maxPages = 1 << 13;
/** Bytes handed out in one pass, far more than an honest target has to say: damaged memory must not keep us busy for long. */
const maxCopied: ByteCount = 64 << 20;

/**
 * Reads whole pages and keeps them, for one pass over many small objects: neighbours then cost no system call. What it says is as old as the
 * page's first read, so objects that belong together may be from different moments. Never use it for two passes. After 64 MiB
 * nothing can be read any more, which bounds every pass as a whole.
 */
export class PagedMemory implements MemoryReader {
  readonly #memory: MemoryReader;
  /** Null: could not be read. */
  readonly #pages = new Map<Address, Uint8Array | null>();
  #copied: ByteCount = 0;
  /** Reads of the memory below, for tests and measurements. */
  reads = 0;

  constructor(memory: MemoryReader) {
    this.#memory = memory;
  }

  read(address: Address, into: Uint8Array): boolean {
    this.#copied += into.length;
    if (this.#copied > maxCopied) return false;
    for (let done = 0; done < into.length;) {
      const at = address + done;
      const inPage = at % pageSize;
      const page = this.#page(at - inPage);
      if (!page) return false;
      const length = Math.min(pageSize - inPage, into.length - done);
      into.set(page.subarray(inPage, inPage + length), done);
      done += length;
    }
    return true;
  }

  #page(start: Address): Uint8Array | null {
    let page = this.#pages.get(start);
    if (page === undefined) {
      if (this.#pages.size >= maxPages) this.#pages.clear();
      const bytes = new Uint8Array(pageSize);
      this.reads++;
      page = this.#memory.read(start, bytes) ? bytes : null;
      this.#pages.set(start, page);
    }
    return page;
  }
}
