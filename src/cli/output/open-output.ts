import { constants, openSync, statSync } from "node:fs";
import { LynceusError } from "../../base/errors.ts";
import type { Milliseconds } from "../../base/units.ts";
import { isSystemError } from "../../formats/files/system-error.ts";

/** The reader of a pipe is often started together with us. */
const patience: Milliseconds = 2000;
const betweenLooks: Milliseconds = 20;

/**
 * Opens a file for writing, from its start. A pipe that nobody reads would keep us waiting, deaf to Ctrl-C, so that is
 * `cannot-write` after a while. Throws the system's errors else.
 */
export function openOutput(path: string): number {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return openSync(path, "w");
  for (const end = performance.now() + patience; ; Atomics.wait(nap, 0, 0, betweenLooks)) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (!isSystemError(error) || error.code !== "ENXIO") throw error;
      if (performance.now() > end)
        throw new LynceusError("cannot-write", `cannot write ${path}: nobody reads this pipe`, { hint: "start its reader first", cause: error });
    }
  }
}

const nap = new Int32Array(new SharedArrayBuffer(4));
