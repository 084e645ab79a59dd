import { closeSync, openSync } from "node:fs";
import { addressOf, declare } from "./libc.ts";

const pread = declare<(fd: number, into: number, length: number, offset: number) => number>(
  "int64_t pread(int fd, uintptr_t into, uint64_t length, int64_t offset)",
);

const capacity = 4096;
const shared = new Uint8Array(new ArrayBuffer(capacity));
const sharedAddress = addressOf(shared.buffer);

/**
 * A small file of /proc that is read again and again: the kernel makes its text anew at each read from the start,
 * so it is opened once. 0.7 us a read instead of 4 with open and close.
 */
export class ProcFile {
  readonly #fd: number;
  /** The text of the last `read`, in bytes; shared by all ProcFiles of this thread, so use it at once. */
  static readonly bytes: Uint8Array = shared;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null when it is not there, may not be read, or no file descriptor is left. */
  static open(path: string): ProcFile | null {
    try {
      return new ProcFile(openSync(path, "r"));
    } catch {
      return null;
    }
  }

  /** Puts the text into `ProcFile.bytes`. Returns its length; 0 or less when the process or thread is gone. */
  read(): number {
    return pread(this.#fd, sharedAddress, capacity, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
