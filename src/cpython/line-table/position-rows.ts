import type { ByteOffset } from "../../base/units.ts";

/** A place in source. Lines and columns are 1-based, 0 is "not known"; columns count UTF-8 bytes. */
export interface Position {
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  /** One past the last column. */
  readonly endColumn: number;
}

/**
 * A decoded line table: rows of five numbers, [instruction offset in bytes, line, end line, column, end column], by
 * ascending offset. A row holds from its offset up to the next row's; of rows with the same offset the last one does.
 */
export type PositionRows = Int32Array;

export const rowLength = 5;
export const unknownPosition: Position = { line: 0, endLine: 0, column: 0, endColumn: 0 };

/** The row that holds at `offset`; unknown before the first row. */
export function findPosition(rows: PositionRows, offset: ByteOffset): Position {
  let low = 0;
  let high = rows.length / rowLength;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle * rowLength]! <= offset) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return unknownPosition;
  const at = (low - 1) * rowLength;
  // A damaged table can count below zero; such a line is not known.
  const known = (column: number): number => Math.max(0, rows[at + column]!);
  return { line: known(1), endLine: known(2), column: known(3), endColumn: known(4) };
}
