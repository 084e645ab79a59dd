import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ByteCount, Milliseconds } from "../../base/units.ts";
import { isSystemError } from "../../formats/files/system-error.ts";

const untilNextTry: Milliseconds = 5;

/** Writes all of `bytes`, as a pipe or a terminal may take it in parts, or later (EAGAIN, when somebody made it non-blocking). */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const taken = writeSome(fd, bytes, done);
    if (taken === 0) Atomics.wait(nap, 0, 0, untilNextTry);
    done += taken;
  }
}

/** The same, but Ctrl-C is heard while a reader that does not block us takes nothing. */
export async function writePatiently(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const taken = writeSome(fd, bytes, done);
    if (taken === 0) await sleep(untilNextTry);
    done += taken;
  }
}

/** 0: later. */
function writeSome(fd: number, bytes: Uint8Array, from: ByteCount): ByteCount {
  try {
    return writeSync(fd, bytes, from);
  } catch (error) {
    if (!isSystemError(error) || error.code !== "EAGAIN") throw error;
    return 0;
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));
