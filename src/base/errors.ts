/**
 * What went wrong, for programs. `cli/exit-codes.ts` gives each its exit code; nothing else should depend on the
 * number that a shell sees.
 */
export type ErrorCode =
  | "bad-arguments"
  | "bad-recording"
  | "cannot-attach"
  | "cannot-launch"
  | "cannot-write"
  | "ended-early"
  | "no-permission"
  | "no-such-process"
  | "not-python"
  | "unsupported-python";

/**
 * Something the user can put right. `message` is one neutral sentence without a full stop; `hint`, where there is
 * one, is what to do about it, best a command. Everything else that is thrown is a bug.
 */
export class LynceusError extends Error {
  override readonly name = "LynceusError";
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
  }
}
