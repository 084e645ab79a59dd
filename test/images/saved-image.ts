import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address, ByteCount } from "../../src/base/units.ts";
import type { Truth } from "./truth.ts";

export const pageSize: ByteCount = 4096;

/** The minor versions of which there are images. */
export const savedMinors: readonly number[] = [8, 9, 10, 11, 12, 13, 14, 15];

/**
 * Some pages of a CPython process that stood still, and the truth that it told about itself. The file, gzipped: one line of
 * JSON { truth, pages: page numbers, ascending }, then the pages, 4096 bytes each, in that order.
 */
export class SavedImage implements MemoryReader {
  readonly truth: Truth;
  readonly #pages: ReadonlyMap<number, Uint8Array>;

  constructor(truth: Truth, pages: ReadonlyMap<number, Uint8Array>) {
    this.truth = truth;
    this.#pages = pages;
  }

  /** The image of CPython 3.<minor>. */
  static load(minor: number): SavedImage {
    const bytes = gunzipSync(readFileSync(imagePath(minor)));
    const end = bytes.indexOf("\n");
    const header = JSON.parse(bytes.toString("utf8", 0, end)) as { truth: Truth; pages: number[] };
    return new SavedImage(
      header.truth,
      new Map(header.pages.map((page, index) => [page, bytes.subarray(end + 1 + index * pageSize, end + 1 + (index + 1) * pageSize)])),
    );
  }

  save(minor: number): ByteCount {
    const pages = [...this.#pages.keys()].sort((a, b) => a - b);
    const header = Buffer.from(`${JSON.stringify({ truth: this.truth, pages })}\n`);
    const file = gzipSync(Buffer.concat([header, ...pages.map((page) => this.#pages.get(page)!)]), { level: 9 });
    writeFileSync(imagePath(minor), file);
    return file.length;
  }

  read(address: Address, into: Uint8Array): boolean {
    for (let done = 0; done < into.length;) {
      const inPage = (address + done) % pageSize;
      const page = this.#pages.get((address + done - inPage) / pageSize);
      if (!page) return false;
      const length = Math.min(pageSize - inPage, into.length - done);
      into.set(page.subarray(inPage, inPage + length), done);
      done += length;
    }
    return true;
  }
}

function imagePath(minor: number): string {
  return fileURLToPath(new URL(`3.${minor}.image.gz`, import.meta.url));
}
