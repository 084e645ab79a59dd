import type { MemoryReader } from "../base/memory.ts";
import type { Address, ByteOffset } from "../base/units.ts";
import type { Layout } from "./layout.ts";
import type { MappedFile } from "./mapped-files.ts";

/** Holds the ELF header, the program headers and, with all usual linkers, the build id. */
const headSize = 4096;
/** What is forgotten is only looked for again. */
const mostFiles = 4096;

/** Where `_PyRuntime` is in a file, and of which layout. */
export interface KnownRuntime {
  /** From where the file's first mapping starts. */
  readonly offset: ByteOffset;
  readonly layout: Layout;
  readonly version: string;
}

interface KnownFile {
  /** The beginning of the file as a process has it mapped: a file that was replaced has another one. */
  readonly head: Uint8Array;
  /** Null: nothing of CPython is in it. */
  readonly runtime: KnownRuntime | null;
  /** It was the executable, which is searched more thoroughly than other files. */
  readonly wasExecutable: boolean;
}

/**
 * What is known of files that processes have mapped, so that CPython is looked for only once in each: hundreds of
 * children run the same programs. Keyed by inode and path, and only true of a file that begins as it did.
 */
export class KnownFiles {
  readonly #files = new Map<string, KnownFile>();

  runtimeIn(memory: MemoryReader, file: MappedFile): KnownRuntime | null {
    const known = this.#files.get(keyOf(file));
    return known !== undefined && known.runtime !== null && isSame(known, memory, file) ? known.runtime : null;
  }

  hasNothing(memory: MemoryReader, file: MappedFile, isExecutable: boolean): boolean {
    const known = this.#files.get(keyOf(file));
    return known?.runtime === null && (known.wasExecutable || !isExecutable) && isSame(known, memory, file);
  }

  rememberRuntime(memory: MemoryReader, file: MappedFile, address: Address, layout: Layout, version: string): void {
    this.#remember(memory, file, { offset: address - file.mappings[0]!.start, layout, version }, false);
  }

  rememberNothing(memory: MemoryReader, file: MappedFile, isExecutable: boolean): void {
    this.#remember(memory, file, null, isExecutable);
  }

  #remember(memory: MemoryReader, file: MappedFile, runtime: KnownRuntime | null, wasExecutable: boolean): void {
    const head = readHead(memory, file);
    // What cannot be read is going, or gone: nothing that was learned from it is worth keeping.
    if (head === null) return;
    if (this.#files.size >= mostFiles) this.#files.clear();
    this.#files.set(keyOf(file), { head, runtime, wasExecutable });
  }
}

function keyOf({ path, mappings }: MappedFile): string {
  return `${mappings[0]!.inode} ${path}`;
}

function isSame({ head }: KnownFile, memory: MemoryReader, file: MappedFile): boolean {
  const now = readHead(memory, file);
  return now !== null && now.length === head.length && now.every((byte, at) => byte === head[at]);
}

function readHead(memory: MemoryReader, { mappings: [first] }: MappedFile): Uint8Array | null {
  const head = new Uint8Array(Math.min(headSize, first!.end - first!.start));
  return memory.read(first!.start, head) ? head : null;
}
