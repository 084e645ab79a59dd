import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { ByteSource, Mapping, ProcessImage } from "../base/memory.ts";
import type { ByteCount, ByteOffset, Pid } from "../base/units.ts";
import { RemoteMemory } from "./remote-memory.ts";

/**
 * A process as it is now: mappings are read once, so make a new one after an execve(2). Null when it is gone or when
 * /proc/PID/maps may not be read. `close()` it: it keeps files open.
 */
export function openProcessImage(pid: Pid): OpenProcessImage | null {
  const text = readMaps(pid);
  return text === null ? null : new OpenProcessImage(pid, parseMappings(text));
}

/** The mappings of a process as they are now; none when it is gone or they may not be read. */
export function readMappings(pid: Pid): Mapping[] {
  return parseMappings(readMaps(pid) ?? "");
}

function readMaps(pid: Pid): string | null {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return null;
  }
}

export class OpenProcessImage implements ProcessImage {
  readonly memory: RemoteMemory;
  readonly mappings: readonly Mapping[];
  readonly #pid: Pid;
  readonly #files: OpenFile[] = [];

  constructor(pid: Pid, mappings: readonly Mapping[]) {
    this.#pid = pid;
    this.memory = new RemoteMemory(pid);
    this.mappings = mappings;
  }

  openFile(mapping: Mapping): ByteSource | null {
    // map_files is the very file that is mapped, deleted or replaced as it may be, but only root may follow it;
    // the path within the process's own root is the next best.
    const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
    const file =
      openRegularFile(`/proc/${this.#pid}/map_files/${range}`, null) ??
      openRegularFile(`/proc/${this.#pid}/root${mapping.path}`, mapping.inode) ??
      openRegularFile(`/proc/${this.#pid}/exe`, mapping.inode);
    if (file !== null) this.#files.push(file);
    return file;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Parses /proc/PID/maps (proc(5)). Lines that do not have its form are left out. */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (.)(.)(.). ([0-9a-f]+) \S+ (\d+)\s*(.*)$/.exec(line);
    if (match === null) continue;
    mappings.push({
      start: Number.parseInt(match[1]!, 16),
      end: Number.parseInt(match[2]!, 16),
      readable: match[3] === "r",
      writable: match[4] === "w",
      executable: match[5] === "x",
      fileOffset: Number.parseInt(match[6]!, 16),
      inode: Number(match[7]),
      // The kernel writes a newline in a path as \012 and nothing else so.
      path: match[8]!.replaceAll("\\012", "\n"),
    });
  }
  return mappings;
}

/** Opens what is surely a plain file (a target may put a pipe or a device in the way) and, if given, the right one. */
function openRegularFile(path: string, inode: number | null): OpenFile | null {
  try {
    const fd = openSync(path, 0x800 /* O_NONBLOCK */);
    const stat = fstatSync(fd);
    if (stat.isFile() && (inode === null || stat.ino === inode)) return new OpenFile(fd, stat.size);
    closeSync(fd);
  } catch {
    // Not there, or not ours to open: the caller tries the next way.
  }
  return null;
}

class OpenFile implements ByteSource {
  readonly size: ByteCount;
  #fd: number;

  constructor(fd: number, size: ByteCount) {
    this.#fd = fd;
    this.size = size;
  }

  read(offset: ByteOffset, length: ByteCount): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = new Uint8Array(wanted);
    let done = 0;
    while (done < wanted) {
      const count = readSync(this.#fd, bytes, done, wanted - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  close(): void {
    closeSync(this.#fd);
    this.#fd = -1;
  }
}
