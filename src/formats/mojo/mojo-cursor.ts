import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import { decodeText } from "../../base/text.ts";
import type { ByteCount, ByteOffset } from "../../base/units.ts";

const pieceSize: ByteCount = 2 ** 20;
/** Of one string: paths and names are far shorter. */
const longestText: ByteCount = 2 ** 20;
/** After the first byte of an integer: those of its low 48 bits, and all that 64 bits take. */
const lowGroups = 6;
const mostGroups = 9;

/** The file has ended, perhaps in the middle of an event: what came before counts. */
export class EndOfFile extends Error {}

/** Goes through a file from its start, one piece of it in memory at a time. Throws `EndOfFile`, and `bad-recording`. */
export class MojoCursor {
  readonly #source: ByteSource;
  readonly #looseDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  #offset: ByteOffset = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Of the next byte. */
  get offset(): ByteOffset {
    return this.#offset + this.#at;
  }

  byte(): number {
    if (this.#at === this.#piece.length && !this.#read()) throw new EndOfFile();
    return this.#piece[this.#at++]!;
  }

  /** An integer that counts something: one that a double holds. */
  integer(): number {
    const value = Number(this.key());
    if (!Number.isSafeInteger(value)) throw new LynceusError("bad-recording", `the number before byte ${this.offset} is too large`);
    return value;
  }

  /**
   * An integer that only names something, such as a hash of 64 bits: a bigint where it has more than 48. The first byte
   * holds [more, sign, 6 bits], the others [more, 7 bits], low bits first.
   */
  key(): number | bigint {
    let byte = this.byte();
    const isNegative = (byte & 0x40) !== 0;
    let low = byte & 0x3f;
    let high = 0;
    for (let group = 0; byte >= 0x80; group++) {
      if (group === mostGroups) throw new LynceusError("bad-recording", `the number before byte ${this.offset} does not end`);
      byte = this.byte();
      if (group < lowGroups) low += (byte & 0x7f) * 2 ** (6 + 7 * group);
      else high += (byte & 0x7f) * 2 ** (7 * (group - lowGroups));
    }
    const value = high === 0 ? low : (BigInt(high) << 48n) | BigInt(low);
    return isNegative ? -value : value;
  }

  text(): string {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      if (this.#at === this.#piece.length && !this.#read()) throw new EndOfFile();
      const end = this.#piece.indexOf(0, this.#at);
      const part = this.#piece.subarray(this.#at, end === -1 ? undefined : end);
      length += part.length;
      if (length > longestText) throw new LynceusError("bad-recording", `the string before byte ${this.offset} is longer than ${longestText} bytes`);
      this.#at += part.length + (end === -1 ? 0 : 1);
      if (end !== -1 && parts.length === 0) return this.#decode(part);
      parts.push(part.slice());
      if (end !== -1) return this.#decode(Buffer.concat(parts));
    }
  }

  #decode(bytes: Uint8Array): string {
    return decodeText(bytes) ?? this.#looseDecoder.decode(bytes);
  }

  #read(): boolean {
    this.#offset += this.#piece.length;
    // What the source gives may be a view that the next read overwrites; it is done with by then.
    this.#piece = this.#source.read(this.#offset, pieceSize);
    this.#at = 0;
    return this.#piece.length > 0;
  }
}
