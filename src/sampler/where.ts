import type { Pid, Tid, WordSize } from "../base/units.ts";
import type { SampleFrame } from "../profile/samples.ts";
import type { Known } from "../profile/tables.ts";

/** One look at one process: what `lynceus where PID` prints, as text or as JSON. */
export interface WhereResult {
  readonly pid: Pid;
  readonly parentPid: Pid;
  readonly commandLine: readonly string[];
  readonly executable: string;
  readonly pythonVersion: string;
  /** 4: it is a 32-bit program. */
  readonly wordSize: WordSize;
  /** Main thread first, then by thread id. */
  readonly threads: readonly WhereThread[];
}

/** One look at a process and what is below it: `lynceus where -C PID`. */
export interface WhereTree {
  /** Those that run Python, parents before their children. */
  readonly processes: readonly WhereResult[];
  /** Those that could not be looked at. */
  readonly failures: readonly { readonly pid: Pid; readonly message: string }[];
}

export interface WhereThread {
  readonly tid: Tid;
  readonly name: string;
  readonly interpreter: number;
  /** Bits of `State` (profile/tables.ts). */
  readonly state: number;
  readonly known: Known;
  /** Root first, the newest last. Empty: the thread runs no Python frame. */
  readonly frames: readonly WhereFrame[];
}

export type WhereFrame = SampleFrame;
