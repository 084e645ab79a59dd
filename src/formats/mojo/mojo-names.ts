import { LynceusError } from "../../base/errors.ts";
import type { Pid } from "../../base/units.ts";
import type { FrameIndex } from "../../profile/tables.ts";
import { unknownString } from "./mojo-events.ts";

/** Of 64 bits: a bigint where it has more than 48. */
export type MojoKey = number | bigint;

/** What a file defines for one process: keys are the process's own. Bounded by the file, each costs some bytes of it. */
export class MojoNames {
  readonly #strings = new Map<MojoKey, string>();
  readonly #frames = new Map<MojoKey, FrameIndex>();

  defineString(key: MojoKey, value: string): void {
    this.#strings.set(key, value);
  }

  defineFrame(key: MojoKey, frame: FrameIndex): void {
    this.#frames.set(key, frame);
  }

  string(key: MojoKey): string {
    const known = this.#strings.get(key);
    if (known !== undefined) return known;
    if (key === unknownString.key) return unknownString.value;
    if (key === 0) return "";
    throw new LynceusError("bad-recording", `the string ${key} is used before it is defined`);
  }

  frame(key: MojoKey): FrameIndex {
    const known = this.#frames.get(key);
    if (known === undefined) throw new LynceusError("bad-recording", `the frame ${key} is used before it is defined`);
    return known;
  }
}

/** Austin 3.4 defined some names before its first sample: they are the first process's. */
export class NamesByProcess {
  readonly early: MojoNames = new MojoNames();
  readonly #processes = new Map<Pid, MojoNames>();

  of(pid: Pid): MojoNames {
    let names = this.#processes.get(pid);
    if (names === undefined) {
      names = this.#processes.size === 0 ? this.early : new MojoNames();
      this.#processes.set(pid, names);
    }
    return names;
  }
}
