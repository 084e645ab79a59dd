import type { ByteSource, Mapping, MemoryReader, ProcessImage } from "../base/memory.ts";
import { loadBias, readElf, type ElfFile } from "../elf/elf-file.ts";

/** A file that a process has mapped, in part executable. */
export interface MappedFile {
  /** Without the " (deleted)" that the kernel adds. */
  readonly path: string;
  /** In order of address. */
  readonly mappings: readonly Mapping[];
}

/** An ELF file and where in the process it is. */
export interface LoadedElf {
  readonly file: MappedFile;
  readonly elf: ElfFile;
  /** Add to the file's addresses to get the process's. */
  readonly bias: number;
}

/** More code files than any process has; the rest is not looked at. */
const maxFiles = 4096;
/** A file that is mapped several times from its start, and not only by the dynamic linker. */
const maxCopies = 4;

/** Those whose names look like an interpreter's first, otherwise as they lie in memory. */
export function mappedFiles(mappings: readonly Mapping[]): readonly MappedFile[] {
  const byFile = new Map<string, Mapping[]>();
  const keyOf = ({ inode, path }: Mapping): string => `${inode} ${path}`;
  // Data may be mapped in tens of thousands of files: only those with code count.
  for (const mapping of mappings) {
    if (mapping.executable && mapping.inode !== 0 && mapping.path.startsWith("/") && byFile.size < maxFiles) byFile.set(keyOf(mapping), []);
  }
  for (const mapping of mappings) byFile.get(keyOf(mapping))?.push(mapping);
  const files = [...byFile.values()].map((parts) => ({ path: plainPath(parts[0]!.path), mappings: parts }));
  return [...files.filter(hasPythonName), ...files.filter((file) => !hasPythonName(file))];
}

export function plainPath(path: string): string {
  return path.replace(/ \(deleted\)$/, "");
}

export function hasPythonName({ path }: MappedFile): boolean {
  return /python[^/]*$/i.test(path);
}

/** A file's ELF at each place where it begins: mostly one. Empty when it is no ELF file. */
export function loadedElfs(image: ProcessImage, file: MappedFile): readonly LoadedElf[] {
  const onDisk = image.openFile(file.mappings[0]!);
  const elf = readElf(onDisk ?? mappedSource(image.memory, file.mappings));
  if (elf === null) return [];
  const loaded: LoadedElf[] = [];
  for (const { start, fileOffset } of file.mappings) {
    if (fileOffset !== file.mappings[0]!.fileOffset || loaded.length >= maxCopies) continue;
    const bias = loadBias(elf, start, fileOffset);
    if (bias !== null) loaded.push({ file, bias, elf: { ...elf, dynamicBias: onDisk === null ? bias : 0 } });
  }
  return loaded;
}

/**
 * The file as far as it is mapped: for one that was deleted and that we may not open by other ways. Symbols for the
 * dynamic linker are in there, section headers are not.
 */
function mappedSource(memory: MemoryReader, mappings: readonly Mapping[]): ByteSource {
  const mappingAt = (offset: number): Mapping | undefined =>
    mappings.find(({ start, end, fileOffset, readable }) => readable && offset >= fileOffset && offset < fileOffset + end - start);
  return {
    size: Math.max(...mappings.map(({ start, end, fileOffset }) => fileOffset + end - start)),
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const at = offset + done;
        const mapping = mappingAt(at);
        if (mapping === undefined) break;
        const address = mapping.start + (at - mapping.fileOffset);
        const part = bytes.subarray(done, Math.min(length, done + mapping.end - address));
        if (!memory.read(address, part)) break;
        done += part.length;
      }
      return bytes.subarray(0, done);
    },
  };
}
