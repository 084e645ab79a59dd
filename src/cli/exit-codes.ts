import { constants } from "node:os";
import type { ErrorCode } from "../base/errors.ts";

/**
 * What a shell sees. Those of Austin where it has one, so that scripts carry over; else those of sysexits.h. When we
 * ran a program and did our own part, its exit code is ours.
 */
export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  "not-python": 32,
  "unsupported-python": 32,
  "ended-early": 32,
  "cannot-launch": 33,
  "cannot-attach": 36,
  "no-permission": 37,
  "no-such-process": 38,
  "bad-arguments": 64,
  "bad-recording": 65,
  "cannot-write": 73,
};

/** A fault of ours (EX_SOFTWARE). */
export const bugExitCode = 70;
/** The second Ctrl-C: as a shell reports a program that SIGINT ended. */
export const abortedExitCode: number = 128 + constants.signals.SIGINT;

/** What a shell would have seen without us in between. Null, a program that we did not run or that still runs, is 0. */
export function exitCodeOfTarget(exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null): number {
  if (exit === null) return 0;
  return exit.signal === null ? (exit.code ?? 0) : 128 + constants.signals[exit.signal];
}
