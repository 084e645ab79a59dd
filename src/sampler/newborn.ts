import type { Nanoseconds, Pid, Tid } from "../base/units.ts";
import { boottimeNow } from "../os/clock.ts";
import { readStat } from "../os/processes.ts";

/** A thread that is no older than this when it is met is a new one: on a busy machine we may be late. */
const youngest: Nanoseconds = 500e6;
/** What /proc counts the starts of threads in: USER_HZ. */
const clockTick: Nanoseconds = 10e6;

/** Whether a thread was only just started. */
export function isNewborn(pid: Pid, tid: Tid): boolean {
  const stat = readStat(pid, tid);
  return stat !== null && boottimeNow() - stat.startTime * clockTick < youngest;
}
