import { join } from "node:path";
import { LynceusError } from "../base/errors.ts";
import type { ByteCount, Milliseconds, Nanoseconds } from "../base/units.ts";
import { systemErrorText } from "../formats/files/system-error.ts";
import type { TimeProfile } from "../formats/time-profile.ts";
import type { Mode } from "../profile/sample-filter.ts";
import type { Block, RecordingMeta } from "../profile/tables.ts";
import type { Destination } from "./destination.ts";
import { encodeSlice } from "./encode-slice.ts";
import type { PushNames } from "./labels.ts";
import { PushQueue } from "./push-queue.ts";
import { Sender } from "./sender.ts";
import { Slices } from "./slices.ts";

const maxWaiting: ByteCount = 64 * 2 ** 20;

export interface PusherOptions {
  readonly destination: Destination;
  readonly every: Nanoseconds;
  /** Holds a folder for each server. */
  readonly queueFolder: string;
  /** Told when slices stop being accepted, and with null when they are again. */
  readonly onTrouble: (reason: string | null) => void;
}

/** What became of the slices of this session, and of those that had been waiting for it. */
export interface PushOutcome {
  readonly accepted: number;
  readonly refused: number;
  /** The queue was full, or the disk damaged them. */
  readonly dropped: number;
  readonly waiting: number;
  /** Of those, in memory only: they are gone when we are. */
  readonly lost: number;
  /** Why the last ones were not accepted; null: all were. */
  readonly problem: string | null;
  readonly folder: string;
}

/**
 * Pushes a recording while it is made.
 *
 *   const pusher = new Pusher(options);                       // begins with what was left waiting
 *   pusher.begin(meta, mode, names);
 *   pusher.add(block); ...                                     // never waits
 *   const { accepted, waiting } = await pusher.finish(5000);
 */
export class Pusher {
  readonly #options: PusherOptions;
  readonly #queue: PushQueue;
  readonly #sender: Sender;
  #slices: Slices | null = null;
  #names: PushNames | null = null;

  /** Throws `cannot-write` when slices could not wait. */
  constructor(options: PusherOptions) {
    this.#options = options;
    const folder = join(options.queueFolder, options.destination.key);
    try {
      this.#queue = new PushQueue(folder, maxWaiting);
    } catch (cause) {
      throw new LynceusError("cannot-write", `slices cannot wait in ${folder}: ${systemErrorText(cause)}`, {
        hint: "name another folder with --push-queue",
        cause,
      });
    }
    this.#sender = new Sender(options.destination, this.#queue, options.onTrouble);
  }

  begin(meta: RecordingMeta, mode: Mode, names: PushNames): void {
    this.#slices = new Slices(meta, mode, this.#options.every);
    this.#names = names;
  }

  add(block: Block): void {
    for (const slice of this.#slices?.add(block) ?? []) this.#put(slice);
  }

  /** Sends what it can within `patience`; the rest waits on disk. */
  async finish(patience: Milliseconds): Promise<PushOutcome> {
    for (const slice of this.#slices?.finish() ?? []) this.#put(slice);
    await this.#sender.finish(patience);
    const { accepted, refused, problem } = this.#sender.counts;
    const lost = this.#queue.inMemory;
    this.#queue.release();
    return { accepted, refused, dropped: this.#queue.dropped, waiting: this.#queue.length - lost, lost, problem, folder: this.#queue.folder };
  }

  #put(slice: TimeProfile): void {
    this.#queue.put(encodeSlice(slice, this.#options.destination.protocol, this.#names!));
    this.#sender.notify();
  }
}
