import { LynceusError } from "./errors.ts";
import type { ByteCount, ByteOffset } from "./units.ts";

/** Bytes in the making: grows by doubling. Numbers are little-endian; varints hold integers up to 2^53 - 1. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length: ByteCount = 0;

  constructor(capacity: ByteCount = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16));
  }

  get length(): ByteCount {
    return this.#length;
  }

  /** A view, good until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written so far as bytes of its own; the writer is empty afterwards. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  clear(): void {
    this.#length = 0;
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint32(value: number): void {
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  /** LEB128: 7 bits a byte, low bits first, the top bit says that more follow. */
  varint(value: number): void {
    this.#reserve(8);
    if (value >= 0 && value < 0x80 && Number.isInteger(value)) this.#bytes[this.#length++] = value;
    else this.#groups(checked(value, 0));
  }

  /**
   * Sign and magnitude: the first byte holds [more, sign, 6 bits], the others are as in `varint`. Not zigzag, which
   * would double the magnitude and leave the integers that a double holds.
   */
  signedVarint(value: number): void {
    this.#reserve(8);
    const magnitude = checked(value < 0 ? -value : value, 0);
    const first = (magnitude % 64) | (value < 0 ? 0x40 : 0);
    if (magnitude < 64) {
      this.#bytes[this.#length++] = first;
    } else {
      this.#bytes[this.#length++] = first | 0x80;
      this.#groups(Math.floor(magnitude / 64));
    }
  }

  #groups(value: number): void {
    let rest = value;
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(count: ByteCount): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.view());
    this.#bytes = grown;
  }
}

function checked(value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`not a whole number from ${least} to 2^53 - 1: ${value}`);
  return value;
}

/** Bytes from a file that nobody vouches for: every read is checked, and throws `bad-recording` when it does not fit. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: ByteOffset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): ByteCount {
    return this.#bytes.length - this.#offset;
  }

  /** A view of the next `length` bytes. */
  bytes(length: ByteCount): Uint8Array {
    if (length > this.remaining) throw damaged(`${length} bytes announced, ${this.remaining} there`);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.bytes(4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  varint(): number {
    const first = this.#byte();
    return first < 0x80 ? first : this.#groups(first & 0x7f, 128);
  }

  signedVarint(): number {
    const first = this.#byte();
    const low = first & 0x3f;
    const magnitude = first < 0x80 ? low : this.#groups(low, 64);
    return (first & 0x40) === 0 ? magnitude : -magnitude;
  }

  /** The groups after the first, which is worth `low`; the next one counts `scale`. At most 7 of them: 2^55 or more is refused. */
  #groups(low: number, scale: number): number {
    let value = low;
    for (let factor = scale; factor < 2 ** 56; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw damaged("a number is too large");
  }

  #byte(): number {
    const byte = this.#bytes[this.#offset];
    if (byte === undefined) throw damaged("the data ends inside a number");
    this.#offset++;
    return byte;
  }
}

function damaged(what: string): LynceusError {
  return new LynceusError("bad-recording", what);
}
