import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import { systemErrorText } from "./system-error.ts";

export interface InputFile extends ByteSource {
  close(): void;
}

/** A file on disk that is read piece by piece. Throws `bad-recording` when it cannot be opened, or later be read. */
export function openInputFile(path: string): InputFile {
  // A pipe that nobody writes to would keep us waiting: such files are refused below.
  const fd = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const status = fstatSync(fd);
  if (!status.isFile()) {
    closeSync(fd);
    throw new LynceusError("bad-recording", `cannot read ${path}: it is ${status.isDirectory() ? "a directory" : "not a regular file"}`);
  }
  return {
    size: status.size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, status.size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const count = attempt(path, () => readSync(fd, bytes, done, bytes.length - done, offset + done));
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
    close: () => closeSync(fd),
  };
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new LynceusError("bad-recording", `cannot read ${path}: ${systemErrorText(error)}`, { cause: error });
  }
}
