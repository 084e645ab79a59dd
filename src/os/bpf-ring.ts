import type { ByteCount, ByteOffset } from "../base/units.ts";
import { type MappedMemory, mapMemory, pageSize } from "./mapped-memory.ts";

/** Of a record's first word: it is still being written; nobody is to read it. The rest is its length. */
const busy = 2 ** 31;
const discarded = 2 ** 30;
const headerSize: ByteCount = 8;

/**
 * A ring that programs in the kernel write records into, in memory that it shares with us (kernel/bpf/ringbuf.c):
 *
 *   page 0             how far we have read; ours to write
 *   page 1             how far they have written
 *   from page 2 on     the data, and the same memory once more: a record that begins before the end goes on after it
 */
export class BpfRing implements Disposable {
  readonly view: DataView;
  readonly #consumer: MappedMemory;
  readonly #data: MappedMemory;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #size: ByteCount;
  #position = 0;

  /** Of a map of that size. Null when the kernel refuses; see `errno()`. */
  static open(fd: number, size: ByteCount): BpfRing | null {
    const consumer = mapMemory(fd, pageSize);
    const data = consumer === null ? null : mapMemory(fd, pageSize + 2 * size, pageSize, "read");
    if (consumer !== null && data !== null) return new BpfRing(consumer, data, size);
    consumer?.close();
    return null;
  }

  private constructor(consumer: MappedMemory, data: MappedMemory, size: ByteCount) {
    this.#consumer = consumer;
    this.#data = data;
    this.#size = size;
    this.#consumed = new BigUint64Array(consumer.buffer, 0, 1);
    this.#produced = new BigUint64Array(data.buffer, 0, 1);
    this.view = new DataView(data.buffer, pageSize);
  }

  /** Hands over where in `view` each new record begins and ends, in their order, until one is refused. What was handed over may be written over after this. */
  take(accept: (at: ByteOffset, end: ByteOffset) => boolean): void {
    const { view } = this;
    const end = Number(this.#produced[0]!);
    let position = this.#position;
    while (position < end) {
      const at = position % this.#size;
      const word = view.getUint32(at, true);
      if (word >= busy) break;
      const length = word % discarded;
      if (length > this.#size) break;
      if (word < discarded && !accept(at + headerSize, at + headerSize + length)) break;
      position += Math.ceil((headerSize + length) / 8) * 8;
    }
    if (position === this.#position) return;
    this.#position = position;
    this.#consumed[0] = BigInt(position);
  }

  close(): void {
    this.#data.close();
    this.#consumer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
