import type { ByteCount, Pid } from "../base/units.ts";

const PID = 0;
const STOP = 1;
const REASON_LENGTH = 2;
/** Kilobytes of samples that were sent and have not been taken yet. */
const WAITING = 3;
const headerWords = 4;
const maxReason = 256;

/**
 * What the main thread tells the sampling one, which never returns to its event loop: a few words of shared memory.
 */
export class SessionControl {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(headerWords * 4 + maxReason)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, headerWords);
    this.#text = new Uint8Array(buffer, headerWords * 4);
  }

  setTarget(pid: Pid): void {
    Atomics.store(this.#words, PID, pid);
    Atomics.notify(this.#words, PID);
  }

  /** Blocks until `setTarget`. */
  waitForTarget(): Pid {
    Atomics.wait(this.#words, PID, 0);
    return Atomics.load(this.#words, PID);
  }

  /** The first reason counts. */
  stop(reason: string): void {
    if (Atomics.load(this.#words, STOP) !== 0) return;
    const { written } = new TextEncoder().encodeInto(reason, this.#text);
    Atomics.store(this.#words, REASON_LENGTH, written);
    Atomics.store(this.#words, STOP, 1);
  }

  /** The sampling thread has sent so much. */
  addWaiting(bytes: ByteCount): void {
    Atomics.add(this.#words, WAITING, Math.ceil(bytes / 1024));
  }

  /** The main thread has dealt with so much of it. */
  removeWaiting(bytes: ByteCount): void {
    Atomics.sub(this.#words, WAITING, Math.ceil(bytes / 1024));
  }

  waiting(): ByteCount {
    return Atomics.load(this.#words, WAITING) * 1024;
  }

  stopReason(): string | null {
    if (Atomics.load(this.#words, STOP) === 0) return null;
    return new TextDecoder().decode(this.#text.slice(0, Atomics.load(this.#words, REASON_LENGTH)));
  }
}
