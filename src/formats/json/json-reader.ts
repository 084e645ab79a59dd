import { LynceusError } from "../../base/errors.ts";
import type { ByteSource } from "../../base/memory.ts";
import type { ByteCount, ByteOffset } from "../../base/units.ts";

export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

const pieceSize: ByteCount = 2 ** 16;
const maxStringLength: ByteCount = 2 ** 20;
const maxListLength: ByteCount = 2 ** 24;
const maxNumberLength: ByteCount = 64;
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const none = -1;

/**
 * Reads JSON forward, from any place where a value begins, with a piece of the file in memory at a time; how deep it is
 * nested does not matter. (`JSON.parse` takes half a gigabyte at most, and ten times that in memory.) What is read is
 * what is asked for; anything else throws `bad-recording`.
 *
 *   reader.beginArray();
 *   while (reader.hasElement()) sum += reader.number();
 */
export class JsonReader {
  readonly #source: ByteSource;
  #piece: Uint8Array = new Uint8Array(0);
  /** Where in the source the piece begins. */
  #start: ByteOffset;
  /** Where in the piece the next byte is. */
  #at = 0;
  /** A value stands before this place, in the same array or object. */
  #follows = false;

  constructor(source: ByteSource, offset: ByteOffset = 0) {
    this.#source = source;
    this.#start = offset;
  }

  /** Where the next value begins, for another reader to start at. */
  get offset(): ByteOffset {
    this.#peek();
    return this.#start + this.#at;
  }

  kind(): JsonKind {
    const byte = this.#peek();
    if (byte === openBrace) return "object";
    if (byte === openBracket) return "array";
    if (byte === quote) return "string";
    if (byte === 0x6e) return "null";
    if (byte === 0x74 || byte === 0x66) return "boolean";
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return "number";
    throw this.#damaged("a value is missing");
  }

  beginObject(): void {
    this.#expect(openBrace, "an object");
    this.#follows = false;
  }

