import { getSystemErrorMap } from "node:util";

export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}

/** "no space left on device" for ENOSPC: the reason alone, without the path and call that Node's messages have. */
export function systemErrorText(error: unknown): string {
  if (!isSystemError(error)) return error instanceof Error ? error.message : String(error);
  return getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? error.code;
}
