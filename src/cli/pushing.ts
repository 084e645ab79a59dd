import type { Milliseconds, Pid } from "../base/units.ts";
import type { Mode } from "../profile/sample-filter.ts";
import type { Block, RecordingMeta } from "../profile/tables.ts";
import { type PushOutcome, Pusher } from "../push/pusher.ts";
import type { PushOptions } from "./options/push-options.ts";
import { programName } from "./output/output-name.ts";
import { pushLines, troubleLine } from "./text/push-text.ts";

/** How long the end of a program may be held up by a server that does not answer: what is left then waits on disk. */
const patience: Milliseconds = 5000;

/** The pushing of one recording, as people see it. */
export class Pushing {
  readonly #options: PushOptions;
  readonly #mode: Mode;
  readonly #pusher: Pusher;

  /** Throws LynceusError. `beforeText` is called before a line is printed; null: what is pushed was recorded before. */
  constructor(options: PushOptions, mode: Mode, beforeText: (() => void) | null) {
    const { destination, every, queueFolder } = options;
    this.#options = options;
    this.#mode = mode;
    this.#pusher = new Pusher({
      destination,
      every,
      queueFolder,
      onTrouble: (reason) => {
        beforeText?.();
        process.stderr.write(`lynceus: ${troubleLine(reason, destination)}${beforeText !== null && reason !== null ? "; the recording goes on" : ""}\n`);
      },
    });
  }

  begin(meta: RecordingMeta, pid: Pid): void {
    const { service, labels } = this.#options;
    this.#pusher.begin(meta, this.#mode, { service: service ?? programName(meta.command), host: meta.host, pid, labels });
  }

  add(block: Block): void {
    this.#pusher.add(block);
  }

  /** The lines to end with. */
  async finish(): Promise<readonly string[]> {
    return pushLines(await this.end(patience), this.#options.destination);
  }

  async end(within: Milliseconds): Promise<PushOutcome> {
    return await this.#pusher.finish(within);
  }

  /** After an error: nobody waits for a server, what is not sent waits. */
  abandon(): void {
    void this.#pusher.finish(0);
  }
}
