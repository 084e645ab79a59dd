import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { LynceusError } from "../../base/errors.ts";

/** A column in memory: any of the typed arrays that the model uses, or plain numbers. */
export type Column = ArrayLike<number>;
export type WritableColumn = Int32Array | Float64Array | Uint16Array | Uint8Array;

/** What a file may say in a column: anything else is damage. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Encoding.deltas. Every row takes a byte at least, so a reader's memory is bounded by what the file holds. */
export function encodeDeltas(column: Column, length: number, to: ByteWriter): void {
  let previous = 0;
  for (let row = 0; row < length; row++) {
    const value = Math.round(column[row]!);
    to.signedVarint(value - previous);
    previous = value;
  }
}

export function decodeDeltas(from: ByteReader, into: WritableColumn, range: Range): void {
  let value = 0;
  for (let row = 0; row < into.length; row++) {
    value += from.signedVarint();
    if (value < range.least || value > range.most) throw outOfRange(value);
    into[row] = value;
  }
}

/** Encoding.runs. */
export function encodeRuns(column: Column, length: number, to: ByteWriter): void {
  let previous = 0;
  for (let row = 0; row < length;) {
    const value = Math.round(column[row]!);
    to.signedVarint(value - previous);
    row++;
    if (value === previous) {
      const start = row;
      while (row < length && Math.round(column[row]!) === value) row++;
      to.varint(row - start);
    }
    previous = value;
  }
}

export function decodeRuns(from: ByteReader, into: WritableColumn, range: Range): void {
  let value = 0;
  for (let row = 0; row < into.length;) {
    const difference = from.signedVarint();
    value += difference;
    if (value < range.least || value > range.most) throw outOfRange(value);
    const end = difference === 0 ? row + 1 + from.varint() : row + 1;
    if (end > into.length) throw new LynceusError("bad-recording", "a run is longer than its column");
    into.fill(value, row, end);
    row = end;
  }
}

function outOfRange(value: number): LynceusError {
  return new LynceusError("bad-recording", `a value is out of range: ${value}`);
}
