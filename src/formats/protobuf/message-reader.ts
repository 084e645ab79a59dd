import { LynceusError } from "../../base/errors.ts";
import type { ByteOffset } from "../../base/units.ts";
import { WireType } from "./message-writer.ts";

/** A number where one holds it. */
export type Id = number | bigint;

/** A byte order mark in front of a name is of the name. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The fields of a message that nobody vouches for, one after the other. Throws `bad-recording` where its bytes are none.
 *
 *   for (const reader = new MessageReader(bytes); reader.next(); ) if (reader.field === 6) names.push(reader.text());
 *
 * A field of another type than is asked for reads as 0 or empty: proto3 makes no difference between that and no field.
 */
export class MessageReader {
  readonly #bytes: Uint8Array;
  #offset: ByteOffset = 0;
  /** Of a varint or a fixed number: its two halves. */
  #low = 0;
  #high = 0;
  /** Of a field with a length: where it begins. It ends where the next field begins. */
  #start: ByteOffset = 0;
  field = 0;
  wireType = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#offset === this.#bytes.length) return false;
    this.#varint();
    this.wireType = this.#low & 7;
    this.field = (this.#low >>> 3) + this.#high * 2 ** 29;
    if (this.field === 0) throw damaged("a field has the number 0");
    switch (this.wireType) {
      case WireType.varint:
        this.#varint();
        break;
      case WireType.fixed64:
        this.#low = this.#fixed32();
        this.#high = this.#fixed32();
        break;
      case WireType.fixed32:
        this.#low = this.#fixed32();
        this.#high = 0;
        break;
      case WireType.length: {
        this.#varint();
        const end = this.#offset + this.#low + this.#high * 2 ** 32;
        if (end > this.#bytes.length) throw damaged("a field is longer than what is there");
        this.#start = this.#offset;
        this.#offset = end;
        break;
      }
      default:
        throw damaged(`a field has the unknown type ${this.wireType}`);
    }
    return true;
  }

  /** As unsigned. Above 2^53 the nearest that a double holds. */
  uint(): number {
    return this.wireType === WireType.length ? 0 : this.#low + this.#high * 2 ** 32;
  }

  /** As int64: two's complement. Beyond 2^53 the nearest that a double holds. */
  int(): number {
    return this.wireType === WireType.length ? 0 : signed(this.#low, this.#high);
  }

  /** Any 64 bits, exact, to be looked up. */
  id(): Id {
    return this.wireType === WireType.length ? 0 : idOf(this.#low, this.#high);
  }

  /** A view. */
  bytes(): Uint8Array {
    return this.wireType === WireType.length ? this.#bytes.subarray(this.#start, this.#offset) : this.#bytes.subarray(0, 0);
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  message(): MessageReader {
    return new MessageReader(this.bytes());
  }

  /** The items of a repeated int64 that are in this field: packed, all; else the one. */
  numbers(take: (value: number) => void): void {
    this.#each((low, high) => take(signed(low, high)));
  }

  /** The same for ids. */
  ids(take: (id: Id) => void): void {
    this.#each((low, high) => take(idOf(low, high)));
  }

  #each(take: (low: number, high: number) => void): void {
    if (this.wireType !== WireType.length) return take(this.#low, this.#high);
    const packed = new MessageReader(this.bytes());
    while (packed.#offset < packed.#bytes.length) {
      packed.#varint();
      take(packed.#low, packed.#high);
    }
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw damaged("the data ends inside a number");
      const group = byte & 0x7f;
      if (shift < 28) low |= group << shift;
      else if (shift === 28) {
        low |= group << 28;
        high = group >>> 4;
      } else high |= group << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw damaged("a number is too long");
  }

  #fixed32(): number {
    const [a, b, c, d] = this.#bytes.subarray(this.#offset, this.#offset + 4);
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw damaged("the data ends inside a number");
    this.#offset += 4;
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }
}

function signed(low: number, high: number): number {
  return high < 2 ** 31 ? low + high * 2 ** 32 : low + (high - 2 ** 32) * 2 ** 32;
}

function idOf(low: number, high: number): Id {
  return high < 2 ** 21 ? low + high * 2 ** 32 : (BigInt(high) << 32n) | BigInt(low);
}

function damaged(what: string): LynceusError {
  return new LynceusError("bad-recording", `the file is damaged: ${what}`);
}
