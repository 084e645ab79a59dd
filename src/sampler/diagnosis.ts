import type { ErrorCode } from "../base/errors.ts";
import type { Pid } from "../base/units.ts";

export type Verdict = "yes" | "partly" | "no";

/** One line of what `lynceus doctor` found. */
export interface Check {
  /** For programs; the same from version to version. */
  readonly id: string;
  /** For people, short. */
  readonly name: string;
  readonly verdict: Verdict;
  /** One neutral sentence without a full stop. */
  readonly message: string;
  /** What to do about it; null when there is nothing to be done. */
  readonly hint: string | null;
  /** What a recording fails with because of this; null: it does not. */
  readonly failure: ErrorCode | null;
}

/** What `lynceus doctor [PID]` prints, as text or as JSON. */
export interface Diagnosis {
  /** Null: nobody asked for one. */
  readonly pid: Pid | null;
  /** The process, or without one, programs that we start. */
  readonly canRecord: boolean;
  /** Why not. */
  readonly failure: ErrorCode | null;
  /** What can be done on this machine, as this user. */
  readonly machine: readonly Check[];
  /** What can be done to the process; empty without one. Ends with what makes the rest pointless. */
  readonly process: readonly Check[];
}

export function yes(id: string, name: string, message: string): Check {
  return { id, name, verdict: "yes", message, hint: null, failure: null };
}

export function partly(id: string, name: string, message: string, hint: string | null): Check {
  return { id, name, verdict: "partly", message, hint, failure: null };
}

export function no(id: string, name: string, message: string, hint: string | null, failure: ErrorCode | null = null): Check {
  return { id, name, verdict: "no", message, hint, failure };
}
