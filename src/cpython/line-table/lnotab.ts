import type { PositionRows } from "./position-rows.ts";

/**
 * `co_lnotab` of 3.8 and 3.9 (Objects/lnotab_notes.txt): pairs of an unsigned byte, how far the instruction offset moves, and a signed
 * byte, how far the line moves. Bigger steps are spread over several pairs, so several rows may have one offset. As
 * `PyCode_Addr2Line` does it, the last line holds for ever and the first line before the first pair.
 */
export function decodeLnotab(table: Uint8Array, firstLine: number): PositionRows {
  const rows = [-1, firstLine, 0, 0, 0];
  let offset = 0;
  let line = firstLine;
  for (let at = 0; at + 1 < table.length; at += 2) {
    offset += table[at]!;
    line += (table[at + 1]! << 24) >> 24;
    rows.push(offset, line, 0, 0, 0);
  }
  return Int32Array.from(rows);
}
