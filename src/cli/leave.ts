import { isatty } from "node:tty";

/** Of stdin, stdout and stderr: those that Node found to be terminals, and sets right again when it ends. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Ends this process: at once, but where a terminal was closed. That cannot be set right, and Node would abort for it, with a core dump; then
 * it is ended without Node.
 */
export async function leave(exitCode: number): Promise<void> {
  if (!terminals.every((fd) => isatty(fd))) {
    const { declare } = await import("../os/libc.ts");
    // What is to be tidied up at the end still is.
    process.emit("exit", exitCode);
    declare<(code: number) => void>("void _exit(int code)")(exitCode);
  }
  process.exit(exitCode);
}
