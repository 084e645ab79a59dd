import { findPosition, type Position } from "../../src/cpython/line-table/position-rows.ts";
import { decodeLineTable, type LineTable } from "../../src/cpython/line-table/locate.ts";

/** What `line-table-truth.py` prints. */
export interface LineTableTruth {
  readonly version: string;
  readonly kind: LineTable["lineTableKind"];
  /** First line, table in hex, lines by instruction from offset -1 on (-1: none), positions by instruction from 3.11 on (-1: none). */
  readonly codes: readonly (readonly [number, string, readonly number[], readonly (readonly number[])[] | null])[];
}

/** Compares every instruction of every code object with what the interpreter said. Returns the differences in words, at most ten, and how many instructions were compared. */
export function compareWithTruth(truth: LineTableTruth): { readonly differences: readonly string[]; readonly compared: number } {
  const differences: string[] = [];
  let compared = 0;
  for (const [firstLine, hex, lines, positions] of truth.codes) {
    const rows = decodeLineTable({ lineTableKind: truth.kind, lineTable: Buffer.from(hex, "hex"), firstLine });
    lines.forEach((line, index) => {
      const offset = index === 0 ? -1 : (index - 1) * 2;
      const position = findPosition(rows, offset);
      const expected = expectedPosition(line, index === 0 ? null : (positions?.[index - 1] ?? null));
      compared++;
      if (JSON.stringify(position) !== JSON.stringify(expected) && differences.length < 10) {
        differences.push(
          `${truth.version} first line ${firstLine} offset ${offset}: ${JSON.stringify(position)}, the interpreter says ${JSON.stringify(expected)}; table ${hex}`,
        );
      }
    });
  }
  return { differences, compared };
}

/** CPython's columns count from 0 and are -1 when not known. */
function expectedPosition(line: number, position: readonly number[] | null): Position {
  const [positionLine = line, endLine = 0, column = -1, endColumn = -1] = position ?? [];
  if (positionLine !== line) throw new Error(`the interpreter contradicts itself: line ${line} and ${positionLine}`);
  return { line: Math.max(0, line), endLine: Math.max(0, endLine), column: column + 1, endColumn: endColumn + 1 };
}
