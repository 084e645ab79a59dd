import type { PositionRows } from "./position-rows.ts";

const bytesPerCodeUnit = 2;
const entryMark = 0x80;

/** Kinds of entries, `_PyCodeLocationInfoKind` (Include/cpython/code.h). 0 to 9 are short forms, 10 to 12 one-line forms. */
const firstOneLine = 10;
const noColumns = 13;
const long = 14;
const none = 15;

/**
 * `co_linetable` of 3.11 and later (InternalDocs/code_objects.md, Objects/locations.md before 3.14). Each entry begins with a byte
 * that has its top bit set; the bytes after it have not:
 *
 *     1 kkkk lll   k: kind, l: code units covered - 1
 *     0-9          start column / 8 in k; then one byte: 3 bits of start column, 4 bits of width
 *     10-12        line delta 0, 1, 2; then a byte each for start and end column
 *     13           signed varint line delta; no columns
 *     14           signed varint line delta, then varints: end line delta, start column + 1, end column + 1
 *     15           no location
 *
 * Columns are 0-based in the table, 1-based in the rows. What an entry has too many bytes of is skipped, what it lacks counts as 0.
 */
export function decodeLocations(table: Uint8Array, firstLine: number): PositionRows {
  const rows = [-1, firstLine, 0, 0, 0];
  let offset = 0;
  let line = firstLine;
  let at = 0;

  const isInside = (): boolean => at < table.length && table[at]! < entryMark;
  const byte = (): number => (isInside() ? table[at++]! : 0);
  /** Chunks of 6 bits, the lowest first; bit 6 says that more follow. */
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; isInside(); shift += 6) {
      const chunk = table[at++]!;
      if (shift < 30) value |= (chunk & 0x3f) << shift;
      if ((chunk & 0x40) === 0) break;
    }
    return value;
  };
  const signedVarint = (): number => {
    const value = varint();
    return value & 1 ? -(value >>> 1) : value >>> 1;
  };

  while (at < table.length && table[at]! >= entryMark) {
    const head = table[at++]!;
    const kind = (head >> 3) & 15;
    if (kind === none) {
      rows.push(offset, 0, 0, 0, 0);
    } else if (kind === long) {
      line += signedVarint();
      const endLine = line + varint();
      rows.push(offset, line, endLine, varint(), varint());
    } else if (kind === noColumns) {
      line += signedVarint();
      rows.push(offset, line, line, 0, 0);
    } else if (kind >= firstOneLine) {
      line += kind - firstOneLine;
      rows.push(offset, line, line, byte() + 1, byte() + 1);
    } else {
      const columns = byte();
      const column = kind * 8 + (columns >> 4) + 1;
      rows.push(offset, line, line, column, column + (columns & 15));
    }
    offset += ((head & 7) + 1) * bytesPerCodeUnit;
    while (isInside()) at++;
  }
  rows.push(offset, 0, 0, 0, 0);
  return Int32Array.from(rows);
}
