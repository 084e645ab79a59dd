import type { Pid, Tid } from "../../base/units.ts";

/**
 * Trace events tell threads apart by process and thread id alone: where two of ours have the same ones (an interpreter inside another,
 * an id that was used again), the later gets an id that no thread has.
 */
export class TraceIds {
  readonly #taken = new Set<string>();
  /** Above the largest that Linux gives (2^22), within the 32 bits that Perfetto takes. */
  #next: Tid = 2 ** 30;

  idsOf(pid: Pid, tid: Tid): string {
    let ids = text(pid, tid);
    while (this.#taken.has(ids)) ids = text(pid, this.#next++);
    this.#taken.add(ids);
    return ids;
  }
}

function text(pid: Pid, tid: Tid): string {
  return `"pid":${pid},"tid":${tid}`;
}
