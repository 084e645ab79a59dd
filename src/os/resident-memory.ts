import type { ByteCount, Pid } from "../base/units.ts";
import { ProcFile } from "./proc-file.ts";

/** x86-64 */
const pageSize: ByteCount = 4096;

/** How much memory a process has resident, read again and again, about 1 us each. */
export class ResidentMemory {
  readonly #file: ProcFile;

  private constructor(file: ProcFile) {
    this.#file = file;
  }

  /** Null when the process is gone (or no file descriptor is left). */
  static open(pid: Pid): ResidentMemory | null {
    const file = ProcFile.open(`/proc/${pid}/statm`);
    return file === null ? null : new ResidentMemory(file);
  }

  /** 0 when the process is gone. */
  read(): ByteCount {
    // "<pages> <resident pages> ...": proc(5)
    const length = this.#file.read();
    const { bytes } = ProcFile;
    let at = 0;
    while (at < length && bytes[at] !== 0x20) at++;
    let pages = 0;
    for (at++; at < length && bytes[at] !== 0x20; at++) pages = pages * 10 + (bytes[at]! - 48);
    return pages * pageSize;
  }

  close(): void {
    this.#file.close();
  }
}
