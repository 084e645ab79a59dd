import type { PositionRows } from "./position-rows.ts";

const noLine = -128;

/**
 * `co_linetable` of 3.10 (PEP 626, Objects/lnotab_notes.txt): pairs of an unsigned byte, how many bytes of instructions the entry
 * covers, and a signed byte, how far its line is from the line before; -128 says that these instructions have no line
 * and leaves the running line alone. Past the last entry there is no line.
 */
export function decodePep626(table: Uint8Array, firstLine: number): PositionRows {
  const rows = [-1, firstLine, 0, 0, 0];
  let offset = 0;
  let line = firstLine;
  for (let at = 0; at + 1 < table.length; at += 2) {
    const delta = (table[at + 1]! << 24) >> 24;
    if (delta !== noLine) line += delta;
    rows.push(offset, delta === noLine ? 0 : line, 0, 0, 0);
    offset += table[at]!;
  }
  rows.push(offset, 0, 0, 0, 0);
  return Int32Array.from(rows);
}