  /** The next key of the object, its value being next; null after the last one, when the object is done. */
  nextKey(): string | null {
    if (!this.#hasMore(closeBrace)) return null;
    const key = this.string();
    this.#expect(colon, "a colon");
    this.#follows = false;
    return key;
  }

  /** Goes through an object: each of `handlers` is called where its key's value begins, and takes it; other values are skipped. */
  members(handlers: ReadonlyMap<string, () => void>): void {
    this.beginObject();
    for (let key = this.nextKey(); key !== null; key = this.nextKey()) {
      const handle = handlers.get(key);
      if (handle === undefined) this.skip();
      else handle();
    }
  }

  beginArray(): void {
    this.#expect(openBracket, "a list");
    this.#follows = false;
  }

  /** False after the last element, when the array is done. `mayBeCut`: the end of the file also ends it. */
  hasElement(mayBeCut = false): boolean {
    if (mayBeCut && this.#peek() === none) return false;
    if (!this.#hasMore(closeBracket)) return false;
    return !(mayBeCut && this.#peek() === none);
  }

  /** Finite; whole numbers up to 15 digits cost little. */
  number(): number {
    const first = this.#peek();
    let value = 0;
    let digits = 0;
    let byte = first;
    while (byte >= 0x30 && byte <= 0x39 && digits < 15) {
      value = value * 10 + (byte - 0x30);
      digits++;
      this.#at++;
      byte = this.#byte();
    }
    this.#follows = true;
    if (digits > 0 && !isOfNumber(byte)) return value;
    return this.#longNumber(digits === 0 ? "" : String(value));
  }

  /** At most 1 MiB. */
  string(): string {
    this.#expect(quote, "a text");
    const parts: Uint8Array[] = [];
    let length = 0;
    let hasEscapes = false;
    for (;;) {
      let end = this.#at;
      const piece = this.#piece;
      while (end < piece.length && piece[end] !== quote && piece[end] !== backslash) end++;
      length += end - this.#at;
      if (length > maxStringLength) throw this.#damaged(`a text is longer than ${maxStringLength} bytes`);
      parts.push(piece.subarray(this.#at, end));
      this.#at = end;
      const byte = this.#byte();
      if (byte === none) throw this.#damaged("the file ends inside a text");
      this.#at++;
      if (byte === quote) break;
      if (byte !== backslash) {
        // The first byte of the next piece.
        this.#at--;
        continue;
      }
      hasEscapes = true;
      const escaped = this.#byte();
      if (escaped === none) throw this.#damaged("the file ends inside a text");
      this.#at++;
      parts.push(Uint8Array.of(backslash, escaped));
      length += 2;
    }
    this.#follows = true;
    const text = Buffer.from(parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString("utf8");
    return hasEscapes ? (this.#parsed(`"${text}"`) as string) : text;
  }

  /** What stands in a list without texts and lists in it, up to 16 MiB: where it comes again, nobody needs to take it apart again. */
  flatList(): string {
    this.#expect(openBracket, "a list");
    const parts: Uint8Array[] = [];
    for (let length = 0; length <= maxListLength;) {
      if (this.#byte() === none) throw this.#damaged("the file ends inside a value");
      const end = this.#piece.indexOf(closeBracket, this.#at);
      const part = this.#piece.subarray(this.#at, end === -1 ? this.#piece.length : end);
      parts.push(part);
      length += part.length;
      this.#at += part.length;
      if (end === -1) continue;
      this.#at++;
      this.#follows = true;
      return Buffer.from(parts.length === 1 ? part : Buffer.concat(parts)).toString("latin1");
    }
    throw this.#damaged(`a list is longer than ${maxListLength} bytes`);
  }

  /** Null, or what `read` makes of a value that is there. */
  orNull<T>(read: () => T): T | null {
    if (this.kind() !== "null") return read();
    this.skip();
    return null;
  }

  /** The whole next value, at most `limit` bytes of it. */
  value(limit: ByteCount): unknown {
    const start = this.offset;
    this.skip();
    const length = this.#start + this.#at - start;
    if (length > limit) throw this.#damaged(`a value is longer than ${limit} bytes`);
    return this.#parsed(Buffer.from(this.#source.read(start, length)).toString("utf8"));
  }

  /** Goes on after the next value, whatever it is. */
  skip(): void {
    let depth = 0;
    do {
      const byte = this.#peek();
      if (byte === none) throw this.#damaged("the file ends inside a value");
      if (byte === quote) this.#skipString();
      else if (byte === openBrace || byte === openBracket) {
        depth++;
        this.#at++;
      } else if (byte === closeBrace || byte === closeBracket) {
        if (depth === 0) throw this.#damaged("a value is missing");
        depth--;
        this.#at++;
      } else if (byte === comma || byte === colon) {
        if (depth === 0) throw this.#damaged("a value is missing");
        this.#at++;
      } else this.#skipWord();
    } while (depth > 0);
    this.#follows = true;
  }

  #skipString(): void {
    this.#at++;
    for (let byte = this.#byte(); byte !== quote; byte = this.#byte()) {
      if (byte === none) throw this.#damaged("the file ends inside a text");
      this.#at++;
      if (byte === backslash && this.#byte() !== none) this.#at++;
    }
    this.#at++;
  }

  /** A number, true, false or null. */
  #skipWord(): void {
    const before = this.#start + this.#at;
    for (let byte = this.#byte(); isOfNumber(byte) || (byte >= 0x61 && byte <= 0x7a); byte = this.#byte()) this.#at++;
    if (this.#start + this.#at === before) throw this.#damaged("a value is missing");
  }

  #longNumber(begun: string): number {
    let text = begun;
    for (let byte = this.#byte(); isOfNumber(byte) && text.length <= maxNumberLength; byte = this.#byte()) {
      text += String.fromCharCode(byte);
      this.#at++;
    }
    const value = text === "" || text.length > maxNumberLength ? NaN : Number(text);
    if (!Number.isFinite(value)) throw this.#damaged("a number is missing");
    return value;
  }

  #hasMore(closing: number): boolean {
    const byte = this.#peek();
    if (byte === closing) {
      this.#at++;
      this.#follows = true;
      return false;
    }
    if (byte === none) throw this.#damaged("the file ends inside a value");
    if (this.#follows) this.#expect(comma, "a comma");
    this.#follows = false;
    return true;
  }

  #expect(wanted: number, name: string): void {
    if (this.#peek() !== wanted) throw this.#damaged(`${name} is missing`);
    this.#at++;
  }

  /** The next byte that is no white space; it stays the next. */
  #peek(): number {
    let byte = this.#byte();
    while (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) {
      this.#at++;
      byte = this.#byte();
    }
    return byte;
  }

  #byte(): number {
    if (this.#at >= this.#piece.length) {
      this.#start += this.#at;
      this.#at = 0;
      // Readers side by side share the source, whose bytes are good until it is read again.
      this.#piece = this.#source.read(this.#start, pieceSize).slice();
    }
    return this.#piece[this.#at] ?? none;
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#damaged("it is not JSON");
    }
  }

  #damaged(what: string): LynceusError {
    return new LynceusError("bad-recording", `${what}, at byte ${this.#start + this.#at}`);
  }
}

function isOfNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d || byte === 0x2b || byte === 0x45 || byte === 0x65;
}
