import type { Address } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

const sigaction = declare<(signal: number, action: Address, old: Address) => number>("int sigaction(int signal, uintptr_t action, uintptr_t old)");
const SIGCHLD = 17;
/** More than sizeof(struct sigaction), 152. All zero: the default action, which is to do nothing. */
const none = new Uint8Array(256);
const saved = new Uint8Array(256);
let holders = 0;

/**
 * Keeps Node from waiting for its children while one of them may be paused, until the returned function is called. For the main thread.
 *
 * On any SIGCHLD Node asks waitpid(2) for each child, and takes any answer for the child's end. But what a thread of ours
 * traces is told to all of them, and the stop of a tracee is an answer, too. A child that ends meanwhile is a zombie until then.
 */
export function holdChildSignals(): () => void {
  if (holders++ === 0) sigaction(SIGCHLD, addressOf(none.buffer), addressOf(saved.buffer));
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    if (--holders > 0) return;
    sigaction(SIGCHLD, addressOf(saved.buffer), 0);
    // What came meanwhile is lost: let Node look.
    process.kill(process.pid, "SIGCHLD");
  };
}
