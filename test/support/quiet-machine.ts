import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Milliseconds, Pid } from "../../src/base/units.ts";
import type { Profile } from "../../src/profile/profile.ts";

/** Of the sampling rounds, at most this share may have been late for a measurement to be as exact as asked for. */
const mostLate = 0.05;
const mostTries = 2;

/**
 * Measures again when the recording itself says that the machine was too busy: when more than 5 % of its rounds were late.
 * The last measurement counts whatever it is, with a `doubt` as large as its share of late rounds, which is said on
 * stderr: what nobody saw may have been anything. 0 on a quiet machine.
 */
export async function onQuietMachine<Measured extends { readonly profile: Profile }>(
  measure: () => Promise<Measured>,
): Promise<Measured & { readonly doubt: number }> {
  for (let tries = 1; ; tries++) {
    const measured = await measure();
    const { due, late } = countRounds(measured.profile);
    if (late <= mostLate * due) return { ...measured, doubt: 0 };
    if (tries < mostTries) continue;
    process.stderr.write(
      `\nBUSY MACHINE: ${((100 * late) / due).toFixed(0)} % of the sampling rounds were late, so this is not checked as exactly as it should be\n`,
    );
    return { ...measured, doubt: late / due };
  }
}

export function countRounds({ quality }: Pick<Profile, "quality">): { readonly due: number; readonly late: number } {
  return { due: quality.reduce((sum, row) => sum + row.roundsDue, 0), late: quality.reduce((sum, row) => sum + row.roundsLate, 0) };
}

/**
 * How long the threads of a process have waited for a CPU, the longest of them: field 2 of /proc/PID/task/TID/schedstat
 * (Documentation/scheduler/sched-stats.rst). 0 when it is gone.
 */
export function readWaitedForCpu(pid: Pid): Milliseconds {
  try {
    return Math.max(...readdirSync(`/proc/${pid}/task`).map((tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "latin1").split(" ")[1]) / 1e6));
  } catch {
    return 0;
  }
}

/** What the machine under this virtual one took away, a CPU on average: field 8 of /proc/stat's first line, in 10 ms. */
export function readStolen(): Milliseconds {
  const fields = readFileSync("/proc/stat", "latin1").split("\n")[0]!.split(/\s+/);
  return (Number(fields[8]) * 10) / availableParallelism();
}
