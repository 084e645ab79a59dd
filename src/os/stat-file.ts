import type { Pid } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";
import { parseStat, type ProcessStat, readStat } from "./processes.ts";

/** What `readStat` says of one process, for who asks again and again: a third of the work. It is of this very process, also when its pid is used again. */
export class StatFile {
  readonly #pid: Pid;
  /** Null: it could not be kept open. */
  readonly #file: ProcFile | null;

  constructor(pid: Pid) {
    this.#pid = pid;
    this.#file = ProcFile.open(`/proc/${pid}/task/${pid}/stat`);
  }

  /** Null when the process is gone. */
  read(): ProcessStat | null {
    if (this.#file === null) return readStat(this.#pid);
    const length = this.#file.read();
    return length <= 0 ? null : parseStat(Buffer.from(ProcFile.bytes.buffer, 0, length).toString("latin1"));
  }

  close(): void {
    this.#file?.close();
  }
}
