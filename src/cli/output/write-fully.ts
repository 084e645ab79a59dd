import { writeSync } from "node:fs";
import { isSystemError } from "../../formats/files/system-error.ts";

/** Writes all of `bytes`, as a pipe or a terminal may take it in parts, or later (EAGAIN, when somebody made it non-blocking). */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (!isSystemError(error) || error.code !== "EAGAIN") throw error;
      Atomics.wait(nap, 0, 0, 5);
    }
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));
