import type { Pid } from "../base/units.ts";
import { type ProcessStat, readStat } from "../os/processes.ts";
import { readText } from "../os/read-text.ts";

/** So many processes and programs are remembered. */
const most = 100_000;

/** Knows the descendants of a tree's processes when those in between are gone, as a daemon's parents are. */
export class Ancestry {
  /** All that were ever in the tree. */
  readonly #pids = new Set<Pid>();
  /** Of programs that were executed in the tree: whoever has such a mark is a copy of a process of the tree, or of a copy. */
  readonly #marks = new Set<string>();
  /** Without address space randomisation a mark says nothing. */
  readonly #areMarksUnique = /^[12]/.test(readText("/proc/sys/kernel/randomize_va_space"));

  /** A process of the tree. `parentMark` is what its parent runs. */
  add(pid: Pid, mark: string, parentMark: string | undefined): void {
    if (this.#pids.size < most) this.#pids.add(pid);
    if (mark !== parentMark) this.addProgram(mark);
  }

  /** A process of the tree executed another program. */
  addProgram(mark: string): void {
    if (this.#areMarksUnique && !mark.startsWith("0,") && this.#marks.size < most) this.#marks.add(mark);
  }

  /**
   * The session tells where a process comes from, as nobody gets into one but by birth; and so does the place of its stack,
   * which the kernel draws by lot for each program.
   */
  isDescendant({ session, imageMark }: ProcessStat, isKnown: (pid: Pid) => boolean): boolean {
    if (this.#marks.has(imageMark)) return true;
    // The id of a leader that has ended may be somebody else's now, who leads another session of that number.
    return this.#pids.has(session) && (isKnown(session) || readStat(session) === null);
  }
}
