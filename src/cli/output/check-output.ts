import { LynceusError } from "../../base/errors.ts";
import { defaultWriteOptions } from "../../formats/format.ts";
import type { Recording } from "../../profile/tables.ts";
import { checkWritable } from "./check-writable.ts";
import { replacePid } from "./output-name.ts";
import type { OutputPlan } from "./output-plan.ts";

const nothing: Recording = {
  meta: { creator: "", startedAt: 0, interval: 1, mode: "wall", command: [], host: "", system: "", extra: {} },
  isComplete: true,
  blocks: () => [],
};

/** Finds out, before the work, that its result would have no place. Throws LynceusError. */
export function checkOutput({ path, format, isGzipped }: OutputPlan): void {
  // The first piece of nothing: a format that needs something which is not there says so.
  format.write?.(nothing, defaultWriteOptions)[Symbol.iterator]().next();
  if (path === null) return checkHere();
  if (path !== "-") return checkWritable(replacePid(path, process.pid));
  if ((format.isBinary || isGzipped) && process.stdout.isTTY) {
    throw new LynceusError("bad-arguments", `${format.name} is binary, and stdout is a terminal`, { hint: "add: > FILE, or give -o a name" });
  }
}

/** For an output that is named after the program, which is not known yet. */
function checkHere(): void {
  try {
    checkWritable(`lynceus-${process.pid}.html`);
  } catch (error) {
    if (!(error instanceof LynceusError)) throw error;
    throw new LynceusError(error.code, `no file can be made in ${process.cwd()}`, { hint: "choose another place with -o", cause: error.cause });
  }
}
