import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import type { MemoryReader } from "../../src/base/memory.ts";
import type { Address, ByteCount, WordSize } from "../../src/base/units.ts";
import type { Truth } from "./truth.ts";

export const pageSize: ByteCount = 4096;

/** What there are images of: CPython on x86-64, and on i686 one of each kind of frames. */
export const savedVersions: readonly string[] = "3.8 3.9 3.10 3.11 3.12 3.13 3.14 3.15 3.9-i686 3.11-i686 3.14-i686".split(" ");

/** The X of 3.X. */
export function minorOf(version: string): number {
  return Number(/^3\.(\d+)/.exec(version)?.[1]);
}

export function versionName(minor: number, wordSize: WordSize): string {
  return `3.${minor}${wordSize === 4 ? "-i686" : ""}`;
}

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

  /** One of `savedVersions`. */
  static load(version: string): SavedImage {
    const bytes = gunzipSync(readFileSync(imagePath(version)));
    const end = bytes.indexOf("\n");
    const header = JSON.parse(bytes.toString("utf8", 0, end)) as { truth: Omit<Truth, "wordSize"> & Partial<Truth>; pages: number[] };
    return new SavedImage(
      // The oldest images do not say it.
      { wordSize: 8, ...header.truth },
      new Map(header.pages.map((page, index) => [page, bytes.subarray(end + 1 + index * pageSize, end + 1 + (index + 1) * pageSize)])),
    );
  }

  save(version: string): ByteCount {
    const pages = [...this.#pages.keys()].sort((a, b) => a - b);
    const header = Buffer.from(`${JSON.stringify({ truth: this.truth, pages })}\n`);
    const file = gzipSync(Buffer.concat([header, ...pages.map((page) => this.#pages.get(page)!)]), { level: 9 });
    writeFileSync(imagePath(version), file);
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

function imagePath(version: string): string {
  return fileURLToPath(new URL(`${version}.image.gz`, import.meta.url));
}
