import { assertNever } from "../base/assert-never.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";
import type { FindFailure } from "../cpython/find-runtime.ts";
import { isAlive } from "../os/processes.ts";

/** What is said of a command that was gone before there was a Python in it. */
export const endedTooSoon = "the command ended before a Python interpreter could be seen in it";

/**
 * Why a process cannot be sampled, for people. `failure` null: it has ended. `asked`: we started it, it was to be recorded
 * with what runs below it, or it alone was to be looked at.
 */
export function describeFailure(
  pid: Pid,
  failure: FindFailure | null,
  asked: "run" | "attach" | "where",
): { code: ErrorCode; message: string; hint: string | null } {
  const isOurs = asked === "run";
  const what = isOurs ? "the command" : `process ${pid}`;
  // What is being taken apart looks like many things.
  if (failure === null || !isAlive(pid)) {
    if (isOurs)
      return {
        code: "not-python",
        message: endedTooSoon,
        hint: "does it run Python 3.8 or later? (lynceus run python3 script.py)",
      };
    return { code: "no-such-process", message: `process ${pid} ended while it was looked at`, hint: null };
  }
  switch (failure.kind) {
    case "not-python":
      return {
        code: "not-python",
        message: `${what} does not run Python: no CPython was found in it${asked === "attach" ? ", nor in a child of it" : ""}`,
        hint: null,
      };
    case "not-initialised":
      return { code: "not-python", message: `${what} has loaded CPython but runs no interpreter (yet)`, hint: "try again when the program has started" };
    case "too-old":
      return { code: "unsupported-python", message: `${what} runs Python ${failure.version}, which is too old: 3.8 and later can be read`, hint: null };
    case "unknown-layout":
      return {
        code: "unsupported-python",
        message: `${what} runs Python ${failure.version}, whose layout is not known: ${failure.reason}`,
        hint: "a newer Lynceus may know it",
      };
    case "unreadable":
      return { code: "cannot-attach", message: `${what} has CPython in it, but it cannot be read: ${failure.what}`, hint: null };
    default:
      return assertNever(failure);
  }
}
