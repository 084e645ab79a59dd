import type { Nanoseconds, Pid, Tid } from "../../../base/units.ts";
import { monotonicNow } from "../../../os/clock.ts";
import { readProcessFacts } from "../../../os/machine-facts.ts";
import { isAlive, readThreadComment } from "../../../os/processes.ts";
import { Pause, ThreadPauser } from "../../../os/ptrace.ts";
import { PauseBudget } from "./pause-budget.ts";

/** Pauses threads for captures, those of all processes of a session, within the budget that they share. */
export class PauseSource {
  /** Pause every running thread for each sample, not only where nothing else gave its stack. */
  readonly isPreferred: boolean;
  /** Why a thread could not be paused, if one could not: a neutral sentence. */
  obstacle: string | null = null;
  readonly #pauser = new ThreadPauser();
  readonly #budget: PauseBudget | null;

  /** Without a budget when it is preferred. */
  constructor(isPreferred: boolean) {
    this.isPreferred = isPreferred;
    this.#budget = isPreferred ? null : new PauseBudget(monotonicNow());
  }

  /** So long threads stood, all in all. */
  get time(): Nanoseconds {
    return this.#pauser.time;
  }

  /** Something was asked to stop and has not yet: call `settle` within a millisecond. */
  get isWaiting(): boolean {
    return this.#pauser.isWaiting;
  }

  settle(): void {
    this.#pauser.settle();
  }

  /** False when the thread was not paused, and so nobody looked. */
  during(pid: Pid, tid: Tid, look: () => void): boolean {
    if (tid === 0 || this.#budget?.allows(monotonicNow(), this.time) === false) return false;
    const outcome = this.#pauser.pause(pid, tid, look);
    if (outcome === Pause.refused) this.obstacle ??= explain(pid, tid);
    return outcome === Pause.done;
  }

  close(): void {
    this.#pauser.close();
  }
}

/** Null when it was only about to end. */
function explain(pid: Pid, tid: Tid): string | null {
  const tracer = readProcessFacts(tid)?.tracer ?? null;
  if (tracer !== null) return `process ${pid} is traced by process ${tracer} (${readThreadComment(tracer, tracer)}), and only one may do that`;
  return isAlive(pid) ? `process ${pid} may be read, but not stopped` : null;
}
