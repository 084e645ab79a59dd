import type { Address } from "../base/units.ts";
import { addressOf, declare } from "./libc.ts";

const sigaction = declare<(signal: number, action: Address, old: Address) => number>("int sigaction(int signal, uintptr_t action, uintptr_t old)");
const SIGCHLD = 17;
/** sizeof(struct sigaction) is 152. All zero: the default action, which is to do nothing. */
const actionSize = 256;

/**
 * Keeps Node from waiting for its children while one of them may be paused, until the returned function is called.
 *
 * On any SIGCHLD Node asks waitpid(2) for each child, and takes any answer for the child's end. But what a thread of ours
 * traces is told to all of them, and the stop of a tracee is an answer, too. A child that ends meanwhile is a zombie until then.
 */
export function holdChildSignals(): () => void {
  const old = new Uint8Array(actionSize);
  const none = new Uint8Array(actionSize);
  sigaction(SIGCHLD, addressOf(none.buffer), addressOf(old.buffer));
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    sigaction(SIGCHLD, addressOf(old.buffer), 0);
    // What came meanwhile is lost: let Node look.
    process.kill(process.pid, "SIGCHLD");
  };
}
