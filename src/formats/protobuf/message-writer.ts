import { ByteWriter } from "../../base/bytes.ts";
import type { ByteCount } from "../../base/units.ts";

/** How a field is stored: the low three bits of its tag (protobuf.dev, "Encoding"). */
export const WireType = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

// Lone surrogates, which file names that are not UTF-8 come with, become U+FFFD: a string of a message has to be UTF-8.
const encoder = new TextEncoder();

/**
 * A message in the making. As in proto3, zero and empty are what a field is that is not there: they are left out,
 * except as an item of a repeated field.
 *
 *   writer.text(6, "name");
 *   writer.message(4, (location) => location.uint(1, 7));
 */
export class MessageWriter {
  readonly #bytes = new ByteWriter();
  /** For the messages inside: used again for each, so that none makes garbage. */
  #inner: MessageWriter | null = null;

  get length(): ByteCount {
    return this.#bytes.length;
  }

  /** A view, good until the next write. */
  view(): Uint8Array {
    return this.#bytes.view();
  }

  /** What was written so far; the writer is empty afterwards. */
  take(): Uint8Array {
    return this.#bytes.take();
  }

  clear(): void {
    this.#bytes.clear();
  }

  /** uint32, uint64, int32, int64, bool and enum, from 0 to 2^53 - 1. */
  uint(field: number, value: number): void {
    if (value === 0) return;
    this.#bytes.varint(field * 8 + WireType.varint);
    this.#bytes.varint(value);
  }

  /** The same for numbers that a double does not hold, such as Unix time in nanoseconds. */
  uint64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#bytes.varint(field * 8 + WireType.varint);
    const groups: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    groups.push(Number(rest));
    this.#bytes.bytes(Uint8Array.from(groups));
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#bytes.varint(field * 8 + WireType.fixed64);
    this.#bytes.uint32(Number(BigInt.asUintN(32, value)));
    this.#bytes.uint32(Number(BigInt.asUintN(32, value >> 32n)));
  }

  text(field: number, text: string): void {
    if (text !== "") this.bytes(field, encoder.encode(text));
  }

  /** An item of a repeated string: an empty one is one too. */
  item(field: number, text: string): void {
    this.bytes(field, encoder.encode(text));
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#bytes.varint(field * 8 + WireType.length);
    this.#bytes.varint(bytes.length);
    this.#bytes.bytes(bytes);
  }

  message(field: number, fill: (message: MessageWriter) => void): void {
    const inner = (this.#inner ??= new MessageWriter());
    inner.clear();
    fill(inner);
    this.bytes(field, inner.view());
  }

  /** A repeated number, packed. */
  numbers(field: number, values: Iterable<number>): void {
    const inner = (this.#inner ??= new MessageWriter());
    inner.clear();
    for (const value of values) inner.#bytes.varint(value);
    if (inner.length > 0) this.bytes(field, inner.view());
  }
}
