import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ByteCount, Pid } from "../../base/units.ts";

/** Gives a line of a source file (1-based) without its line end, or null when it cannot be read. */
export type SourceReader = (file: string, line: number) => string | null;

const largestFile: ByteCount = 4 << 20;
const mostBytesInAll: ByteCount = 64 << 20;
/** As the kernel's own limit (path_resolution(7)). */
const mostLinks = 40;

/**
 * Source as the process `pid` sees it: below its own root, so that containers work, relative names from its working
 * directory. Only regular files are opened: devices and pipes could block, or do something. Each file is read once.
 */
export function createSourceReader(pid: Pid): SourceReader {
  const files = new Map<string, readonly Buffer[] | null>();
  let bytesLeft = mostBytesInAll;
  return (file, line) => {
    let lines = files.get(file);
    if (lines === undefined) {
      const content = file.startsWith("<") ? null : readInside(`/proc/${pid}/root`, workingPath(pid, file), Math.min(largestFile, bytesLeft));
      bytesLeft -= content?.length ?? 0;
      lines = content === null ? null : splitLines(content);
      files.set(file, lines);
    }
    return lines?.[line - 1]?.toString("utf8") ?? null;
  };
}

function workingPath(pid: Pid, file: string): string {
  if (isAbsolute(file)) return file;
  try {
    return join(readlinkSync(`/proc/${pid}/cwd`), file);
  } catch {
    return join("/", file);
  }
}

/** The file's bytes; null when it is not a regular file of at most `largest` bytes below `root`, or not ours to read. */
function readInside(root: string, path: string, largest: ByteCount): Buffer | null {
  try {
    const resolved = resolveInside(root, path);
    if (resolved === null || !lstatSync(resolved).isFile()) return null;
    const fd = openSync(resolved, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = fstatSync(fd);
      return status.isFile() && status.size <= largest ? readFileSync(fd) : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/**
 * Follows symbolic links by hand, because the kernel would take an absolute one inside a container as a path of ours:
 * a target must not make us show a file that it cannot see itself.
 */
export function resolveInside(root: string, path: string): string | null {
  const todo = path.split("/").reverse();
  const done: string[] = [];
  for (let links = 0; todo.length > 0;) {
    const name = todo.pop()!;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      done.pop();
      continue;
    }
    const here = `${root}/${[...done, name].join("/")}`;
    if (!lstatSync(here).isSymbolicLink()) {
      done.push(name);
      continue;
    }
    if (++links > mostLinks) return null;
    const target = readlinkSync(here);
    if (target.startsWith("/")) done.length = 0;
    todo.push(...target.split("/").reverse());
  }
  return `${root}/${done.join("/")}`;
}

/** At "\n", "\r\n" and "\r", as CPython's tokenizer does. The pieces share the file's memory. */
function splitLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < content.length; at++) {
    const byte = content[at];
    if (byte !== 0x0a && byte !== 0x0d) continue;
    lines.push(content.subarray(start, at));
    if (byte === 0x0d && content[at + 1] === 0x0a) at++;
    start = at + 1;
  }
  if (start < content.length) lines.push(content.subarray(start));
  return lines;
}
