import { LynceusError } from "../base/errors.ts";
import { checkWritable } from "./check-writable.ts";
import { replacePid } from "./output-name.ts";
import type { OutputPlan } from "./output-plan.ts";

/** Finds out, before the work, that its result would have no place. Throws LynceusError. */
export function checkOutput({ path, format, isGzipped }: OutputPlan): void {
  if (path !== "-") return checkWritable(replacePid(path ?? "lynceus-%(pid).html", process.pid));
  if ((format.isBinary || isGzipped) && process.stdout.isTTY) {
    throw new LynceusError("bad-arguments", `${format.name} is binary, and stdout is a terminal`, { hint: "add: > FILE, or give -o a name" });
  }
}
