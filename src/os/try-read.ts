import type { Pid } from "../base/units.ts";
import { addressOf, errno, errorNumbers } from "./libc.ts";
import { openProcessImage } from "./process-image.ts";
import { RemoteMemory } from "./remote-memory.ts";

/** Reads a few bytes of a process's memory. Returns the error number; 0: it can be read. */
export function tryRead(pid: Pid): number {
  using image = openProcessImage(pid);
  // The kernel's own pages, [vvar] and others, are not memory of the process.
  const mapping = image?.mappings.find(({ readable, path }) => readable && !path.startsWith("[v"));
  if (image === null || mapping === undefined) return errorNumbers["EACCES"]!;
  return image.memory.read(mapping.start, new Uint8Array(8)) ? 0 : errno();
}

/** The same on ourselves, which only a seccomp filter can forbid; some let it fail with EPERM, some with ENOSYS. */
export function tryReadOwn(): number {
  const own = new ArrayBuffer(8);
  return new RemoteMemory(process.pid).read(addressOf(own), new Uint8Array(8)) ? 0 : errno();
}
