import { declare } from "./libc.ts";

const memfdCreate = declare<(name: string, flags: number) => number>("int memfd_create(const char *name, unsigned int flags)");
const MFD_CLOEXEC = 1;

/** The path of a new file that is only in memory, and gone with this process. Null: the kernel gives us none. */
export function createMemoryFile(name: string): string | null {
  const fd = memfdCreate(name, MFD_CLOEXEC);
  return fd < 0 ? null : `/proc/self/fd/${fd}`;
}
