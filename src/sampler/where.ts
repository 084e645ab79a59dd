import type { Pid, Tid } from "../base/units.ts";
import type { FunctionKind, Known } from "../profile/tables.ts";

/** One look at one process: what `lynceus where PID` prints, as text or as JSON. */
export interface WhereResult {
  readonly pid: Pid;
  readonly commandLine: readonly string[];
  readonly executable: string;
  readonly pythonVersion: string;
  /** Main thread first, then by thread id. */
  readonly threads: readonly WhereThread[];
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

/** 1-based; 0 where it is not known. `endColumn` is one past the last. Columns count UTF-8 bytes. */
export interface WhereFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  readonly kind: FunctionKind;
}
